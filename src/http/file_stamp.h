// Noticing that a file was replaced or rewritten, by one stat(2).
#pragma once

#include <cstdint>
#include <string>

namespace ceems::http {

// All zero for a file that cannot be examined.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(const std::string& path);  // "" gives zeros

}  // namespace ceems::http

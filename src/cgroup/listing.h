// The directories in a directory, cheaply: cgroup directories are mostly files. Not thread-safe.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::cgroup {

class Listing {
 public:
  struct Entry {
    std::string_view name;  // lives until the next list()
    std::uint64_t inode = 0;
  };

  // The directories in `path`, in no order. Symbolic links are not directories.
  base::Result<std::vector<Entry>*> list(const std::string& path);

 private:
  std::vector<char> names_;
  std::vector<std::pair<std::size_t, std::size_t>> spans_;
  std::vector<Entry> entries_;
};

// The inode number of that directory itself; nullopt if there is none. A symbolic link is followed only if
// asked for.
std::optional<std::uint64_t> directory_inode(const std::string& path, bool follow);

}  // namespace ceems::cgroup

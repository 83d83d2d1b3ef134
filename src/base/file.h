// Reading and writing whole small files. Every read is bounded: the other end may be hostile. Thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::base {

inline constexpr std::size_t kSmallFileLimit = std::size_t{1} << 20;

// Opens for reading, close-on-exec. `directory_fd` may be AT_FDCWD.
Result<Fd> open_for_reading(const std::string& path);
Result<Fd> open_for_reading_at(int directory_fd, const char* relative_path, std::string_view subject);

// The whole file; kTooLarge beyond `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit = kSmallFileLimit);

// One pread from offset 0 into `buffer`, retried on EINTR: the cheap way to re-read a kernel file whose
// descriptor was kept. Returns what was read. ENODEV (the cgroup or device is gone) is kGone.
Result<std::string_view> pread_file(int fd, std::span<char> buffer, std::string_view subject);

// Writes beside `path`, syncs, then renames over it, so that readers see the old content or the new, whole.
Status write_file_atomically(const std::string& path, std::string_view content, mode_t mode);

// Names in a directory without "." and "..", sorted bytewise.
Result<std::vector<std::string>> list_directory(const std::string& path);

bool exists(const std::string& path);
bool is_directory(const std::string& path);

// mkdir -p with this mode for what it creates.
Status make_directories(const std::string& path, mode_t mode);

// Lexical joining: exactly one slash between, and no other change.
std::string join_path(std::string_view directory, std::string_view name);
std::string absolute_path(const std::string& path);
// The text before the last slash; "." if there is none, "/" for a file in the root.
std::string parent_path(std::string_view path);

}  // namespace ceems::base

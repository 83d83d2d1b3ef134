#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace ceems::base {

Result<Fd> open_for_reading(const std::string& path) {
  return open_for_reading_at(AT_FDCWD, path.c_str(), path);
}

Result<Fd> open_for_reading_at(int directory_fd, const char* relative_path, std::string_view subject) {
  const int fd = ::openat(directory_fd, relative_path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, subject);
  return Fd(fd);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  CEEMS_TRY(const Fd fd, open_for_reading(path));
  std::string content;
  char chunk[4096];
  while (true) {
    const ssize_t n = ::read(fd.get(), chunk, sizeof(chunk));
    if (n < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errno, path);
    }
    if (n == 0) return content;
    content.append(chunk, static_cast<std::size_t>(n));
    if (content.size() > limit) return fail(ErrorCode::kTooLarge, path, "larger than {} bytes", limit);
  }
}

Result<std::string_view> pread_file(int fd, std::span<char> buffer, std::string_view subject) {
  while (true) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), 0);
    if (n >= 0) return std::string_view(buffer.data(), static_cast<std::size_t>(n));
    if (errno != EINTR) return fail_errno(errno, subject);
  }
}

Status write_file_atomically(const std::string& path, std::string_view content, mode_t mode) {
  std::string temporary = path + ".XXXXXX";
  const Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail_errno(errno, temporary);
  const auto give_up = [&](int error_number) {
    ::unlink(temporary.c_str());
    return fail_errno(error_number, path);
  };
  while (!content.empty()) {
    const ssize_t n = ::write(fd.get(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return give_up(errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) return give_up(errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(errno);
  return {};
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  const auto close = [](DIR* directory) { ::closedir(directory); };
  const std::unique_ptr<DIR, decltype(close)> directory(::opendir(path.c_str()), close);
  if (!directory) return fail_errno(errno, path);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) {
      if (errno != 0) return fail_errno(errno, path);
      break;
    }
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

bool exists(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0;
}

bool is_directory(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Status make_directories(const std::string& path, mode_t mode) {
  if (is_directory(path)) return {};
  const std::string parent = parent_path(path);
  if (parent != path) CEEMS_TRY_VOID(make_directories(parent, mode));
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return fail_errno(errno, path);
  return {};
}

std::string join_path(std::string_view directory, std::string_view name) {
  while (directory.ends_with('/'))
    directory.remove_suffix(1);
  while (name.starts_with('/'))
    name.remove_prefix(1);
  std::string path(directory);
  path += '/';
  path += name;
  return path;
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  char buffer[4096];
  const char* here = ::getcwd(buffer, sizeof(buffer));
  return join_path(here == nullptr ? "" : here, path);
}

std::string parent_path(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace ceems::base

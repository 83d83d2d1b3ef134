#include "cgroup/listing.h"

#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ceems::cgroup {

namespace {

// getdents64(2); glibc has a wrapper only since 2.30.
struct Header {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
};
constexpr std::size_t kNameAt = 19;

bool is_directory(int parent, const char* name, std::uint8_t type) {
  if (type != DT_UNKNOWN) return type == DT_DIR;
  struct stat info{};
  return ::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

base::Result<std::vector<Listing::Entry>*> Listing::list(const std::string& path) {
  names_.clear();
  spans_.clear();
  entries_.clear();
  const base::Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return base::fail_errno(errno, path);
  alignas(Header) std::array<char, 16384> buffer;
  while (true) {
    const long n = ::syscall(SYS_getdents64, fd.get(), buffer.data(), buffer.size());
    if (n < 0) return base::fail_errno(errno, path);
    if (n == 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      Header header{};
      std::memcpy(&header, buffer.data() + at, kNameAt);
      const char* name = buffer.data() + at + kNameAt;
      at += header.length;
      if (!is_directory(fd.get(), name, header.type)) continue;
      const std::string_view text = name;
      if (text == "." || text == "..") continue;
      spans_.emplace_back(names_.size(), text.size());
      names_.insert(names_.end(), text.begin(), text.end());
      entries_.push_back(Entry{.name = {}, .inode = header.inode});
    }
  }
  // Only now: the names have moved while there were more of them.
  for (std::size_t i = 0; i < entries_.size(); ++i)
    entries_[i].name = std::string_view(names_.data() + spans_[i].first, spans_[i].second);
  return &entries_;
}

std::optional<std::uint64_t> directory_inode(const std::string& path, bool follow) {
  struct stat info{};
  const int result = follow ? ::stat(path.c_str(), &info) : ::lstat(path.c_str(), &info);
  if (result != 0 || !S_ISDIR(info.st_mode)) return std::nullopt;
  return info.st_ino;
}

}  // namespace ceems::cgroup

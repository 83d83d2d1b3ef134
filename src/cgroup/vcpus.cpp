#include "cgroup/vcpus.h"

#include "base/file.h"
#include "base/text.h"

#include <limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace ceems::cgroup {

namespace {

constexpr std::string_view kNested = "/libvirt";

// 0 for what is no directory; 1 where the file system does not count them.
std::uint64_t links_of(const char* directory) {
  struct stat info{};
  return ::stat(directory, &info) == 0 && S_ISDIR(info.st_mode) ? info.st_nlink : 0;
}

std::uint64_t vcpus_in(const std::string& directory) {
  constexpr std::string_view kVcpu = "vcpu";
  const auto names = base::list_directory(directory);
  if (!names) return 0;
  return static_cast<std::uint64_t>(std::ranges::count_if(*names, [&](std::string_view name) {
    return name.starts_with(kVcpu) && base::parse_u64(name.substr(kVcpu.size())) &&
           base::is_directory(base::join_path(directory, name));
  }));
}

}  // namespace

std::uint64_t Vcpus::count(std::string_view root, std::string_view path) {
  // In each scrape, so without memory from the heap.
  std::array<char, PATH_MAX> name;
  const std::size_t length = root.size() + path.size();
  if (length + kNested.size() >= name.size()) return 0;
  char* const end = std::ranges::copy(path, std::ranges::copy(root, name.begin()).out).out;
  *end = '\0';
  const std::uint64_t own = links_of(name.data());
  *std::ranges::copy(kNested, end).out = '\0';
  const std::uint64_t below = links_of(name.data());
  // Each has a part of the number to itself.
  const std::uint64_t links = (own << 32) | below;
  const bool are_counted = own != 1 && below != 1;
  if (are_counted && links != 0 && links == links_) return count_;
  links_ = are_counted ? links : 0;
  count_ = vcpus_in(std::string(name.data(), length)) + vcpus_in(name.data());
  return count_;
}

}  // namespace ceems::cgroup

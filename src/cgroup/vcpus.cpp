#include "cgroup/vcpus.h"

#include "base/file.h"
#include "base/text.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>

namespace ceems::cgroup {

namespace {

constexpr std::string_view kNested = "/libvirt";

// 0 for what is no directory; 1 where the file system does not count them.
std::uint64_t links_of(const std::string& directory) {
  struct stat info{};
  return ::stat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode) ? info.st_nlink : 0;
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

std::uint64_t Vcpus::count(const std::string& directory) {
  const std::string nested = directory + std::string(kNested);
  const std::uint64_t own = links_of(directory);
  const std::uint64_t below = links_of(nested);
  // Each has a part of the number to itself.
  const std::uint64_t links = (own << 32) | below;
  const bool are_counted = own != 1 && below != 1;
  if (are_counted && links != 0 && links == links_) return count_;
  links_ = are_counted ? links : 0;
  count_ = vcpus_in(directory) + vcpus_in(nested);
  return count_;
}

}  // namespace ceems::cgroup

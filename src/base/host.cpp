#include "base/host.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ceems::base {

namespace {

std::uint64_t from_rlim(rlim_t limit) {
  return limit == RLIM_INFINITY ? kUnlimited : std::uint64_t{limit};
}

}  // namespace

KernelInfo kernel_info() {
  KernelInfo info;
  utsname names{};
  if (::uname(&names) != 0) return info;
  info.system = names.sysname;
  info.release = names.release;
  info.version = names.version;
  info.machine = names.machine;
  info.node = names.nodename;
  info.domain = names.domainname;
  return info;
}

Result<std::string> host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return fail_errno(errno, "gethostname");
  return std::string(name.data());
}

Result<DescriptorLimit> descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno(errno, "RLIMIT_NOFILE");
  return DescriptorLimit{from_rlim(limit.rlim_cur), from_rlim(limit.rlim_max)};
}

Result<DescriptorLimit> raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno(errno, "RLIMIT_NOFILE");
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno(errno, "RLIMIT_NOFILE");
  return descriptor_limit();
}

std::string limit_text(std::uint64_t limit) {
  return limit == kUnlimited ? "unlimited" : fmt::format("{}", limit);
}

}  // namespace ceems::base

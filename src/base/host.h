// The machine and the limits that this process runs under. Thread-safe.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace ceems::base {

struct KernelInfo {
  std::string system, release, version, machine, node, domain;
};
KernelInfo kernel_info();

// The kernel's host name as it is, without any lookup.
Result<std::string> host_name();

struct DescriptorLimit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};
inline constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
Result<DescriptorLimit> descriptor_limit();
// Raises the soft limit of open files to the hard one. Returns the limits that hold then.
Result<DescriptorLimit> raise_descriptor_limit();
// The number, or "unlimited".
std::string limit_text(std::uint64_t limit);

}  // namespace ceems::base

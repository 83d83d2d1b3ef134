#include "cgroup/descriptors.h"

#include "base/check.h"
#include "base/host.h"

#include <algorithm>

namespace ceems::cgroup {

DescriptorBudget::DescriptorBudget(std::size_t limit)
    : limits_{limit, limit - limit / 10, limit - limit * 3 / 10} {}

DescriptorBudget DescriptorBudget::of_process() {
  // For connections, other collectors and libraries.
  constexpr std::uint64_t kReserve = 128;
  // Beyond this nobody has units, and the arithmetic on "unlimited" stays simple.
  constexpr std::uint64_t kMost = 1 << 20;
  const auto limit = base::descriptor_limit();
  const std::uint64_t soft = std::min(limit ? limit->soft : kReserve, kMost);
  return DescriptorBudget(static_cast<std::size_t>(soft - std::min(kReserve, soft / 2)));
}

bool DescriptorBudget::take(Rank rank) {
  if (kept_ >= limits_[static_cast<std::size_t>(rank)]) return false;
  ++kept_;
  return true;
}

void DescriptorBudget::give_back() {
  CEEMS_CHECK(kept_ > 0);
  --kept_;
}

}  // namespace ceems::cgroup

#include "unit/pod_cpus.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace ceems::unit {

namespace {

constexpr std::uint64_t kLeastShares = 2;
constexpr std::uint64_t kMostShares = 262'144;
constexpr std::uint64_t kSharesOfCpu = 1024;
constexpr std::uint64_t kMillis = 1000;
constexpr std::uint64_t kMostMillis = kMostShares * kMillis / kSharesOfCpu;
constexpr std::uint64_t kMostWeight = 10'000;

std::uint64_t shares_of_millis(std::uint64_t millis) {
  return std::clamp(millis * kSharesOfCpu / kMillis, kLeastShares, kMostShares);
}

// The first number of thousandths for which `value`, which never falls, is at least that.
template <class Value>
std::uint64_t first_at_least(std::uint64_t wanted, Value value) {
  std::uint64_t low = 1;
  std::uint64_t high = kMostMillis;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (value(middle) >= wanted) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Of those for which it is that, or else the first for which it is more.
template <class Value>
std::uint64_t roundest(std::uint64_t wanted, Value value) {
  const std::uint64_t first = first_at_least(wanted, value);
  const std::uint64_t end = std::max(first + 1, first_at_least(wanted + 1, value));
  constexpr std::array<std::uint64_t, 9> kSteps{1000, 500, 250, 100, 50, 25, 10, 5, 1};
  for (const std::uint64_t step : kSteps) {
    const std::uint64_t rounded = (first + step - 1) / step * step;
    if (rounded < end) return rounded;
  }
  return first;
}

}  // namespace

std::uint64_t weight_of_shares(std::uint64_t shares, WeightRule rule) {
  shares = std::clamp(shares, kLeastShares, kMostShares);
  if (rule == WeightRule::kLinear) return 1 + (shares - kLeastShares) * 9999 / (kMostShares - kLeastShares);
  if (shares == kLeastShares) return 1;
  if (shares == kMostShares) return kMostWeight;
  const double l = std::log2(static_cast<double>(shares));
  return static_cast<std::uint64_t>(std::ceil(std::pow(10.0, (l * l + 125 * l) / 612 - 7.0 / 34)));
}

std::uint64_t pod_millis_of_shares(std::uint64_t shares) {
  shares = std::clamp(shares, kLeastShares, kMostShares);
  if (shares == kLeastShares) return 1;
  return roundest(shares, shares_of_millis);
}

std::uint64_t pod_millis_of_weight(std::uint64_t weight, WeightRule rule) {
  weight = std::clamp<std::uint64_t>(weight, 1, kMostWeight);
  if (weight == 1) return 1;
  return roundest(weight,
                  [rule](std::uint64_t millis) { return weight_of_shares(shares_of_millis(millis), rule); });
}

std::uint64_t pod_millis_of_shares_compat(std::uint64_t shares) {
  return std::clamp(shares, kLeastShares, kMostShares) * kMillis / kSharesOfCpu;
}

std::uint64_t pod_millis_of_weight_compat(std::uint64_t weight) {
  if (weight == 0) return 0;
  weight = std::min(weight, kMostWeight);
  return pod_millis_of_shares_compat((weight - 1) * (kMostShares - kLeastShares) / 9999 + kLeastShares);
}

WeightRule weight_rule_of_node(std::uint64_t pods_weight, std::uint64_t node_cpus) {
  const std::uint64_t most = weight_of_shares(node_cpus * kSharesOfCpu, WeightRule::kLinear);
  return node_cpus > 0 && pods_weight > most ? WeightRule::kQuadratic : WeightRule::kLinear;
}

std::string_view cgroup_of_all_pods(std::string_view path) {
  constexpr std::string_view kPods = "kubepods";
  for (std::size_t at = path.find(kPods); at != std::string_view::npos; at = path.find(kPods, at + 1)) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view rest = path.substr(at + kPods.size(), end - at - kPods.size());
    const bool starts = at > 0 && (path[at - 1] == '/' || path[at - 1] == '-');
    if (starts && (rest.empty() || rest == ".slice")) return path.substr(0, end);
  }
  return {};
}

}  // namespace ceems::unit

// How many CPUs a pod asked for, from the share of CPU time that its cgroup has for it, in thousandths of a
// CPU. Thread-safe.
//
// The kubelet makes shares of what a pod asks for, 1024 for a CPU and at least 2; under cgroup v2 these
// become a weight, linearly for years, and by a quadratic rule in newer runtimes and kubelets:
//
//   linear     1 + (shares − 2) · 9999 / 262142
//   quadratic  ⌈10^((l² + 125 l) / 612 − 7/34)⌉, l = log₂ shares
//
// Several requests have the same weight: of those the roundest number is given. A pod that asked for nothing
// has 0.001 CPUs.
//
// Sources: pkg/kubelet/cm of Kubernetes; KEP-2254; ConvertCPUSharesToCgroupV2Value in opencontainers/cgroups.
#pragma once

#include <cstdint>
#include <string_view>

namespace ceems::unit {

enum class WeightRule : std::uint8_t { kLinear, kQuadratic };

std::uint64_t weight_of_shares(std::uint64_t shares, WeightRule rule);
std::uint64_t pod_millis_of_shares(std::uint64_t shares);
std::uint64_t pod_millis_of_weight(std::uint64_t weight, WeightRule rule);
// Not rounded, and of a weight by the inverse of the linear rule: 974 for a CPU.
std::uint64_t pod_millis_of_shares_compat(std::uint64_t shares);
std::uint64_t pod_millis_of_weight_compat(std::uint64_t weight);

// Which rule a node has, from the weight of the cgroup of all its pods, which together may ask for all CPUs
// of the node and no more.
WeightRule weight_rule_of_node(std::uint64_t pods_weight, std::uint64_t node_cpus);
// The cgroup of all pods that a pod's is in: "/kubepods.slice" of "/kubepods.slice/…-pod….slice".
std::string_view cgroup_of_all_pods(std::string_view path);

}  // namespace ceems::unit

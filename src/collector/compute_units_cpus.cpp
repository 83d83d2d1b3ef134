#include "collector/compute_units_cpus.h"

#include "base/file.h"
#include "base/text.h"
#include "unit/registry.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ceems::collector {

namespace {

constexpr double kMillis = 1000;

}  // namespace

void UnitCpus::look(const unit::Inventory& inventory, const cgroup::Machine& machine) {
  const std::string& root = inventory.layout().unified_root;
  if (root.empty()) return;
  for (const auto& unit : inventory.units()) {
    const std::string_view pods = unit::cgroup_of_all_pods(unit->path);
    if (pods.empty()) continue;
    const auto text = base::read_file(root + std::string(pods) + "/cpu.weight");
    const auto weight = text ? base::parse_u64(base::trim(*text)) : std::nullopt;
    if (weight) rule_ = unit::weight_rule_of_node(*weight, machine.online_cpus);
    return;
  }
}

void UnitCpus::update(UnitRow& row, const unit::Manager& manager) const {
  if (row.plan.shares) {
    const cgroup::Usage& usage = row.usage;
    // What a pod asked for changes next to never.
    const std::uint64_t from =
        (usage.cpu_weight << 32 | usage.cpu_shares) * 2 + (rule_ == unit::WeightRule::kLinear ? 1 : 0);
    if (row.cpus && row.cpus_of == from) return;
    row.cpus_of = from;
    std::uint64_t millis = 0;
    if (usage.cpu_weight > 0) {
      millis = compat_ ? unit::pod_millis_of_weight_compat(usage.cpu_weight)
                       : unit::pod_millis_of_weight(usage.cpu_weight, rule_);
    } else if (usage.cpu_shares > 0) {
      millis = compat_ ? unit::pod_millis_of_shares_compat(usage.cpu_shares)
                       : unit::pod_millis_of_shares(usage.cpu_shares);
    }
    row.cpus = static_cast<double>(millis) / kMillis;
    return;
  }
  if (const unit::Registry* registry = manager.registry()) row.cpus = registry->cpus(*row.unit);
}

}  // namespace ceems::collector

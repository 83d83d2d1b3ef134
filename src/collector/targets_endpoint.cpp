#include "collector/targets_endpoint.h"

#include "base/log.h"
#include "base/text.h"
#include "collector/unit_inventory.h"
#include "unit/kubernetes_manager.h"
#include "unit/lsf_manager.h"
#include "unit/slurm_manager.h"
#include "unit/unit_processes.h"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

constexpr std::string_view kSelf = "__internal_ceems_exporter";

std::unique_ptr<unit::Manager> first_manager(const ComputeUnitsOptions& units) {
  if (units.use_slurm) return std::make_unique<unit::SlurmManager>();
  if (units.use_lsf) return std::make_unique<unit::LsfManager>(nullptr);
  if (units.use_kubernetes) return std::make_unique<unit::KubernetesManager>(nullptr);
  return nullptr;
}

unit::Managers alone(std::unique_ptr<unit::Manager> manager) {
  unit::Managers managers;
  managers.push_back(std::move(manager));
  return managers;
}

void add_target(std::string& text, std::string_view unit, pid_t pid) {
  const std::string name = base::json_quote(unit);
  text += fmt::format(R"({}{{"targets":[{}],"labels":{{"__process_pid__":"{}","service_name":{}}}}})",
                      text.size() > 1 ? "," : "", name, pid, name);
}

class Endpoint final : public TargetsEndpoint {
 public:
  Endpoint(const NodeContext& node, const ComputeUnitsOptions& units, TargetsOptions options,
           std::unique_ptr<unit::Manager> manager)
      : procfs_(node.procfs),
        compat_(node.compat),
        options_(std::move(options)),
        choice_{.variables = options_.variables, .compat = node.compat},
        inventory_(inventory_options(node, units), alone(std::move(manager)),
                   base::Logger().with("discoverer", "profiler_targets")) {}

  http::Response handle(const http::Request& /*request*/) override {
    const std::int64_t number = ++in_flight_;
    http::Response response =
        options_.max_requests > 0 && number > options_.max_requests
            ? http::text_response(503,
                                  fmt::format("Limit of concurrent requests reached ({}), try again later.\n",
                                              options_.max_requests))
            : answer();
    --in_flight_;
    return response;
  }

  std::vector<base::CapabilityNeed> needs() const override {
    if (options_.variables.empty()) return {};
    return {{"profiling targets", {"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"}, "targets of other users"}};
  }

 private:
  http::Response answer() {
    std::string text = "[";
    {
      const std::lock_guard lock(mutex_);
      inventory_.sync();
      for (const unit::UnitProcess& one : unit::processes_of(inventory_, procfs_, choice_))
        add_target(text, one.unit->claim.uuid, one.pid);
    }
    const bool any = text.size() > 1;
    // Older consumers saw the exporter only beside others, and no list where there was nobody.
    if (options_.self_profiler && (any || !compat_)) add_target(text, kSelf, ::getpid());
    text += "]\n";
    if (compat_ && !any) text = "null\n";
    http::Response response;
    response.status = 200;
    response.fields.set("Content-Type", "application/json");
    response.body = std::move(text);
    return response;
  }

  const std::string procfs_;
  const bool compat_;
  const TargetsOptions options_;
  const unit::ProcessChoice choice_;
  std::atomic<std::int64_t> in_flight_{0};
  std::mutex mutex_;
  unit::Inventory inventory_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<TargetsEndpoint> TargetsEndpoint::create(const NodeContext& node,
                                                         const ComputeUnitsOptions& units,
                                                         TargetsOptions options) {
  auto manager = first_manager(units);
  if (manager == nullptr) return nullptr;
  return std::make_unique<Endpoint>(node, units, std::move(options), std::move(manager));
}

}  // namespace ceems::collector

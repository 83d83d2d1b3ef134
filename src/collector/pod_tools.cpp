#include "collector/pod_tools.h"

#include "gpu/tools.h"
#include "kube/access.h"
#include "kube/exec_client.h"
#include "kube/pod_commands.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace ceems::collector {

namespace {

struct ToolPods {
  kube::PodQuery nvidia;
  kube::PodQuery amd;
};

class PodTools final : public gpu::ToolPlace {
 public:
  PodTools(std::unique_ptr<kube::PodCommands> commands, ToolPods pods, base::Logger log)
      : commands_(std::move(commands)), pods_(std::move(pods)), log_(std::move(log)) {}

  base::Result<std::string> run(gpu::Vendor vendor, const std::vector<std::string>& command,
                                std::chrono::milliseconds timeout) override {
    const kube::PodQuery& query = vendor == gpu::Vendor::kNvidia ? pods_.nvidia : pods_.amd;
    CEEMS_TRY(kube::PodRun run, commands_->run(query, command, {.timeout = timeout, .bounds = {}}));
    if (run.result.exit_status != 0)
      return gpu::ended_badly(kube::describe_command(run.where, command), run.result.exit_status, 0,
                              run.result.output, run.result.errors);
    note(vendor, run.where);
    return std::move(run.result.output);
  }
  void cancel() override { commands_->cancel(); }

 private:
  void note(gpu::Vendor vendor, const kube::ContainerName& where) {
    const std::lock_guard lock(mutex_);
    std::optional<kube::ContainerName>& last = vendor == gpu::Vendor::kNvidia ? last_nvidia_ : last_amd_;
    if (last == where) return;
    last = where;
    log_.info("GPUs are listed by the tool in a pod", {{"vendor", gpu::vendor_name(vendor)},
                                                       {"namespace", where.name_space},
                                                       {"pod", where.pod},
                                                       {"container", where.container}});
  }

  const std::unique_ptr<kube::PodCommands> commands_;
  const ToolPods pods_;
  const base::Logger log_;
  std::mutex mutex_;  // guards where the log was told that tools are run
  std::optional<kube::ContainerName> last_nvidia_;
  std::optional<kube::ContainerName> last_amd_;
};

base::Result<std::unique_ptr<kube::PodCommands>> make_commands(const PodToolsOptions& options) {
  CEEMS_TRY(kube::Access access, kube::find_access(options.kubeconfig_file));
  return kube::PodCommands::create({.web = std::move(access.web),
                                    .node = options.node_name,
                                    .make_client = kube::client_maker(std::move(access.exec))});
}

}  // namespace

base::Result<std::shared_ptr<gpu::ToolPlace>> make_pod_tools(const PodToolsOptions& options,
                                                             const base::Logger& log) {
  ToolPods pods;
  CEEMS_TRY(pods.nvidia, kube::PodQuery::parse(options.nvidia_pod));
  CEEMS_TRY(pods.amd, kube::PodQuery::parse(options.amd_pod));
  if (options.kubeconfig_file.empty() && !kube::in_cluster_access()) return nullptr;
  auto commands = make_commands(options);
  if (commands) return std::make_shared<PodTools>(*std::move(commands), std::move(pods), log);
  if (!options.kubeconfig_file.empty()) return std::unexpected(std::move(commands).error());
  log.warn("tools that list GPUs are not run in pods: the API server cannot be asked",
           {{"err", commands.error()}});
  return nullptr;
}

}  // namespace ceems::collector

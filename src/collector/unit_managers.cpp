#include "collector/unit_managers.h"

#include "base/host.h"
#include "kube/access.h"
#include "kube/exec_client.h"
#include "unit/generic_config.h"
#include "unit/kubernetes_manager.h"
#include "unit/libvirt_manager.h"
#include "unit/lsf_manager.h"
#include "unit/openpbs_manager.h"
#include "unit/slurm_manager.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ceems::collector {

namespace {

constexpr std::string_view kSlurm = "slurm";
constexpr std::string_view kLsf = "lsf";
constexpr std::string_view kOpenPbs = "openpbs";
constexpr std::string_view kLibvirt = "libvirt";
constexpr std::string_view kKubernetes = "k8s";
constexpr std::string_view kGeneric = "generic";

cgroup::ReadPlan plan_of(const UnitMetrics& metrics, bool compat) {
  cgroup::ReadPlan plan;
  plan.swap = metrics.swap;
  plan.pressure = metrics.psi;
  plan.io = metrics.blkio;
  plan.rdma = metrics.rdma;
  plan.extra = metrics.extra;
  plan.compat = compat;
  return plan;
}

// A job has the CPUs that the batch system gave it.
cgroup::ReadPlan plan_of_jobs(const UnitMetrics& metrics, bool compat) {
  cgroup::ReadPlan plan = plan_of(metrics, compat);
  plan.quota = false;
  plan.own_cpuset = compat;
  return plan;
}

// A VM has the virtual CPUs that it was given.
cgroup::ReadPlan plan_of_vms(const UnitMetrics& metrics, bool compat) {
  cgroup::ReadPlan plan = plan_of(metrics, compat);
  plan.quota = false;
  plan.vcpus = true;
  return plan;
}

cgroup::ReadPlan plan_of_pods(UnitMetrics metrics, bool compat) {
  metrics.swap = true;
  metrics.blkio = true;
  cgroup::ReadPlan plan = plan_of(metrics, compat);
  plan.shares = true;
  plan.quota = metrics.extra;
  return plan;
}

// Null where there is no API server to ask.
base::Result<std::unique_ptr<kube::PodNames>> make_pod_names(const ComputeUnitsOptions& options,
                                                             const base::Logger& log) {
  auto access = kube::find_access(options.kubeconfig_file);
  if (!access && options.kubeconfig_file.empty()) {
    log.info("which pods hold which GPUs cannot be told without an API server to ask for their names",
             {{"err", access.error()}});
    return nullptr;
  }
  if (!access) return std::unexpected(std::move(access).error());
  kube::PodNamesOptions names;
  names.web = std::move(access->web);
  names.node = options.node_name;
  names.make_client = kube::client_maker(std::move(access->exec));
  return kube::PodNames::create(std::move(names));
}

base::Result<UnitManager> make_kubernetes(const NodeContext& node, const ComputeUnitsOptions& options,
                                          const base::Logger& log) {
  UnitManager made;
  made.collector = kKubernetes;
  made.plan = plan_of_pods(options.kubernetes, node.compat);
  std::unique_ptr<unit::KubernetesRegistry> registry;
  if (options.gpus != nullptr) {
    kube::PodDeviceWatchOptions watch;
    watch.kubelet.socket = options.kubelet_socket;
    CEEMS_TRY(watch.names, make_pod_names(options, log));
    registry = std::make_unique<unit::KubernetesRegistry>(
        std::make_unique<kube::PodDeviceWatch>(std::move(watch), log), options.gpus);
  }
  made.pods = registry.get();
  made.manager = std::make_unique<unit::KubernetesManager>(std::move(registry));
  return made;
}

UnitManager make_lsf(const NodeContext& node, const ComputeUnitsOptions& options, const base::Logger& log) {
  unit::LsfWatchOptions watch;
  watch.bjobs = options.bjobs;
  watch.search_path = options.search_path;
  watch.hostnames = host_names(node);
  UnitManager made;
  made.collector = kLsf;
  made.plan = plan_of_jobs(options.lsf, node.compat);
  made.manager = std::make_unique<unit::LsfManager>(std::make_unique<unit::LsfRegistry>(
      std::make_unique<unit::LsfWatch>(std::move(watch), log), options.gpus));
  return made;
}

}  // namespace

std::vector<std::string> host_names(const NodeContext& node) {
  std::vector<std::string> names;
  for (const std::string& name : {base::host_name().value_or(""), node.hostname}) {
    if (name.empty()) continue;
    names.push_back(name);
    names.push_back(name.substr(0, name.find('.')));
  }
  return names;
}

std::vector<std::string_view> unit_collectors(const ComputeUnitsOptions& options) {
  std::vector<std::string_view> names;
  if (options.use_slurm) names.push_back(kSlurm);
  if (options.use_lsf) names.push_back(kLsf);
  if (options.use_openpbs) names.push_back(kOpenPbs);
  if (options.use_libvirt) names.push_back(kLibvirt);
  if (options.use_kubernetes) names.push_back(kKubernetes);
  if (options.use_generic) names.push_back(kGeneric);
  return names;
}

std::vector<base::CapabilityNeed> unit_capability_needs(const ComputeUnitsOptions& options) {
  // Processes of others are asked which GPUs their job has, and slurmstepd which job it is of.
  const std::vector<std::string_view> read_processes{"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"};
  const bool has_gpus = options.gpus != nullptr;
  std::vector<base::CapabilityNeed> needs;
  if (options.use_slurm) {
    needs.push_back(
        {std::string(kSlurm), read_processes,
         "GPUs of jobs of which the kernel's rules do not tell, and jobs without their id in the name"});
    if (options.gpu_device_rules && has_gpus)
      needs.push_back(
          {std::string(kSlurm), {"CAP_SYS_ADMIN"}, "the kernel's rules for GPUs under cgroup v2"});
  }
  if (options.use_lsf && has_gpus)
    needs.push_back({std::string(kLsf), read_processes, "parts of GPUs that jobs have"});
  if (options.use_openpbs && has_gpus)
    needs.push_back(
        {std::string(kOpenPbs), read_processes, "GPUs of jobs of which the kernel's rules do not tell"});
  // What libvirt writes of domains is root's.
  if (options.use_libvirt)
    needs.push_back({std::string(kLibvirt), {"CAP_DAC_READ_SEARCH"}, "UUIDs and GPUs of virtual machines"});
  // The kubelet's socket is root's.
  if (options.use_kubernetes && has_gpus)
    needs.push_back({std::string(kKubernetes), {"CAP_DAC_OVERRIDE"}, "GPUs of pods"});
  return needs;
}

base::Result<std::vector<UnitManager>> make_unit_managers(const NodeContext& node,
                                                          const ComputeUnitsOptions& options,
                                                          const base::Logger& log) {
  std::vector<UnitManager> made;
  if (options.use_slurm) {
    made.push_back({.manager = std::make_unique<unit::SlurmManager>(),
                    .collector = kSlurm,
                    .plan = plan_of_jobs(options.slurm, node.compat)});
  }
  if (options.use_lsf) made.push_back(make_lsf(node, options, log));
  if (options.use_openpbs) {
    made.push_back({.manager = std::make_unique<unit::OpenPbsManager>(),
                    .collector = kOpenPbs,
                    .plan = plan_of_jobs(options.openpbs, node.compat)});
  }
  if (options.use_libvirt) {
    made.push_back({.manager = std::make_unique<unit::LibvirtManager>(
                        unit::libvirt_directories(options.libvirt_directory), log),
                    .collector = kLibvirt,
                    .plan = plan_of_vms(options.libvirt, node.compat)});
  }
  if (options.use_kubernetes) {
    CEEMS_TRY(UnitManager kubernetes, make_kubernetes(node, options, log));
    made.push_back(std::move(kubernetes));
  }
  if (!options.use_generic) return made;
  if (options.generic_config_file.empty()) {
    return base::fail(base::ErrorCode::kInvalid, "--collector.generic.config.file",
                      "names the file that says which cgroups are compute units, and must be given");
  }
  CEEMS_TRY(unit::Managers generic, unit::load_generic_managers(options.generic_config_file));
  for (auto& manager : generic) {
    const auto same = [&](const UnitManager& one) { return one.manager->name() == manager->name(); };
    if (std::ranges::any_of(made, same)) {
      return base::fail(base::ErrorCode::kInvalid, options.generic_config_file,
                        "a manager named \"{0}\" would be mixed up with --collector.{0}", manager->name());
    }
    made.push_back({.manager = std::move(manager),
                    .collector = kGeneric,
                    .plan = plan_of(options.generic, node.compat)});
  }
  return made;
}

}  // namespace ceems::collector

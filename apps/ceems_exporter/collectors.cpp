#include "collectors.h"

#include "base/host.h"
#include "collector/compute_units.h"
#include "collector/cpu.h"
#include "collector/cray_pm_counters.h"
#include "collector/emissions.h"
#include "collector/gpu_nvml.h"
#include "collector/hwmon.h"
#include "collector/infiniband.h"
#include "collector/ipmi.h"
#include "collector/meminfo.h"
#include "collector/meters.h"
#include "collector/netdev.h"
#include "collector/pod_tools.h"
#include "collector/power_model.h"
#include "collector/rapl.h"
#include "collector/redfish.h"
#include "gpu/device_watch.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

namespace ceems::exporter {

namespace {

using collector::Collector;

// Nothing on the node shows that a pod has come.
constexpr std::chrono::minutes kLongestWaitForPods{5};

class Maker {
 public:
  // `made`: a Result with a collector.
  void add(base::Result<std::unique_ptr<Collector>> made) {
    if (!status_) return;
    if (made) {
      collectors_.push_back(*std::move(made));
    } else {
      status_ = std::unexpected(std::move(made).error());
    }
  }
  base::Result<std::vector<std::unique_ptr<Collector>>> finish() {
    if (!status_) return std::unexpected(std::move(status_).error());
    return std::move(collectors_);
  }

 private:
  base::Status status_;
  std::vector<std::unique_ptr<Collector>> collectors_;
};

// Null if GPUs are not wanted.
base::Result<std::shared_ptr<gpu::DeviceWatch>> make_device_watch(
    const Options& options, const std::string& node_name, std::shared_ptr<const gpu::NvmlSampler> nvml) {
  const GpuOptions& gpus = options.gpus;
  if (gpus.type == "nogpu") return nullptr;
  gpu::DeviceWatchOptions watch;
  watch.procfs = options.node.procfs;
  watch.nvml = std::move(nvml);
  watch.detect.sysfs = options.node.sysfs;
  if (gpus.type == "nvidia") watch.detect.vendors = {gpu::Vendor::kNvidia};
  if (gpus.type == "amd") watch.detect.vendors = {gpu::Vendor::kAmd};
  watch.detect.virtual_gpus = options.switches.libvirt;
  watch.detect.nvidia_smi = gpus.nvidia_smi;
  watch.detect.rocm_smi = gpus.rocm_smi;
  watch.detect.amd_smi = gpus.amd_smi;
  if (const char* path = std::getenv("PATH")) watch.detect.search_path = path;
  auto order = gpu::DeviceOrder::parse(gpus.slurm_order);
  if (!order) return base::wrap(std::move(order).error(), "--collector.slurm.gpu-order-map");
  watch.order = *std::move(order);
  const base::Logger log = base::Logger().with("part", "gpus");
  collector::PodToolsOptions pods = gpus.pods;
  if (options.switches.kubernetes) pods.kubeconfig_file = options.units.kubeconfig_file;
  pods.node_name = node_name;
  auto elsewhere = collector::make_pod_tools(pods, log);
  if (!elsewhere) return base::wrap(std::move(elsewhere).error(), "pods that list GPUs");
  watch.detect.elsewhere = *std::move(elsewhere);
  if (watch.detect.elsewhere != nullptr) watch.retry_most = kLongestWaitForPods;
  return std::make_shared<gpu::DeviceWatch>(std::move(watch), log);
}

}  // namespace

base::Result<std::vector<std::unique_ptr<Collector>>> make_collectors(const Options& options) {
  const collector::NodeContext& node = options.node;
  const Switches& on = options.switches;
  const auto meters = std::make_shared<collector::Meters>();
  Maker maker;
  if (on.cpu) maker.add(collector::make_cpu_collector(node, {}));
  if (on.meminfo) maker.add(collector::make_meminfo_collector(node, options.meminfo));
  if (on.rapl) {
    collector::RaplOptions rapl = options.rapl;
    rapl.meters = meters;
    maker.add(collector::make_rapl_collector(node, rapl));
  }
  if (on.hwmon) maker.add(collector::make_hwmon_collector(node));
  if (on.cray_pm_counters) {
    collector::CrayPmCountersOptions cray = options.cray_pm_counters;
    cray.meters = meters;
    maker.add(collector::make_cray_pm_counters_collector(node, cray));
  }
  if (on.ipmi) {
    collector::IpmiOptions ipmi = options.ipmi;
    if (const char* path = std::getenv("PATH")) ipmi.search_path = std::string(path) + ":" + ipmi.search_path;
    maker.add(collector::make_ipmi_collector(node, ipmi));
  }
  if (on.redfish) {
    collector::RedfishOptions redfish = options.redfish;
    redfish.device_number = options.ipmi.device_number;
    maker.add(collector::make_redfish_collector(node, redfish));
  }
  if (on.netdev) maker.add(collector::make_netdev_collector(node, options.netdev));
  if (on.infiniband) maker.add(collector::make_infiniband_collector(node));
  if (on.power_model) {
    collector::PowerModelOptions model = options.power_model;
    model.meter_present = [meters] { return meters->any(); };
    maker.add(collector::make_power_model_collector(node, model));
  }
  if (on.emissions) maker.add(collector::make_emissions_collector(node, options.emissions));
  std::shared_ptr<gpu::NvmlSampler> nvml;
  if (on.gpu_nvml) {
    CEEMS_TRY(nvml, collector::make_nvml_sampler(options.gpu_nvml));
    maker.add(collector::make_gpu_nvml_collector(node, nvml));
  }
  const bool with_gpus = on.slurm || on.lsf || on.openpbs || on.libvirt || on.kubernetes;
  if (with_gpus || on.generic) {
    collector::ComputeUnitsOptions units = options.units;
    if (const char* path = std::getenv("PATH")) units.search_path = path;
    const char* name = std::getenv("NODE_NAME");
    units.node_name = name != nullptr && *name != '\0' ? name : base::host_name().value_or("");
    if (with_gpus) {
      CEEMS_TRY(units.gpus, make_device_watch(options, units.node_name, nvml));
    }
    maker.add(collector::make_compute_units_collector(node, units));
  }
  return maker.finish();
}

std::vector<base::CapabilityNeed> capability_needs(
    const std::vector<std::unique_ptr<Collector>>& collectors) {
  std::vector<base::CapabilityNeed> needs;
  for (const auto& collector : collectors) {
    std::ranges::move(collector->needs(), std::back_inserter(needs));
  }
  return needs;
}

bool may_use_sudo(const Options& options) {
  return options.switches.ipmi && collector::ipmi_may_use_sudo(options.ipmi);
}

}  // namespace ceems::exporter

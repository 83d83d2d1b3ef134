// What the command line says, with the flags' own defaults. Plain data.
#pragma once

#include "base/result.h"
#include "collector/compute_units.h"
#include "collector/cray_pm_counters.h"
#include "collector/emissions.h"
#include "collector/gpu_nvml.h"
#include "collector/ipmi.h"
#include "collector/meminfo.h"
#include "collector/netdev.h"
#include "collector/node.h"
#include "collector/pod_tools.h"
#include "collector/power_model.h"
#include "collector/rapl.h"
#include "collector/redfish.h"
#include "collector/targets_endpoint.h"
#include "config/flags.h"
#include "program/options.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ceems::exporter {

struct WebOptions {
  std::vector<std::string> listen_addresses;
  std::string config_file;     // absolute, or ""
  std::string telemetry_path;  // starts with a slash
  std::string targets_path;    // likewise
  bool disable_exporter_metrics = false;
  std::int64_t max_requests = 0;
  bool debug_server = false;
  bool systemd_socket = false;
};

// Which collectors run.
struct Switches {
  bool cpu = false;
  bool meminfo = false;
  bool rapl = false;
  bool hwmon = false;
  bool cray_pm_counters = false;
  bool ipmi = false;
  bool redfish = false;
  bool netdev = false;
  bool infiniband = false;
  bool emissions = false;
  bool power_model = false;
  bool gpu_nvml = false;
  bool slurm = false;
  bool lsf = false;
  bool openpbs = false;
  bool libvirt = false;
  bool kubernetes = false;
  bool generic = false;
};

// How the node's GPUs are listed, for collectors of compute units.
struct GpuOptions {
  std::string type;  // "", "nvidia", "amd", "nogpu"
  std::string nvidia_smi;
  std::string rocm_smi;
  std::string amd_smi;
  std::string slurm_order;          // see gpu::DeviceOrder
  collector::PodToolsOptions pods;  // without what is asked of whom
};

struct Options : program::CommonOptions {
  WebOptions web;

  bool disable_defaults = false;
  bool empty_hostname = false;
  collector::NodeContext node;  // without the host name
  Switches switches;
  collector::MeminfoOptions meminfo;
  bool meminfo_all_stats_alias = false;
  collector::RaplOptions rapl;
  collector::CrayPmCountersOptions cray_pm_counters;
  collector::NetdevOptions netdev;
  collector::IpmiOptions ipmi;
  collector::IpmiOptions ipmi_former;  // by the flags' names of release 0.10.2
  bool ipmi_former_on = false;
  collector::RedfishOptions redfish;
  std::string redfish_former_file;
  collector::EmissionsOptions emissions;
  collector::PowerModelOptions power_model;
  collector::GpuNvmlOptions gpu_nvml;
  GpuOptions gpus;
  bool discover_targets = false;
  collector::TargetsOptions targets;
  collector::ComputeUnitsOptions units;
  bool slurm_swap_alias = false;
  bool slurm_psi_alias = false;
  std::string kubeconfig_former_file;
  std::string kubelet_socket_former;
  std::string forced_cgroup_version;  // "", "v1", "v2"
};

// Declares every flag; `options` must outlive `flags`.
void declare_flags(config::Flags& flags, Options& options);

// Turns every collector on, for the reference.
void enable_all(Options& options);

// Former names of flags that were given, each with the one to use instead.
std::vector<std::pair<std::string, std::string>> former_names_given(const Options& options);

// After parsing: applies --collector.disable-defaults, makes paths absolute and well-formed. kInvalid for a
// path that no request could ever have.
base::Status complete(const config::Flags& flags, Options& options);

}  // namespace ceems::exporter

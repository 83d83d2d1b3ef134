#include "options.h"

#include "base/file.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ceems::exporter {

namespace {

using config::Flags;
using config::FlagTraits;

const FlagTraits kHidden{.hidden = true};

// A collector's switch: --collector.<name>.
struct Switch {
  const char* name;
  bool on_by_default;
  const char* help;
  bool Switches::* target;
};

constexpr std::array kSwitches{
    Switch{"cpu", true, "Processor time of the node by mode.", &Switches::cpu},
    Switch{"meminfo", true, "Memory of the node.", &Switches::meminfo},
    Switch{"rapl", true, "Energy that processors and memory count themselves (RAPL).", &Switches::rapl},
    Switch{"hwmon", false, "Power and energy by hardware monitors of boards, power supplies and processors.",
           &Switches::hwmon},
    Switch{"cray_pm_counters", false, "Energy, power and temperature of HPE Cray nodes.",
           &Switches::cray_pm_counters},
    Switch{"ipmi", false, "Power and sensors that the baseboard management controller reads.",
           &Switches::ipmi},
    Switch{"redfish", false, "Power of chassis by the Redfish service of a management controller.",
           &Switches::redfish},
    Switch{"netdev", false, "Traffic of network devices.", &Switches::netdev},
    Switch{"infiniband", false, "State and traffic of InfiniBand ports.", &Switches::infiniband},
    Switch{"emissions", false, "Emission factors of electricity.", &Switches::emissions},
    Switch{"power-model", false, "Estimated energy of the processors, for machines without a meter.",
           &Switches::power_model},
    Switch{"gpu.nvml", false, "GPUs of NVIDIA, read through the driver's library.", &Switches::gpu_nvml},
    Switch{"slurm", false, "Jobs of SLURM.", &Switches::slurm},
    Switch{"lsf", false, "Jobs of LSF.", &Switches::lsf},
    Switch{"openpbs", false, "Jobs of OpenPBS.", &Switches::openpbs},
    Switch{"libvirt", false, "Virtual machines of libvirt.", &Switches::libvirt},
    Switch{"k8s", false, "Pods of Kubernetes.", &Switches::kubernetes},
    Switch{"generic", false, "Compute units that a configuration file describes by their cgroups.",
           &Switches::generic},
};

std::string flag_name(const Switch& one) {
  return std::string("collector.") + one.name;
}

void declare_emission_service_flags(Flags& flags, collector::EmissionsOptions& emissions) {
  flags.duration("collector.emissions.interval", emissions.interval,
                 "Interval at which services are asked; 0: as each of them is meant to be asked.",
                 emissions.interval);
  flags.duration("collector.emissions.max-age", emissions.max_age,
                 "Factors that are older are not shown; 0: the last one is, however old.", emissions.max_age);
  flags.string("collector.emissions.rte-url", "",
               "URL of RTE's data, for a mirror or a proxy. Empty: RTE's own.", emissions.rte_url);
  flags.string("collector.emissions.emaps-url", "",
               "URL of the API of Electricity Maps, for a mirror or a proxy. Empty: its own.",
               emissions.emaps_url);
  flags.list("collector.emissions.emaps-zone", {},
             "Zone of Electricity Maps to ask for; without it all that the token is good for.",
             emissions.emaps_zones);
  flags.string("collector.emissions.wt-url", "",
               "URL of the API of WattTime, for a mirror or a proxy. Empty: its own.", emissions.wt_url);
  emissions.environment = true;
}

void declare_web_flags(Flags& flags, WebOptions& web) {
  flags.list("web.listen-address", {":9010"},
             "Addresses to listen on: host:port, :port, [v6]:port or vsock://:port.", web.listen_addresses);
  program::declare_web_config_flag(flags, web.config_file, "CEEMS_EXPORTER_WEB_CONFIG_FILE");
  flags.string("web.telemetry-path", "/metrics", "Path of the metrics.", web.telemetry_path);
  flags.string("web.targets-path", "/alloy-targets", "Path of the list of processes for profilers.",
               web.targets_path);
  flags.boolean("web.disable-exporter-metrics", false,
                "Leave out the metrics about the exporter's process, its handler and what scraping costs.",
                web.disable_exporter_metrics);
  flags.integer("web.max-requests", 40, "Scrapes that may run at a time; 0 for no limit.", web.max_requests);
  flags.boolean("web.debug-server", false, "Serve /debug/pprof/ to clients on this machine.",
                web.debug_server);
  program::declare_socket_flag(flags, web.systemd_socket);
}

void declare_process_flags(Flags& flags, Options& options) {
  program::declare_security_flags(flags, options.security, "");
  program::declare_threads_flag(flags, options.worker_threads, "Threads that answer requests.");
  program::declare_log_flags(flags, options.log);
  program::declare_check_flag(flags, options.check_config);
  program::declare_reference_flag(flags, options.print_reference);
}

void declare_node_flags(Flags& flags, Options& options) {
  collector::NodeContext& node = options.node;
  flags.string("path.procfs", "/proc", "Where procfs is mounted.", node.procfs, kHidden);
  flags.string("path.sysfs", "/sys", "Where sysfs is mounted.", node.sysfs, kHidden);
  flags.string("path.cgroupfs", "/sys/fs/cgroup", "Where cgroups are mounted.", node.cgroupfs, kHidden);
  flags.boolean("compat.ceems", false, "Keep values that older dashboards were made for, where ours differ.",
                node.compat, kHidden);
  flags.boolean("compat.legacy-metric-names", false,
                "Emit renamed metrics under their names of release 0.10.2 too.", node.legacy_metric_names,
                kHidden);
  flags.boolean("collector.empty-hostname-label", false,
                "Leave label hostname empty, and let nothing else depend on the machine.",
                options.empty_hostname, kHidden);
  flags.boolean("collector.disable-defaults", false,
                "Run only the collectors whose flags are on the command line.", options.disable_defaults);
}

void declare_ipmi_flags(Flags& flags, Options& options) {
  collector::IpmiOptions& ipmi = options.ipmi;
  flags.string(
      "collector.ipmi.dcmi.cmd", "",
      "Command that prints DCMI's power reading, instead of asking the device; quotes hold words together.",
      ipmi.command);
  flags.boolean("collector.ipmi.power-energy-sensor-readings", false,
                "Sensors of the controller that read watts or joules.", ipmi.power_energy_sensors);
  flags.boolean("collector.ipmi.temperature-sensor-readings", false,
                "Sensors of the controller that read degrees Celsius.", ipmi.temperature_sensors);
  flags.list("collector.ipmi.sensor-id", {}, "Number of one more sensor to read.", ipmi.sensors);
  flags.integer("collector.ipmi.dev-num", 0, "Number of the IPMI device.", ipmi.device_number);
  flags.boolean("collector.ipmi.force-native-mode", false, "Ask the device only, never a program.",
                ipmi.force_native);
  flags.boolean("collector.ipmi.test-mode", false, "Run the command as the exporter's own user.",
                ipmi.test_mode, kHidden);
  collector::IpmiOptions& former = options.ipmi_former;
  flags.boolean("collector.ipmi_dcmi", false, "The former name of collector.ipmi.", options.ipmi_former_on,
                kHidden);
  flags.string("collector.ipmi_dcmi.cmd", "", "The former name of collector.ipmi.dcmi.cmd.", former.command,
               kHidden);
  flags.integer("collector.ipmi_dcmi.dev-num", 0, "The former name of collector.ipmi.dev-num.",
                former.device_number, kHidden);
  flags.boolean("collector.ipmi_dcmi.force-native-mode", false,
                "The former name of collector.ipmi.force-native-mode.", former.force_native, kHidden);
  flags.boolean("collector.ipmi_dcmi.test-mode", false, "The former name of collector.ipmi.test-mode.",
                former.test_mode, kHidden);
}

void declare_collector_flags(Flags& flags, Options& options) {
  for (const Switch& one : kSwitches)
    flags.boolean(flag_name(one), one.on_by_default, one.help, options.switches.*one.target);
  flags.boolean("collector.meminfo.all-stats", false, "Every field of /proc/meminfo.",
                options.meminfo.all_stats);
  flags.boolean("collector.meminfo.all.stats", false, "The former name of collector.meminfo.all-stats.",
                options.meminfo_all_stats_alias, kHidden);
  flags.boolean("collector.rapl.enable-zone-label", false, "Add label rapl_zone with the name of the zone.",
                options.rapl.zone_label);
  flags.string("collector.rapl.path.sysfs", "", "Where sysfs is mounted, for RAPL only.", options.rapl.sysfs,
               kHidden);
  flags.string("collector.cray_pm_counters.path.sysfs", "",
               "Where sysfs is mounted, for Cray's counters only.", options.cray_pm_counters.sysfs, kHidden);
  flags.string("collector.netdev.device-include", "",
               "Regular expression: only devices whose name has a match. Not together with device-exclude.",
               options.netdev.include);
  flags.string("collector.netdev.device-exclude", "",
               "Regular expression: no devices whose name has a match, such as those of containers, ^veth.",
               options.netdev.exclude);
  declare_ipmi_flags(flags, options);
  flags.string("collector.redfish.config.file", "", "File that says which controller to ask, and as whom.",
               options.redfish.config_file, {.environment = "CEEMS_EXPORTER_REDFISH_COLL_CONFIG_FILE"});
  flags.boolean("collector.redfish.config.file.expand-env-vars", false,
                "Replace variables of the environment in that file.", options.redfish.expand_environment);
  flags.string("collector.redfish.web-config", "", "The former name of collector.redfish.config.file.",
               options.redfish_former_file,
               {.environment = "CEEMS_EXPORTER_REDFISH_COLL_WEB_CONFIG_FILE", .hidden = true});
  flags.boolean("collector.zero-readings", false,
                "Emit also readings of 0 W, 0 J and 0 degrees, which meters give that have nothing to say.",
                options.node.zero_readings);
  flags.choices("collector.emissions.provider", collector::emission_provider_names(),
                "Providers of emission factors; all that can be had when left out.",
                options.emissions.providers);
  flags.string("collector.emissions.owid-file", "",
               "CSV table of Our World in Data, instead of the one built in.", options.emissions.owid_file);
  declare_emission_service_flags(flags, options.emissions);
  flags.number("collector.power-model.idle-watts", 0,
               "Power of the idle processors; 0: from a table by family.", options.power_model.idle_watts);
  flags.number("collector.power-model.max-watts", 0,
               "Power of the processors under full load; 0: from a table by family.",
               options.power_model.max_watts);
  flags.boolean("collector.power-model.beside-meter", false, "Estimate also where a real meter can be read.",
                options.power_model.beside_meter);
}

void declare_gpu_list_flags(Flags& flags, GpuOptions& gpus) {
  flags.choice("collector.gpu.type", {"nvidia", "amd", "nogpu"}, "",
               "Whose GPUs this node has, instead of looking for them.", gpus.type, kHidden);
  flags.string("collector.gpu.nvidia-smi-path", "", "nvidia-smi; looked for in PATH when left out.",
               gpus.nvidia_smi, kHidden);
  flags.string("collector.gpu.rocm-smi-path", "", "rocm-smi; looked for in PATH when left out.",
               gpus.rocm_smi, kHidden);
  flags.string("collector.gpu.amd-smi-path", "", "amd-smi; looked for in PATH when left out.", gpus.amd_smi,
               kHidden);
  flags.string("collector.gpu.nvidia-pod", gpus.pods.nvidia_pod,
               "Pods that have nvidia-smi where this host has none: <label selector>:<container>.",
               gpus.pods.nvidia_pod, kHidden);
  flags.string("collector.gpu.amd-pod", gpus.pods.amd_pod,
               "Pods that have amd-smi or rocm-smi where this host has none: <label selector>:<container>.",
               gpus.pods.amd_pod, kHidden);
}

void declare_gpu_flags(Flags& flags, collector::GpuNvmlOptions& nvml) {
  flags.duration("collector.gpu.nvml.interval", nvml.interval, "How often the GPUs are read.", nvml.interval);
  flags.string("collector.gpu.nvml.library", "",
               "NVIDIA's libnvidia-ml.so.1; looked for where it usually is when left out.", nvml.library);
  flags.boolean("collector.gpu.nvml.profiling", true,
                "Activity of multiprocessors, pipes and memory, on Hopper and newer.", nvml.profiling);
  flags.boolean("collector.gpu.nvml.pcie-throughput", false,
                "PCIe throughput also of GPUs that take 20 ms for each direction to measure it.",
                nvml.pcie_throughput);
}

void declare_slurm_flags(Flags& flags, Options& options) {
  collector::UnitMetrics& slurm = options.units.slurm;
  flags.boolean("collector.slurm.swap-memory-metrics", false, "Swap of each job.", slurm.swap);
  flags.boolean("collector.slurm.swap.memory.metrics", false,
                "The former name of collector.slurm.swap-memory-metrics.", options.slurm_swap_alias, kHidden);
  flags.boolean("collector.slurm.psi-metrics", false,
                "Time that each job was stalled for lack of CPU or memory.", slurm.psi);
  flags.boolean("collector.slurm.psi.metrics", false, "The former name of collector.slurm.psi-metrics.",
                options.slurm_psi_alias, kHidden);
  flags.boolean("collector.slurm.blkio-metrics", false, "Block I/O of each job by device.", slurm.blkio);
  flags.boolean("collector.slurm.extra-metrics", false,
                "Total CPU time, throttling, memory peak, OOM kills, processes and more of each job.",
                slurm.extra);
  flags.string(
      "collector.slurm.gres-config-file", options.units.gres_config_file,
      "SLURM's gres.conf, which says how many shares of a GPU there are. Read again when it changes.",
      options.units.gres_config_file);
  flags.boolean("collector.slurm.gpu-device-rules", false,
                "Ask the kernel which GPUs each job may open, under cgroup v2. Keeps CAP_SYS_ADMIN.",
                options.units.gpu_device_rules);
  flags.string("collector.slurm.gpu-order-map", "",
               "Numbers by which SLURM knows GPUs, where they are others than the driver's: "
               "<number>:<GPU>[.<GPU instance id>],...",
               options.gpus.slurm_order);
}

void declare_libvirt_flags(Flags& flags, collector::ComputeUnitsOptions& units) {
  flags.boolean("collector.libvirt.swap-memory-metrics", false, "Swap of each VM.", units.libvirt.swap);
  flags.boolean("collector.libvirt.psi-metrics", false,
                "Time that each VM was stalled for lack of CPU or memory.", units.libvirt.psi);
  flags.boolean("collector.libvirt.blkio-metrics", false, "Block I/O of each VM by device.",
                units.libvirt.blkio);
  flags.boolean("collector.libvirt.extra-metrics", false,
                "Total CPU time, throttling, memory peak, OOM kills, processes and more of each VM.",
                units.libvirt.extra);
  flags.string("collector.libvirt.xml-dir", "",
               "One more directory with files that describe domains, beside libvirt's own.",
               units.libvirt_directory, kHidden);
}

void declare_other_job_flags(Flags& flags, collector::ComputeUnitsOptions& units) {
  const auto metrics = [&](const std::string& name, collector::UnitMetrics& of) {
    const std::string flag = "collector." + name;
    flags.boolean(flag + ".swap-memory-metrics", false, "Swap of each job.", of.swap);
    flags.boolean(flag + ".psi-metrics", false, "Time that each job was stalled for lack of CPU or memory.",
                  of.psi);
    flags.boolean(flag + ".extra-metrics", false,
                  "Total CPU time, throttling, memory peak, OOM kills, processes and more of each job.",
                  of.extra);
  };
  metrics("lsf", units.lsf);
  flags.string("collector.lsf.bjobs-path", "", "bjobs; looked for in PATH when left out.", units.bjobs,
               kHidden);
  metrics("openpbs", units.openpbs);
}

void declare_kubernetes_flags(Flags& flags, Options& options) {
  collector::ComputeUnitsOptions& units = options.units;
  flags.boolean("collector.k8s.psi-metrics", false,
                "Time that each pod was stalled for lack of CPU or memory.", units.kubernetes.psi);
  flags.boolean("collector.k8s.extra-metrics", false,
                "Total CPU time, throttling, quota, memory peak, OOM kills, processes and more of each pod.",
                units.kubernetes.extra);
  flags.string(
      "collector.k8s.kubeconfig.file", "",
      "How to reach the API server, which knows pods by their names; as a pod of the cluster when left out.",
      units.kubeconfig_file);
  flags.string("collector.k8s.kube-config-file", "", "The former name of collector.k8s.kubeconfig.file.",
               options.kubeconfig_former_file, kHidden);
  flags.string("collector.k8s.kubelet-podresources-socket.file", units.kubelet_socket,
               "Socket of the kubelet's pod-resources service, which knows the GPUs of pods.",
               units.kubelet_socket);
  flags.string("collector.k8s.kubelet-socket-file", "",
               "The former name of collector.k8s.kubelet-podresources-socket.file.",
               options.kubelet_socket_former, kHidden);
}

void declare_discoverer_flags(Flags& flags, Options& options) {
  flags.boolean("discoverer.alloy-targets", false,
                "Serve the list of the processes of compute units, for continuous profilers.",
                options.discover_targets);
  flags.list("discoverer.alloy-targets.env-var", {},
             "Variable of the environment that a process must have to be in that list.",
             options.targets.variables);
  flags.boolean("discoverer.alloy-targets.self-profiler", false, "Put the exporter itself into that list.",
                options.targets.self_profiler);
}

void declare_unit_flags(Flags& flags, Options& options) {
  collector::ComputeUnitsOptions& units = options.units;
  flags.string("collector.cgroups.active-subsystem", units.active_subsystem,
               "Hierarchy of cgroup v1 that is searched for compute units.", units.active_subsystem);
  flags.choice("collector.cgroups.force-version", {"v1", "v2"}, "",
               "Take the cgroup tree for this version instead of looking.", options.forced_cgroup_version,
               kHidden);
  flags.string("collector.generic.config.file", "",
               "File that says which cgroups are compute units, and whose.", units.generic_config_file,
               {.environment = "CEEMS_EXPORTER_GENERIC_CONFIG_FILE"});
  flags.boolean("collector.generic.swap-memory-metrics", false, "Swap of each unit.", units.generic.swap);
  flags.boolean("collector.generic.psi-metrics", false,
                "Time that each unit was stalled for lack of CPU or memory.", units.generic.psi);
  flags.boolean("collector.generic.blkio-metrics", false, "Block I/O of each unit by device.",
                units.generic.blkio);
  flags.boolean("collector.generic.extra-metrics", false,
                "Total CPU time, throttling, memory peak, OOM kills, processes and more of each unit.",
                units.generic.extra);
}

base::Result<std::string> usable_path(const std::string& flag, const std::string& given) {
  std::string path = given.starts_with('/') ? given : "/" + given;
  const bool clean = path.find("//") == std::string::npos && path.find("/../") == std::string::npos &&
                     path.find("/./") == std::string::npos && !path.ends_with("/..") && !path.ends_with("/.");
  if (!clean || path.find_first_of("?# ") != std::string::npos)
    return base::fail(base::ErrorCode::kInvalid, "--" + flag, "not a path that can be asked for: '{}'",
                      given);
  return path;
}

}  // namespace

void declare_flags(Flags& flags, Options& options) {
  declare_web_flags(flags, options.web);
  declare_process_flags(flags, options);
  declare_node_flags(flags, options);
  declare_collector_flags(flags, options);
  declare_gpu_list_flags(flags, options.gpus);
  declare_gpu_flags(flags, options.gpu_nvml);
  declare_unit_flags(flags, options);
  declare_slurm_flags(flags, options);
  declare_other_job_flags(flags, options.units);
  declare_kubernetes_flags(flags, options);
  declare_discoverer_flags(flags, options);
  declare_libvirt_flags(flags, options.units);
}

void enable_all(Options& options) {
  for (const Switch& one : kSwitches)
    options.switches.*one.target = true;
}

std::vector<std::pair<std::string, std::string>> former_names_given(const Options& options) {
  std::vector<std::pair<std::string, std::string>> given;
  const auto add = [&](bool alias, const char* former, const char* now) {
    if (alias) given.emplace_back(former, now);
  };
  add(options.meminfo_all_stats_alias, "collector.meminfo.all.stats", "collector.meminfo.all-stats");
  add(options.slurm_swap_alias, "collector.slurm.swap.memory.metrics", "collector.slurm.swap-memory-metrics");
  add(options.slurm_psi_alias, "collector.slurm.psi.metrics", "collector.slurm.psi-metrics");
  add(!options.kubeconfig_former_file.empty(), "collector.k8s.kube-config-file",
      "collector.k8s.kubeconfig.file");
  add(!options.kubelet_socket_former.empty(), "collector.k8s.kubelet-socket-file",
      "collector.k8s.kubelet-podresources-socket.file");
  const collector::IpmiOptions& ipmi = options.ipmi_former;
  add(!options.redfish_former_file.empty(), "collector.redfish.web-config", "collector.redfish.config.file");
  add(options.ipmi_former_on, "collector.ipmi_dcmi", "collector.ipmi");
  add(!ipmi.command.empty(), "collector.ipmi_dcmi.cmd", "collector.ipmi.dcmi.cmd");
  add(ipmi.device_number != 0, "collector.ipmi_dcmi.dev-num", "collector.ipmi.dev-num");
  add(ipmi.force_native, "collector.ipmi_dcmi.force-native-mode", "collector.ipmi.force-native-mode");
  add(ipmi.test_mode, "collector.ipmi_dcmi.test-mode", "collector.ipmi.test-mode");
  return given;
}

base::Status complete(const Flags& flags, Options& options) {
  if (options.disable_defaults) {
    for (const Switch& one : kSwitches) {
      if (!flags.given(flag_name(one))) options.switches.*one.target = false;
    }
  }
  if (!options.redfish_former_file.empty()) options.redfish.config_file = options.redfish_former_file;
  options.switches.ipmi = options.switches.ipmi || options.ipmi_former_on;
  collector::IpmiOptions& ipmi = options.ipmi;
  if (ipmi.command.empty()) ipmi.command = options.ipmi_former.command;
  if (ipmi.device_number == 0) ipmi.device_number = options.ipmi_former.device_number;
  ipmi.force_native = ipmi.force_native || options.ipmi_former.force_native;
  ipmi.test_mode = ipmi.test_mode || options.ipmi_former.test_mode;
  if (options.forced_cgroup_version == "v1") options.units.force_version = cgroup::ForceVersion::kV1;
  if (options.forced_cgroup_version == "v2") options.units.force_version = cgroup::ForceVersion::kV2;
  options.meminfo.all_stats = options.meminfo.all_stats || options.meminfo_all_stats_alias;
  collector::ComputeUnitsOptions& units = options.units;
  units.slurm.swap = units.slurm.swap || options.slurm_swap_alias;
  units.slurm.psi = units.slurm.psi || options.slurm_psi_alias;
  // Whoever gives both means the one by its new name.
  if (units.kubeconfig_file.empty()) units.kubeconfig_file = options.kubeconfig_former_file;
  if (!options.kubelet_socket_former.empty() &&
      !flags.given("collector.k8s.kubelet-podresources-socket.file"))
    units.kubelet_socket = options.kubelet_socket_former;
  units.use_slurm = options.switches.slurm;
  units.use_lsf = options.switches.lsf;
  units.use_openpbs = options.switches.openpbs;
  units.use_kubernetes = options.switches.kubernetes;
  units.use_libvirt = options.switches.libvirt;
  units.use_generic = options.switches.generic;
  WebOptions& web = options.web;
  if (!web.config_file.empty()) web.config_file = base::absolute_path(web.config_file);
  CEEMS_TRY(web.telemetry_path, usable_path("web.telemetry-path", web.telemetry_path));
  CEEMS_TRY(web.targets_path, usable_path("web.targets-path", web.targets_path));
  options.targets.max_requests = web.max_requests;
  if (options.discover_targets && (web.targets_path == "/health" || web.targets_path.starts_with("/debug/") ||
                                   web.targets_path == web.telemetry_path || web.targets_path == "/"))
    return base::fail(base::ErrorCode::kInvalid, "--web.targets-path", "{} is taken", web.targets_path);
  if (web.telemetry_path == "/health" || web.telemetry_path.starts_with("/debug/"))
    return base::fail(base::ErrorCode::kInvalid, "--web.telemetry-path", "{} is taken", web.telemetry_path);
  return {};
}

}  // namespace ceems::exporter

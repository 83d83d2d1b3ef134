// Collectors `slurm`, `lsf`, `openpbs`, `libvirt`, `k8s` and `generic`: CPU, memory, pressure and I/O of
// every compute unit, whatever manages it. They are one object, because a cgroup belongs to the first manager
// that claims it, in the order of unit_managers.h, the generic ones in the order of their file. The units and
// their cgroups are those of the room `unit`; each is read from its cgroup's files in each scrape. A unit
// that cannot be read has only its collect_error; one that ends while it is read is left out. What a missing
// file means is written in cgroup/unit_files.h.
//
// With GPUs it also tells which unit holds which of them: see unit/gpu_allocations.h.
//
// ceems_compute_unit_info is that of generic managers: who submitted a SLURM job only SLURM knows. `user` and
// `project` in it are empty until the unit's first process is there.
#pragma once

#include "base/result.h"
#include "cgroup/layout.h"
#include "collector/collector.h"
#include "collector/node.h"
#include "gpu/device_watch.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace ceems::collector {

// What is emitted of a unit beside CPU time, CPUs and memory.
struct UnitMetrics {
  bool swap = false;
  bool psi = false;
  bool blkio = false;
  bool rdma = true;  // costs nothing on a machine without such devices
  // Total CPU time, throttling, quota, memory peak, limit hits, OOM kills, processes, huge pages; and
  // collect_error 0 for units that were read.
  bool extra = false;
};

struct ComputeUnitsOptions {
  cgroup::ForceVersion force_version = cgroup::ForceVersion::kDetect;
  std::string active_subsystem = "cpuacct";
  bool use_slurm = false;
  bool use_lsf = false;
  bool use_openpbs = false;
  bool use_libvirt = false;
  bool use_kubernetes = false;
  bool use_generic = true;
  std::string generic_config_file;  // see unit/generic_config.h
  UnitMetrics slurm;
  UnitMetrics lsf;
  UnitMetrics openpbs;
  UnitMetrics libvirt;
  UnitMetrics kubernetes;  // swap and I/O always
  UnitMetrics generic;
  std::string bjobs;              // of LSF; "": looked for in search_path
  std::string search_path;        // for programs
  std::string libvirt_directory;  // one more with files of domains; "": only libvirt's own
  std::string kubeconfig_file;    // "": as a pod of the cluster
  std::string kubelet_socket = "/var/lib/kubelet/pod-resources/kubelet.sock";
  std::string node_name;  // as Kubernetes knows this node
  // The node's GPUs, for units of managers that give them away; null: none of that. The collector starts and
  // stops it.
  std::shared_ptr<gpu::DeviceWatch> gpus;
  std::string gres_config_file = "/etc/slurm/gres.conf";  // --collector.slurm.gres-config-file
  bool gpu_device_rules = false;     // --collector.slurm.gpu-device-rules, see unit::GpuAllocationOptions
  std::size_t most_descriptors = 0;  // 0: what the process's limit, which is raised, leaves room for
  std::chrono::steady_clock::duration walk_interval = std::chrono::seconds(60);
};

// kInvalid if the configuration file is missing or wrong.
base::Result<std::unique_ptr<Collector>> make_compute_units_collector(const NodeContext& node,
                                                                      const ComputeUnitsOptions& options);

// Says what is wrong with a file of generic managers, with line and key.
base::Status check_generic_config(const std::string& path);

}  // namespace ceems::collector

// Every metric family of compute units, and of the collector about itself. Constants.
#pragma once

#include "exposition/family.h"

#include <span>

namespace ceems::collector::unit_families {

using exposition::Family;
using exposition::MetricType;

inline constexpr std::string_view kUnitLabels = "cgrouphostname,hostname,manager,uuid";
inline constexpr std::string_view kDeviceLabels = "cgrouphostname,device,hostname,manager,uuid";

inline constexpr Family kUnits{"ceems_compute_units", MetricType::kGauge,
                               "Compute units that run on this node.", "hostname,manager"};
inline constexpr Family kInfo{"ceems_compute_unit_info", MetricType::kGauge, "Whose compute unit it is.",
                              "cgrouphostname,hostname,manager,name,project,user,uuid"};
inline constexpr Family kUnitCollectError{"ceems_compute_unit_collect_error", MetricType::kGauge,
                                          "1 if the compute unit could not be read.", kUnitLabels};
inline constexpr Family kCollectError{"ceems_compute_collect_error", MetricType::kGauge,
                                      "1 if the compute unit could not be read.", kUnitLabels};

inline constexpr Family kCpuUser{"ceems_compute_unit_cpu_user_seconds_total", MetricType::kCounter,
                                 "CPU time that the unit spent in user mode.", kUnitLabels};
inline constexpr Family kCpuSystem{"ceems_compute_unit_cpu_system_seconds_total", MetricType::kCounter,
                                   "CPU time that the unit spent in the kernel.", kUnitLabels};
inline constexpr Family kCpus{"ceems_compute_unit_cpus", MetricType::kGauge,
                              "CPUs that the unit may use: its cpuset or, if that is less, its quota.",
                              kUnitLabels};
inline constexpr Family kMemoryRss{"ceems_compute_unit_memory_rss_bytes", MetricType::kGauge,
                                   "Anonymous memory of the unit.", kUnitLabels};
inline constexpr Family kMemoryCache{"ceems_compute_unit_memory_cache_bytes", MetricType::kGauge,
                                     "Page cache of the unit.", kUnitLabels};
inline constexpr Family kMemoryUsed{"ceems_compute_unit_memory_used_bytes", MetricType::kGauge,
                                    "Memory charged to the unit.", kUnitLabels};
inline constexpr Family kMemoryTotal{"ceems_compute_unit_memory_total_bytes", MetricType::kGauge,
                                     "Memory that the unit may use: its limit, or the node's memory.",
                                     kUnitLabels};
inline constexpr Family kMemoryFailures{
    "ceems_compute_unit_memory_fail_count", MetricType::kGauge,
    "cgroup v2: times that the unit ran out of memory; v1: times that it hit its limit.", kUnitLabels};

inline constexpr Family kSwapUsed{"ceems_compute_unit_memsw_used_bytes", MetricType::kGauge,
                                  "cgroup v2: swap charged to the unit; v1: memory and swap.", kUnitLabels};
inline constexpr Family kSwapTotal{"ceems_compute_unit_memsw_total_bytes", MetricType::kGauge,
                                   "cgroup v2: swap that the unit may use; v1: memory and swap.",
                                   kUnitLabels};
inline constexpr Family kSwapFailures{"ceems_compute_unit_memsw_fail_count", MetricType::kGauge,
                                      "cgroup v1: times that the unit hit its limit of memory and swap.",
                                      kUnitLabels};

inline constexpr Family kCpuPsi{
    "ceems_compute_unit_cpu_psi_seconds", MetricType::kGauge,
    "Time in which all tasks of the unit waited for a CPU; 0 if the kernel does not say.", kUnitLabels};
inline constexpr Family kMemoryPsi{
    "ceems_compute_unit_memory_psi_seconds", MetricType::kGauge,
    "Time in which all tasks of the unit waited for memory; 0 if the kernel does not say.", kUnitLabels};
inline constexpr Family kIoPsi{"ceems_compute_unit_blkio_psi_seconds", MetricType::kGauge,
                               "Time in which all tasks of the unit waited for I/O.", kUnitLabels};
inline constexpr Family kCpuPsiTotal{"ceems_compute_unit_cpu_psi_seconds_total", MetricType::kCounter,
                                     "Time in which all tasks of the unit waited for a CPU.", kUnitLabels};
inline constexpr Family kMemoryPsiTotal{"ceems_compute_unit_memory_psi_seconds_total", MetricType::kCounter,
                                        "Time in which all tasks of the unit waited for memory.",
                                        kUnitLabels};
inline constexpr Family kIoPsiTotal{"ceems_compute_unit_blkio_psi_seconds_total", MetricType::kCounter,
                                    "Time in which all tasks of the unit waited for I/O.", kUnitLabels};
inline constexpr Family kCpuPsiSome{"ceems_compute_unit_cpu_psi_some_seconds_total", MetricType::kCounter,
                                    "Time in which some task of the unit waited for a CPU.", kUnitLabels};
inline constexpr Family kMemoryPsiSome{"ceems_compute_unit_memory_psi_some_seconds_total",
                                       MetricType::kCounter,
                                       "Time in which some task of the unit waited for memory.", kUnitLabels};
inline constexpr Family kIoPsiSome{"ceems_compute_unit_blkio_psi_some_seconds_total", MetricType::kCounter,
                                   "Time in which some task of the unit waited for I/O.", kUnitLabels};

inline constexpr Family kIoReadBytes{"ceems_compute_unit_blkio_read_total_bytes", MetricType::kGauge,
                                     "Bytes that the unit read from the block device.", kDeviceLabels};
inline constexpr Family kIoWriteBytes{"ceems_compute_unit_blkio_write_total_bytes", MetricType::kGauge,
                                      "Bytes that the unit wrote to the block device.", kDeviceLabels};
inline constexpr Family kIoReadRequests{"ceems_compute_unit_blkio_read_total_requests", MetricType::kGauge,
                                        "Read requests of the unit to the block device.", kDeviceLabels};
inline constexpr Family kIoWriteRequests{"ceems_compute_unit_blkio_write_total_requests", MetricType::kGauge,
                                         "Write requests of the unit to the block device.", kDeviceLabels};
inline constexpr Family kIoReadBytesTotal{"ceems_compute_unit_blkio_read_bytes_total", MetricType::kCounter,
                                          "Bytes that the unit read from the block device.", kDeviceLabels};
inline constexpr Family kIoWriteBytesTotal{"ceems_compute_unit_blkio_write_bytes_total", MetricType::kCounter,
                                           "Bytes that the unit wrote to the block device.", kDeviceLabels};
inline constexpr Family kIoReadRequestsTotal{"ceems_compute_unit_blkio_read_requests_total",
                                             MetricType::kCounter,
                                             "Read requests of the unit to the block device.", kDeviceLabels};
inline constexpr Family kIoWriteRequestsTotal{
    "ceems_compute_unit_blkio_write_requests_total", MetricType::kCounter,
    "Write requests of the unit to the block device.", kDeviceLabels};

inline constexpr Family kRdmaHandles{"ceems_compute_unit_rdma_hca_handles", MetricType::kGauge,
                                     "RDMA handles that the unit holds.", kDeviceLabels};
inline constexpr Family kRdmaObjects{"ceems_compute_unit_rdma_hca_objects", MetricType::kGauge,
                                     "RDMA objects that the unit holds.", kDeviceLabels};

inline constexpr Family kCpuSeconds{"ceems_compute_unit_cpu_seconds_total", MetricType::kCounter,
                                    "CPU time of the unit in all modes.", kUnitLabels};
inline constexpr Family kCpuPeriods{"ceems_compute_unit_cpu_periods_total", MetricType::kCounter,
                                    "Quota periods in which the unit ran.", kUnitLabels};
inline constexpr Family kCpuThrottledPeriods{
    "ceems_compute_unit_cpu_throttled_periods_total", MetricType::kCounter,
    "Quota periods in which the unit used up its quota.", kUnitLabels};
inline constexpr Family kCpuThrottled{"ceems_compute_unit_cpu_throttled_seconds_total", MetricType::kCounter,
                                      "Time in which the unit was throttled.", kUnitLabels};
inline constexpr Family kCpuQuota{"ceems_compute_unit_cpu_quota_cpus", MetricType::kGauge,
                                  "CPU quota of the unit, in CPUs; absent without a quota.", kUnitLabels};
inline constexpr Family kMemoryPeak{"ceems_compute_unit_memory_peak_bytes", MetricType::kGauge,
                                    "The most memory that was ever charged to the unit.", kUnitLabels};
inline constexpr Family kMemoryLimitHits{"ceems_compute_unit_memory_limit_hits_total", MetricType::kCounter,
                                         "Times that the unit hit its memory limit.", kUnitLabels};
inline constexpr Family kOomKills{"ceems_compute_unit_memory_oom_kills_total", MetricType::kCounter,
                                  "Processes of the unit that were killed for lack of memory.", kUnitLabels};
inline constexpr Family kPids{"ceems_compute_unit_pids", MetricType::kGauge,
                              "Processes and threads of the unit.", kUnitLabels};
inline constexpr Family kHugePages{"ceems_compute_unit_hugetlb_used_bytes", MetricType::kGauge,
                                   "Huge pages of that size that the unit uses.",
                                   "cgrouphostname,hostname,manager,pagesize,uuid"};

inline constexpr std::string_view kGpuLabels =
    "cgrouphostname,gpuciid,gpuiid,gpuuuid,hindex,hostname,index,manager,uuid";
inline constexpr Family kGpuIndexFlag{
    "ceems_compute_unit_gpu_index_flag", MetricType::kGauge,
    "How much of that GPU, or part of one, the unit holds: 1 for all of it, else its share.", kGpuLabels};
inline constexpr Family kGpuSmCount{
    "ceems_compute_unit_gpu_sm_count", MetricType::kGauge,
    "Multiprocessors, or compute units, of that GPU or part, which the unit holds.", kGpuLabels};

inline constexpr Family kSelfFiles{
    "ceems_exporter_cgroup_files", MetricType::kGauge,
    "Files of compute units that are kept open, or had to be opened again to be "
    "read because descriptors are short.",
    "state"};
inline constexpr Family kSelfDirectories{
    "ceems_exporter_cgroup_directories", MetricType::kGauge,
    "Directories that changes are noticed in, or that must be listed in each "
    "scrape because they cannot be watched.",
    "state"};
inline constexpr Family kSelfEvents{"ceems_exporter_cgroup_events_total", MetricType::kCounter,
                                    "Directories that were noticed to come or go.", ""};
inline constexpr Family kSelfWalks{
    "ceems_exporter_cgroup_walks_total", MetricType::kCounter,
    "Walks over the whole cgroup tree: at the start, once in a while, or because "
    "events were lost.",
    "reason"};
inline constexpr Family kSelfLeftOut{
    "ceems_exporter_cgroup_claims_left_out", MetricType::kGauge,
    "Cgroups that match a manager but are no units, because an earlier manager has a unit inside, nothing "
    "runs "
    "in them any more, nothing that can be believed says which unit they are, or another cgroup is the same.",
    "reason"};

inline constexpr Family kSelfGpus{
    "ceems_exporter_gpu_devices", MetricType::kGauge,
    "GPUs of this node, and who says so: NVML, or the vendor's tool, here or in a pod.", "source,vendor"};
inline constexpr Family kSelfGpuListFailed{
    "ceems_exporter_gpu_list_failed", MetricType::kGauge,
    "1 if the vendor's tool failed when it was last asked for the GPUs.", "vendor"};
inline constexpr Family kSelfGpuListings{"ceems_exporter_gpu_listings_total", MetricType::kCounter,
                                         "Times that vendors' tools were asked for the GPUs.", ""};
inline constexpr Family kSelfGpuUnits{"ceems_exporter_gpu_units", MetricType::kGauge,
                                      "Units that may hold GPUs, by what tells which: the kernel's rules for "
                                      "their cgroup, their processes' environment, their manager itself, "
                                      "or nothing so far, as is usual for those without any.",
                                      "known_from"};
inline constexpr Family kSelfGpuLooks{"ceems_exporter_gpu_unit_looks_total", MetricType::kCounter,
                                      "Times that a unit was asked which GPUs it holds.", ""};

inline constexpr Family kSelfPodDevices{"ceems_exporter_pod_devices", MetricType::kGauge,
                                        "GPUs, their parts and their replicas as the kubelet counts them: "
                                        "that it has to give, that pods hold, and "
                                        "that pods hold and no GPU of this node is known for.",
                                        "state"};
inline constexpr Family kSelfPodsUnnamed{
    "ceems_exporter_pods_unnamed", MetricType::kGauge,
    "Pods that hold devices and are known to no API server that was asked.", ""};
inline constexpr Family kSelfPodsAsked{"ceems_exporter_pod_devices_asked_total", MetricType::kCounter,
                                       "Times that somebody was asked which pods hold which devices.", "who"};
inline constexpr Family kSelfPodsFailed{"ceems_exporter_pod_devices_failed", MetricType::kGauge,
                                        "1 if who was asked last did not answer well.", "who"};

std::span<const Family> all();

}  // namespace ceems::collector::unit_families

// What one cgroup used, as read in one pass. Plain data; the unit is in each name. Counters are those of the
// kernel: they start at 0 with the cgroup and include its descendants, those that have ended too.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::cgroup {

inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

// Pressure stall information (Documentation/accounting/psi.rst): time in which some, or all, tasks waited.
struct Pressure {
  std::uint64_t some_usec = 0;
  std::uint64_t full_usec = 0;
  bool has_some = false;
  bool has_full = false;  // the CPU's `full` line came with Linux 5.13
};

struct DeviceIo {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
  std::uint64_t read_requests = 0;
  std::uint64_t write_requests = 0;
};

struct RdmaUse {
  std::string device;
  std::uint64_t handles = 0;
  std::uint64_t objects = 0;
};

struct HugePages {
  std::string_view page_size;  // as the kernel writes it: "2MB"; lives as long as the reader's tables
  std::uint64_t used_bytes = 0;
};

// Numbers that only some kernels or settings provide: absent unless `has_` says otherwise.
struct ExtraUsage {
  std::uint64_t cpu_usec = 0;
  std::uint64_t cpu_periods = 0;
  std::uint64_t cpu_throttled_periods = 0;
  std::uint64_t cpu_throttled_usec = 0;
  std::uint64_t memory_peak_bytes = 0;
  std::uint64_t memory_limit_hits = 0;
  std::uint64_t memory_oom_kills = 0;
  std::uint64_t pids = 0;
  bool has_cpu = false;
  bool has_throttling = false;
  bool has_memory_peak = false;
  bool has_limit_hits = false;
  bool has_oom_kills = false;
  bool has_pids = false;
  std::vector<HugePages> huge_pages;
};

struct Usage {
  std::uint64_t cpu_user_usec = 0;
  std::uint64_t cpu_system_usec = 0;
  std::uint64_t cpuset_cpus = 0;       // CPUs that it may run on; of a VM, those that it has
  std::uint64_t cpu_quota_millis = 0;  // thousandths of a CPU that it may use; 0: no quota
  std::uint64_t cpu_weight = 0;        // v2: 1 to 10000; 0: not known
  std::uint64_t cpu_shares = 0;        // v1: 2 to 262144; 0: not known

  std::uint64_t memory_used_bytes = 0;
  std::uint64_t memory_total_bytes = 0;  // its limit, or what the machine has
  std::uint64_t memory_cache_bytes = 0;
  std::uint64_t memory_rss_bytes = 0;
  std::uint64_t memory_failures = 0;  // v2: out-of-memory events; v1: times that the limit was hit

  std::uint64_t swap_used_bytes = 0;   // v2: swap; v1: memory and swap
  std::uint64_t swap_total_bytes = 0;  // of the same kind
  std::uint64_t swap_failures = 0;     // v1 only

  Pressure cpu_pressure;
  Pressure memory_pressure;
  Pressure io_pressure;

  std::vector<DeviceIo> io;
  std::vector<RdmaUse> rdma;
  ExtraUsage extra;
};

}  // namespace ceems::cgroup

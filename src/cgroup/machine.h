// What limits refer to when a cgroup has none: the machine's memory, swap and CPUs. Not thread-safe.
#pragma once

#include "base/fd.h"

#include <cstdint>
#include <string>

namespace ceems::cgroup {

struct Machine {
  std::uint64_t memory_total_bytes = 0;  // 0: unknown
  std::uint64_t swap_total_bytes = 0;    // 0: none, or unknown
  std::uint64_t online_cpus = 0;
};

// Re-reads both files at each call (memory and CPUs can be plugged), on descriptors that it keeps.
class MachineReader {
 public:
  MachineReader(const std::string& procfs, const std::string& sysfs);
  const Machine& read();

 private:
  std::string meminfo_path_;
  std::string online_path_;
  base::Fd meminfo_;
  base::Fd online_;
  Machine machine_;
};

}  // namespace ceems::cgroup

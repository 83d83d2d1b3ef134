// CPU time by mode, from /proc/stat. Format: proc_stat(5).
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

// Clock ticks since boot, summed over all CPUs; ticks_per_second() of them are a second. A mode that the
// kernel does not tell is 0. `user` includes guest, `nice` includes guest_nice.
struct CpuTimes {
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t iowait = 0;
  std::uint64_t irq = 0;
  std::uint64_t softirq = 0;
  std::uint64_t steal = 0;
  std::uint64_t guest = 0;
  std::uint64_t guest_nice = 0;
};

struct CpuStat {
  CpuTimes total;
  std::uint32_t cpus = 0;  // lines `cpuN`: CPUs that are online
};

// The whole text of /proc/stat. kInvalid if the line `cpu` is missing, a number is none or a CPU line is cut
// off.
base::Result<CpuStat> parse_cpu_stat(std::string_view text);

// USER_HZ, the unit of CpuTimes.
double ticks_per_second();

// The file, kept open from the first read on. Not thread-safe.
class CpuStatFile {
 public:
  explicit CpuStatFile(std::string path);  // "/proc/stat"
  base::Result<CpuStat> read();

 private:
  std::string path_;
  base::Fd fd_;
  std::vector<char> buffer_;
};

}  // namespace ceems::power

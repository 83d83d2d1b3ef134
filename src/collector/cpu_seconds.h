// CPU seconds by mode that never fall, whatever the kernel says. Linux lets idle and iowait step back by a
// little; a CPU that goes offline takes its time with it, and then counting starts anew.
#pragma once

#include "power/cpu_stat.h"

#include <array>
#include <string_view>

namespace ceems::collector {

// The modes that are exported, in the order of their labels' values.
inline constexpr std::array<std::string_view, 8> kCpuModes{"idle",    "iowait", "irq",    "nice",
                                                           "softirq", "steal",  "system", "user"};

class CpuSeconds {
 public:
  void update(const power::CpuTimes& times, double ticks_per_second);
  // In the order of kCpuModes.
  const std::array<double, kCpuModes.size()>& seconds() const { return seconds_; }

 private:
  std::array<double, kCpuModes.size()> seconds_{};
};

}  // namespace ceems::collector

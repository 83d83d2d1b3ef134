#include "collector/cpu_seconds.h"

#include <algorithm>

namespace ceems::collector {

namespace {

// Idle time that falls by this much means that a CPU has gone, not that the kernel rounded.
constexpr double kHotplugSeconds = 3.0;
constexpr std::size_t kIdle = 0;

}  // namespace

void CpuSeconds::update(const power::CpuTimes& times, double ticks_per_second) {
  const std::array ticks{times.idle,    times.iowait, times.irq,    times.nice,
                         times.softirq, times.steal,  times.system, times.user};
  std::array<double, kCpuModes.size()> now;
  std::ranges::transform(ticks, now.begin(),
                         [&](std::uint64_t t) { return static_cast<double>(t) / ticks_per_second; });
  if (seconds_[kIdle] - now[kIdle] >= kHotplugSeconds) seconds_ = {};
  for (std::size_t i = 0; i < now.size(); ++i)
    seconds_[i] = std::max(seconds_[i], now[i]);
}

}  // namespace ceems::collector

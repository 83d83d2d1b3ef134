// Keeps the energy counter of one GPU a counter. What NVML reports is passed on as it is, also after the
// driver was loaded anew and it starts from zero: that is an ordinary reset of a counter, which rate() and
// increase() understand. A reading that falls back or leaps while the driver lives is none: what was reported
// before is reported until the counter is past it, or has stayed where it is for kPatience readings. Not
// thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace ceems::gpu {

class NvmlEnergyFilter {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kPatience = 10;

  // `millijoules` as read at `when`. What to report.
  std::optional<std::uint64_t> accept(std::uint64_t millijoules, Clock::time_point when);

  // The driver was loaded again: whatever comes next is where the counter begins.
  void restart() { last_.reset(); }

 private:
  struct Reading {
    std::uint64_t millijoules = 0;
    Clock::time_point when;
  };
  std::optional<Reading> last_;
  int doubtful_ = 0;  // readings in a row
};

}  // namespace ceems::gpu

// Notices a meter that has stopped: the same numbers, reading after reading, for minutes. The power of a
// machine that runs is never that steady; that of one which is off may be, so a frozen reading is told, and
// not thrown away. Not thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

namespace ceems::power {

class FrozenWatch {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::minutes kFrozenAfter{5};
  // Two readings that happen to be alike, far apart, say nothing.
  static constexpr int kFrozenReadings = 10;

  // Whether the meter counts as frozen after this reading.
  bool add(const std::vector<std::optional<double>>& numbers, Clock::time_point now) {
    if (numbers != numbers_) {
      numbers_ = numbers;
      since_ = now;
      readings_ = 0;
    }
    ++readings_;
    return readings_ >= kFrozenReadings && now - since_ >= kFrozenAfter;
  }

 private:
  std::vector<std::optional<double>> numbers_;
  Clock::time_point since_{};
  int readings_ = 0;
};

}  // namespace ceems::power

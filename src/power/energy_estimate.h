// Energy by utilisation: P = idle + (full − idle) × u, where u is the busy share of all CPUs. As P is linear
// in u, the energy of an interval is exact for its mean u, whatever happened inside of it: readings may be
// rare and irregular. Not thread-safe.
#pragma once

#include "power/cpu_power.h"
#include "power/cpu_stat.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace ceems::power {

// Busy share of the CPU time between two readings, 0 to 1. Busy is user, nice, system, irq and softirq; idle,
// iowait and steal are not. A mode that went backwards counts as unchanged.
double utilisation(const CpuTimes& before, const CpuTimes& after);

class EnergyEstimate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Readings closer together than this are put off: the kernel counts time in ticks.
  static constexpr std::chrono::milliseconds kShortestInterval{200};

  explicit EnergyEstimate(PowerRange range) : range_(std::move(range)) {}

  // The reading that was taken at `now`. The first one only starts the account.
  void observe(const CpuTimes& times, Time now);
  // Ends the interval without accounting for it: nobody was looking.
  void pause() { last_.reset(); }

  std::uint64_t energy_microjoules() const { return energy_microjoules_; }  // never decreases
  // Mean power over the last interval; nothing before the second reading.
  std::optional<double> watts() const { return watts_; }
  const PowerRange& range() const { return range_; }

 private:
  struct Reading {
    CpuTimes times;
    Time at;
  };

  PowerRange range_;
  std::optional<Reading> last_;
  std::uint64_t energy_microjoules_ = 0;
  double remainder_microjoules_ = 0;  // below one
  std::optional<double> watts_;
};

}  // namespace ceems::power

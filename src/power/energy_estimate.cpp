#include "power/energy_estimate.h"

#include <algorithm>
#include <cmath>

namespace ceems::power {

namespace {

double growth(std::uint64_t before, std::uint64_t after) {
  return after > before ? static_cast<double>(after - before) : 0.0;
}

}  // namespace

double utilisation(const CpuTimes& before, const CpuTimes& after) {
  const double busy = growth(before.user, after.user) + growth(before.nice, after.nice) +
                      growth(before.system, after.system) + growth(before.irq, after.irq) +
                      growth(before.softirq, after.softirq);
  const double rest = growth(before.idle, after.idle) + growth(before.iowait, after.iowait) +
                      growth(before.steal, after.steal);
  return busy + rest > 0 ? busy / (busy + rest) : 0.0;
}

void EnergyEstimate::observe(const CpuTimes& times, Time now) {
  if (!last_) {
    last_ = Reading{times, now};
    watts_.reset();
    return;
  }
  if (now - last_->at < kShortestInterval) return;
  const double seconds = std::chrono::duration<double>(now - last_->at).count();
  const double share = utilisation(last_->times, times);
  watts_ = range_.idle_watts + (range_.full_watts - range_.idle_watts) * share;
  // Whole microjoules in an integer, so that no increment is ever too small to be added.
  const double microjoules = *watts_ * seconds * 1e6 + remainder_microjoules_;
  const double whole = std::floor(microjoules);
  energy_microjoules_ += static_cast<std::uint64_t>(whole);
  remainder_microjoules_ = microjoules - whole;
  last_ = Reading{times, now};
}

}  // namespace ceems::power

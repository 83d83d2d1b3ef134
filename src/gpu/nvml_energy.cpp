#include "gpu/nvml_energy.h"

#include "gpu/nvml_values.h"

namespace ceems::gpu {

std::optional<std::uint64_t> NvmlEnergyFilter::accept(std::uint64_t millijoules, Clock::time_point when) {
  if (millijoules > kMaxMillijoules) return last_ ? std::optional(last_->millijoules) : std::nullopt;
  if (last_) {
    // Updated some ten times a second, so that a reading may hold a little more than its interval.
    const double seconds = std::chrono::duration<double>(when - last_->when).count() + 1;
    const double most_millijoules = kMaxWatts * 1000 * seconds;
    const bool fell = millijoules < last_->millijoules;
    const bool leapt = !fell && static_cast<double>(millijoules - last_->millijoules) > most_millijoules;
    if ((fell || leapt) && ++doubtful_ < kPatience) return last_->millijoules;
  }
  doubtful_ = 0;
  last_ = Reading{millijoules, when};
  return millijoules;
}

}  // namespace ceems::gpu

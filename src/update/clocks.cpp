#include "update/clocks.h"

#include "base/log.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace ceems::update {

namespace {

using tsdb::Milliseconds;
using tsdb::TimePoint;

constexpr Milliseconds kWorthSaying{10'000};

}  // namespace

void Clocks::compare(const std::string& updater, tsdb::Client& tsdb) {
  // The TSDB looked at its clock at some time between these two.
  const TimePoint before = wall_();
  const auto present = tsdb.present();
  if (!present) return;
  const TimePoint after = wall_();
  ahead_[updater] = std::max(before - *present, Milliseconds(0));
  const bool is_ahead = before - *present > kWorthSaying;
  const bool differs = is_ahead || *present - after > kWorthSaying;
  if (differs == std::exchange(differs_[updater], differs)) return;
  const auto seconds = std::chrono::duration<double>(is_ahead ? before - *present : *present - after).count();
  if (!differs) {
    base::Logger().info("this machine and the TSDB have the same time again", {{"updater", updater}});
  } else if (is_ahead) {
    base::Logger().warn("this machine's clock is ahead of the TSDB's, which is waited for",
                        {{"updater", updater}, {"seconds", seconds}});
  } else {
    base::Logger().warn("this machine's clock is behind the TSDB's: the newest windows wait for it",
                        {{"updater", updater}, {"seconds", seconds}});
  }
}

TimePoint Clocks::present(const std::vector<std::string>& updaters) const {
  Milliseconds ahead{0};
  for (const std::string& updater : updaters)
    if (const auto at = ahead_.find(updater); at != ahead_.end()) ahead = std::max(ahead, at->second);
  return wall_() - ahead;
}

TimePoint Clocks::present() const {
  Milliseconds ahead{0};
  for (const auto& [updater, by] : ahead_)
    ahead = std::max(ahead, by);
  return wall_() - ahead;
}

}  // namespace ceems::update

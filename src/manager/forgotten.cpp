#include "manager/forgotten.h"

#include "base/log.h"
#include "manager/run.h"

#include <set>

namespace ceems::manager {

std::vector<Unit> Forgotten::ended(const Window& window, const std::vector<KnownUnit>& known,
                                   const std::vector<std::pair<std::string, std::int64_t>>& told) {
  const std::set<std::pair<std::string, std::int64_t>> here(told.begin(), told.end());
  decltype(since_) since_when;
  std::vector<Unit> units;
  for (const KnownUnit& unit : known) {
    // What another manager of the cluster told is not this one's to end.
    if (unit.resource_manager != kind_ || unit.ended_at_ms != 0) continue;
    const std::pair key(unit.uuid, unit.started_at_ms);
    if (here.contains(key)) continue;
    const auto before = since_.find(key);
    const TimePoint since = before == since_.end() ? window.start : before->second;
    since_when.emplace(key, since);
    if (window.end - since < patience_) continue;
    base::Logger().warn("a running unit is no longer known to its manager: it counts as ended since then",
                        {{"manager", kind_}, {"cluster", cluster_}, {"uuid", unit.uuid}});
    units.push_back(ended_unit(unit, since.time_since_epoch().count(), "UNKNOWN"));
  }
  since_ = std::move(since_when);
  return units;
}

}  // namespace ceems::manager

// Brings one cluster up to date, window by window. Each window is fetched, filled and committed as a whole;
// the next begins where it ended. A window that fails is tried again at the next call, from the same start.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/settings.h"
#include "store/writer.h"
#include "update/updater.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::update {

struct CycleSettings {
  Milliseconds max_window{0};       // longer stretches are cut into windows of this length
  std::int64_t update_from_ms = 0;  // where an empty database starts
  store::TimeZone time_zone{};
  store::Accounting accounting = store::Accounting::kLegacy;
};

// The next window, or nothing when there is too little time since the last one. `shortest` is what updaters
// need; with exact accounting no window crosses midnight if it can be helped.
std::optional<Window> next_window(TimePoint start, TimePoint now, Milliseconds shortest,
                                  const CycleSettings& settings);

class ClusterCycle {
 public:
  // `updaters` run in order; of two that fill the same metric the later does. They and `writer` must outlive
  // it.
  ClusterCycle(manager::ClusterSettings cluster, std::unique_ptr<manager::Manager> manager,
               std::vector<Updater*> updaters, store::Writer& writer, CycleSettings settings);

  // Until nothing is left up to `now`. `pause` is called between two windows and tells whether to go on.
  base::Status catch_up(TimePoint now, const std::function<bool()>& pause);
  void cancel();

  const std::string& id() const { return cluster_.id; }

 private:
  base::Status step(const Window& window, TimePoint now);
  void clean_up(const std::vector<std::pair<Updater*, Cleanup>>& cleanups, bool owes);

  manager::ClusterSettings cluster_;
  std::unique_ptr<manager::Manager> manager_;
  std::vector<std::pair<Updater*, MetricSet>> updaters_;  // each with what it fills
  store::Writer& writer_;
  CycleSettings settings_;
};

}  // namespace ceems::update

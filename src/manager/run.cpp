#include "manager/run.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace ceems::manager {

namespace {

constexpr std::int64_t kMsPerSecond = 1000;

using Key = std::pair<std::string_view, std::int64_t>;

std::int64_t ms_of(TimePoint time) {
  return time.time_since_epoch().count();
}

// All runs of each id: when they ended by when they started.
class Neighbours {
 public:
  explicit Neighbours(const std::vector<Run>& runs) {
    for (const Run& run : runs)
      if (run.start_ms > 0) runs_[run.id].emplace(run.start_ms, run.end_ms);
  }
  // 0 if there is none. One whose end is not known ended when the next started, at the latest.
  std::int64_t end_before(const Run& run) const {
    const auto& runs = runs_.at(run.id);
    const auto at = runs.find(run.start_ms);
    if (at == runs.begin()) return 0;
    const std::int64_t end_ms = std::prev(at)->second;
    return end_ms > 0 ? std::min(end_ms, run.start_ms) : run.start_ms;
  }
  std::int64_t start_after(const Run& run) const {
    const auto& runs = runs_.at(run.id);
    const auto next = runs.upper_bound(run.start_ms);
    return next == runs.end() ? 0 : next->first;
  }

 private:
  std::unordered_map<std::string_view, std::map<std::int64_t, std::int64_t>> runs_;
};

// Seconds of the run that the window adds.
std::int64_t seconds_to_add(const Run& run, const Window& window, const KnownUnit* known) {
  const std::int64_t start_ms = ms_of(window.start);
  const std::int64_t end_ms = ms_of(window.end);
  const std::int64_t horizon_ms = std::min(ms_of(window.horizon), start_ms);
  const std::int64_t to = run.end_ms > 0 ? std::min(run.end_ms, end_ms) : end_ms;
  if (known == nullptr) {
    // If it ran before the window its record came late, and nobody has counted that.
    const bool is_over = run.end_ms > 0 && run.end_ms <= start_ms && horizon_ms < start_ms;
    const std::int64_t from = is_over ? run.start_ms : std::max(run.start_ms, horizon_ms);
    return active_ms(run, from, to) / kMsPerSecond;
  }
  const std::int64_t inside = active_ms(run, std::max(run.start_ms, start_ms), to) / kMsPerSecond;
  // Less than none if its end came late: windows that did not know of it went on counting.
  const std::int64_t left =
      active_ms(run, run.start_ms, to) / kMsPerSecond - static_cast<std::int64_t>(known->walltime_seconds);
  return std::min(inside, left);
}

AllocatedTime allocated(const Run& run, std::int64_t seconds) {
  const auto walltime = static_cast<double>(seconds);
  AllocatedTime time;
  time.walltime = walltime;
  time.cpu_time = run.cpus * walltime;
  time.cpu_mem_time = run.memory ? *run.memory * walltime : walltime;
  time.gpu_time = run.gpus * walltime;
  if (run.gpus > 0) time.gpu_mem_time = run.gpu_memory_by_gpus ? time.gpu_time : walltime;
  return time;
}

Unit unit_of(std::string_view kind, const Run& run, const Window& window, const KnownUnit* known) {
  const std::int64_t end_ms = ms_of(window.end);
  // What happened after the window is the next one's news.
  const bool runs = run.end_ms == 0 || run.end_ms > end_ms;
  Unit unit;
  unit.resource_manager = kind;
  unit.uuid = run.id;
  unit.name = run.name;
  unit.project = run.project;
  unit.groupname = run.group;
  unit.username = run.user;
  unit.created_at_ms = run.created_ms;
  unit.started_at_ms = run.start_ms;
  unit.ended_at_ms = runs ? 0 : run.end_ms;
  const std::int64_t so_far = ((runs ? end_ms : run.end_ms) - run.start_ms) / kMsPerSecond;
  unit.elapsed_seconds = std::max<std::int64_t>(run.elapsed_seconds.value_or(so_far), 0);
  if (runs) {
    unit.elapsed_seconds = std::min(unit.elapsed_seconds, so_far);
  }
  unit.state = runs && !run.running_state.empty() ? run.running_state : run.state;
  unit.allocation = run.allocation;
  unit.tags = run.tags;
  unit.time = allocated(run, seconds_to_add(run, window, known));
  return unit;
}

}  // namespace

std::int64_t active_ms(const Run& run, std::int64_t from_ms, std::int64_t to_ms) {
  if (to_ms <= from_ms) return 0;
  std::int64_t active = to_ms - from_ms;
  for (const Stretch& pause : run.pauses) {
    const std::int64_t until = pause.to_ms > 0 ? pause.to_ms : std::numeric_limits<std::int64_t>::max();
    active -= std::max<std::int64_t>(std::min(until, to_ms) - std::max(pause.from_ms, from_ms), 0);
  }
  return std::max<std::int64_t>(active, 0);
}

std::vector<Unit> units_of_runs(std::string_view kind, const std::vector<Run>& runs, const Window& window,
                                const std::vector<KnownUnit>& known) {
  std::map<Key, const KnownUnit*> reported;
  for (const KnownUnit& unit : known)
    if (unit.resource_manager == kind) reported.emplace(Key(unit.uuid, unit.started_at_ms), &unit);
  const Neighbours neighbours(runs);
  const std::int64_t horizon_ms = ms_of(std::min(window.horizon, window.start));
  std::set<Key> taken;
  std::vector<Unit> units;
  for (const Run& run : runs) {
    if (run.start_ms <= 0 || run.start_ms >= ms_of(window.end)) continue;
    const Key key(run.id, run.start_ms);
    if (!taken.insert(key).second) continue;
    const auto found = reported.find(key);
    const KnownUnit* before = found == reported.end() ? nullptr : found->second;
    if (before != nullptr && before->ended_at_ms > 0) continue;
    // Whether it was reported is not known any more: managers tell for long of what is over.
    if (before == nullptr && run.end_ms > 0 && run.end_ms < horizon_ms - kMsPerSecond) continue;
    Unit& unit = units.emplace_back(unit_of(kind, run, window, before));
    unit.previous_ended_at_ms = neighbours.end_before(run);
    unit.next_started_at_ms = neighbours.start_after(run);
  }
  return units;
}

Unit ended_unit(const KnownUnit& known, std::int64_t ended_at_ms, std::string_view state) {
  Unit unit;
  unit.resource_manager = known.resource_manager;
  unit.uuid = known.uuid;
  unit.name = known.name;
  unit.project = known.project;
  unit.groupname = known.groupname;
  unit.username = known.username;
  unit.created_at_ms = known.started_at_ms;
  unit.started_at_ms = known.started_at_ms;
  unit.ended_at_ms = std::max(ended_at_ms, known.started_at_ms);
  unit.elapsed_seconds = (unit.ended_at_ms - unit.started_at_ms) / kMsPerSecond;
  unit.state = state;
  unit.allocation = known.allocation;
  unit.tags = known.tags;
  return unit;
}

}  // namespace ceems::manager

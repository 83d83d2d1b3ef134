#include "update/batches.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace ceems::update {

namespace {

// The part of the window in which a unit ran, in whole seconds outwards; empty if there is none.
Window time_of(const store::Unit& unit, const Window& window) {
  const auto at = [](std::int64_t ms) { return TimePoint(Milliseconds(ms)); };
  Window part = window;
  if (unit.started_at_ts > 0) {
    const TimePoint start = std::chrono::floor<std::chrono::seconds>(at(unit.started_at_ts));
    part.start = std::max(window.start, start);
  }
  if (unit.ended_at_ts > 0) {
    const TimePoint end = std::chrono::ceil<std::chrono::seconds>(at(unit.ended_at_ts));
    part.end = std::min(window.end, end);
  }
  return part;
}

// What its manager counts now, where that is more than it ran inside the window: it was reported late, and
// nobody has asked for that time yet.
std::optional<Window> late_time(const store::Unit& unit, const Window& window) {
  const auto counted = unit.metrics[store::Metric::kTotalTimeSeconds].find("walltime");
  if (window.horizon >= window.start || unit.started_at_ts <= 0 || !counted) return std::nullopt;
  const TimePoint start = TimePoint(Milliseconds(unit.started_at_ts));
  const auto seconds = std::chrono::seconds(static_cast<std::int64_t>(*counted));
  const Window inside = time_of(unit, window);
  if (start >= window.start || seconds <= std::max(inside.end - inside.start, Milliseconds(0)))
    return std::nullopt;
  Window time = inside;
  time.start =
      std::max(time.end - seconds, std::chrono::floor<std::chrono::seconds>(start) + Milliseconds(0));
  return time;
}

bool overlap(const Window& a, const Window& b) {
  return a.start < b.end && b.start < a.end;
}

// Units by what is the same in their queries.
class Groups {
 public:
  using Key = std::tuple<TimePoint, TimePoint, std::string, Asked>;

  Groups(const std::vector<store::Unit>& units, Milliseconds tail) : units_(units), tail_(tail) {}

  // `same_id`: all units of the window that share its id.
  void add(std::size_t unit, const Window& time, const std::string& manager,
           const std::vector<std::size_t>& same_id) {
    const TimePoint end = end_of_sums(unit, time, same_id);
    if (end == time.end) {
      groups_[{time.start, time.end, manager, Asked::kEverything}].push_back(unit);
      return;
    }
    groups_[{time.start, time.end, manager, Asked::kAllButSums}].push_back(unit);
    groups_[{time.start, end, manager, Asked::kSums}].push_back(unit);
  }
  const std::map<Key, std::vector<std::size_t>>& all() const { return groups_; }

 private:
  TimePoint end_of_sums(std::size_t unit, const Window& time, const std::vector<std::size_t>& same_id) const {
    const std::int64_t ended = units_[unit].ended_at_ts;
    if (ended <= 0 || TimePoint(Milliseconds(ended)) > time.end || units_[unit].may_recur) return time.end;
    TimePoint end = time.end + tail_;
    for (const std::size_t other : same_id) {
      const std::int64_t next = units_[other].started_at_ts;
      if (other != unit && next >= ended)
        end = std::min(
            end, std::max(time.end, std::chrono::floor<std::chrono::seconds>(TimePoint(Milliseconds(next))) +
                                        Milliseconds(0)));
    }
    return end;
  }

  const std::vector<store::Unit>& units_;
  Milliseconds tail_;
  std::map<Key, std::vector<std::size_t>> groups_;
};

}  // namespace

std::size_t batch_size(const tsdb::Settings& settings, Milliseconds window, std::int64_t max_series,
                       double min_samples) {
  constexpr double kSmallest = 10;
  const std::int64_t samples =
      std::max<std::int64_t>(window.count() / std::max<std::int64_t>(settings.scrape_interval.count(), 1), 1);
  const double labels = std::floor(static_cast<double>(settings.max_samples) /
                                   (static_cast<double>(max_series) * static_cast<double>(samples)));
  return static_cast<std::size_t>(std::max(std::floor(min_samples * labels), kSmallest));
}

std::vector<Batch> make_batches(const std::vector<store::Unit>& units, const Window& window, std::size_t size,
                                Milliseconds tail) {
  std::map<std::string, std::vector<std::size_t>> by_id;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (!units[i].uuid.empty()) by_id[units[i].uuid].push_back(i);

  Groups groups(units, tail);
  for (const auto& [id, all] : by_id) {
    std::vector<std::size_t> indexes;
    for (const std::size_t i : all) {
      if (const auto time = late_time(units[i], window))
        groups.add(i, *time, units[i].resource_manager, all);
      else
        indexes.push_back(i);
    }
    if (all.size() == 1 && indexes.size() == 1) {
      groups.add(indexes.front(), window, "", all);
      continue;
    }
    for (const std::size_t i : indexes) {
      const Window time = time_of(units[i], window);
      if (time.start >= time.end) continue;
      const bool ambiguous = std::ranges::any_of(indexes, [&](std::size_t other) {
        return units[other].resource_manager != units[i].resource_manager &&
               overlap(time, time_of(units[other], window));
      });
      groups.add(i, time, ambiguous ? units[i].resource_manager : "", all);
    }
  }

  std::vector<Batch> batches;
  for (const auto& [key, indexes] : groups.all()) {
    const auto& [start, end, manager, asked] = key;
    for (std::size_t first = 0; first < indexes.size(); first += size) {
      const auto begin = indexes.begin() + static_cast<std::ptrdiff_t>(first);
      const auto count = static_cast<std::ptrdiff_t>(std::min(size, indexes.size() - first));
      batches.push_back({.range = {.start = start, .end = end},
                         .asked = asked,
                         .manager = manager,
                         .units = {begin, begin + count}});
    }
  }
  return batches;
}

}  // namespace ceems::update

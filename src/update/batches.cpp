#include "update/batches.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace ceems::update {

namespace {

TimePoint at(std::int64_t ms) {
  return TimePoint(Milliseconds(ms));
}
TimePoint whole_second_before(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}
TimePoint whole_second_after(TimePoint time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

// The part of the window in which a unit ran, in whole seconds outwards; empty if there is none. Where the
// next of its id has started it is over, even if nobody knows its end.
Window time_of(const store::Unit& unit, const Window& window) {
  Window part = window;
  if (unit.started_at_ts > 0)
    part.start = std::max(window.start, whole_second_before(at(unit.started_at_ts)));
  if (unit.ended_at_ts > 0) {
    part.end = std::min(window.end, whole_second_after(at(unit.ended_at_ts)));
  } else if (unit.next_started_at_ts > 0) {
    part.end = std::min(window.end, whole_second_before(at(unit.next_started_at_ts)));
  }
  return part;
}

// What its manager counts now, where that is more than it ran inside the window: it was reported late, and
// nobody has asked for that time yet.
std::optional<Window> late_time(const store::Unit& unit, const Window& window) {
  const auto counted = unit.metrics[store::Metric::kTotalTimeSeconds].find("walltime");
  if (window.horizon >= window.start || unit.started_at_ts <= 0 || !counted) return std::nullopt;
  const TimePoint start = at(unit.started_at_ts);
  const auto seconds = std::chrono::seconds(static_cast<std::int64_t>(*counted));
  const Window inside = time_of(unit, window);
  if (start >= window.start || seconds <= std::max(inside.end - inside.start, Milliseconds(0)))
    return std::nullopt;
  Window time = inside;
  time.start = std::max(time.end - seconds, whole_second_before(start));
  return time;
}

bool overlap(const Window& a, const Window& b) {
  return a.start < b.end && b.start < a.end;
}

// Sorts the units of a window by what is the same in their queries.
class Sorter {
 public:
  using Key = std::tuple<TimePoint, TimePoint, std::string, Asked>;

  Sorter(const std::vector<store::Unit>& units, const Window& window, Milliseconds tail)
      : units_(units), window_(window), tail_(tail) {}

  // All units that share one id.
  void add(const std::vector<std::size_t>& same_id) {
    std::vector<std::size_t> in_time;
    for (const std::size_t i : same_id) {
      if (const auto late = late_time(units_[i], window_))
        add_late(i, *late, same_id);
      else
        in_time.push_back(i);
    }
    for (const std::size_t i : in_time) {
      if (same_id.size() == 1 && units_[i].previous_ended_at_ts == 0 && units_[i].next_started_at_ts == 0) {
        put(i, window_, "", same_id);
        continue;
      }
      const Window time = time_of(units_[i], window_);
      const bool ambiguous = std::ranges::any_of(in_time, [&](std::size_t other) {
        return units_[other].resource_manager != units_[i].resource_manager &&
               overlap(time, time_of(units_[other], window_));
      });
      put(i, time, ambiguous ? units_[i].resource_manager : "", same_id);
    }
  }

  // After the last one.
  const std::map<Key, std::vector<std::size_t>>& groups() {
    TimePoint start = window_.start;
    for (const auto& [unit, from] : late_alone_)
      start = std::min(start, from);
    for (const auto& [unit, from] : late_alone_)
      put(unit, {.start = start, .end = window_.end}, "", {unit});
    late_alone_.clear();
    return groups_;
  }

 private:
  void add_late(std::size_t i, Window time, const std::vector<std::size_t>& same_id) {
    const store::Unit& unit = units_[i];
    const bool is_only_one = same_id.size() == 1 && unit.previous_ended_at_ts == 0 &&
                             unit.next_started_at_ts == 0 && !unit.may_recur;
    // There are no series of its id but its own: all such units can be asked for at once.
    if (is_only_one && time.start >= window_.horizon) {
      late_alone_.emplace_back(i, time.start);
      return;
    }
    // When the one before it was told nobody knew of this one: what its rates told after its end was its own.
    const bool previous_was_told_before =
        unit.previous_ended_at_ts > 0 && std::ranges::none_of(same_id, [&](std::size_t other) {
          return units_[other].ended_at_ts == unit.previous_ended_at_ts;
        });
    if (previous_was_told_before)
      time.start = std::max(time.start, whole_second_after(at(unit.previous_ended_at_ts) + tail_));
    put(i, time, unit.resource_manager, same_id);
  }

  void put(std::size_t unit, const Window& time, const std::string& manager,
           const std::vector<std::size_t>& same_id) {
    if (time.start >= time.end) return;
    const TimePoint end = end_of_sums(unit, time, same_id);
    if (end == time.end) {
      groups_[{time.start, time.end, manager, Asked::kEverything}].push_back(unit);
      return;
    }
    groups_[{time.start, time.end, manager, Asked::kAllButSums}].push_back(unit);
    groups_[{time.start, end, manager, Asked::kSums}].push_back(unit);
  }

  TimePoint end_of_sums(std::size_t unit, const Window& time, const std::vector<std::size_t>& same_id) const {
    const std::int64_t ended = units_[unit].ended_at_ts;
    if (ended <= 0 || at(ended) > time.end || units_[unit].may_recur) return time.end;
    TimePoint end = time.end + tail_;
    const auto stop_at = [&](std::int64_t next) {
      if (next >= ended) end = std::min(end, std::max(time.end, whole_second_before(at(next))));
    };
    if (units_[unit].next_started_at_ts > 0) stop_at(units_[unit].next_started_at_ts);
    for (const std::size_t other : same_id)
      if (other != unit) stop_at(units_[other].started_at_ts);
    return end;
  }

  const std::vector<store::Unit>& units_;
  Window window_;
  Milliseconds tail_;
  std::vector<std::pair<std::size_t, TimePoint>> late_alone_;  // with when each is first asked for
  std::map<Key, std::vector<std::size_t>> groups_;
};

// As many as the window allows, less where more time than that is asked for.
std::size_t size_for(const Milliseconds range, const Window& window, std::size_t size) {
  const double share = static_cast<double>((window.end - window.start).count()) /
                       static_cast<double>(std::max<std::int64_t>(range.count(), 1));
  return std::max<std::size_t>(static_cast<std::size_t>(static_cast<double>(size) * std::min(share, 1.0)), 1);
}

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
  Sorter sorter(units, window, tail);
  for (const auto& [id, all] : by_id)
    sorter.add(all);

  std::vector<Batch> batches;
  for (const auto& [key, indexes] : sorter.groups()) {
    const auto& [start, end, manager, asked] = key;
    const std::size_t at_once = size_for(end - start, window, size);
    for (std::size_t first = 0; first < indexes.size(); first += at_once) {
      const auto begin = indexes.begin() + static_cast<std::ptrdiff_t>(first);
      const auto count = static_cast<std::ptrdiff_t>(std::min(at_once, indexes.size() - first));
      batches.push_back({.range = {.start = start, .end = end},
                         .asked = asked,
                         .manager = manager,
                         .units = {begin, begin + count}});
    }
  }
  return batches;
}

}  // namespace ceems::update

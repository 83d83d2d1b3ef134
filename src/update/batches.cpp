#include "update/batches.h"

#include <algorithm>
#include <cmath>
#include <map>
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

Window whole_life(const store::Unit& unit) {
  return time_of(unit, {.start = TimePoint(Milliseconds(unit.started_at_ts)),
                        .end = TimePoint(Milliseconds(unit.ended_at_ts)) + std::chrono::seconds(1)});
}

// It ended before the window, and yet has time that nobody has counted.
bool came_late(const store::Unit& unit, const Window& window) {
  const auto seconds = unit.metrics[store::Metric::kTotalTimeSeconds].find("walltime");
  return unit.started_at_ts > 0 && unit.ended_at_ts > 0 &&
         TimePoint(Milliseconds(unit.ended_at_ts)) <= window.start && seconds && *seconds > 0;
}

bool overlap(const Window& a, const Window& b) {
  return a.start < b.end && b.start < a.end;
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

std::vector<Batch> make_batches(const std::vector<store::Unit>& units, const Window& window,
                                std::size_t size) {
  std::map<std::string, std::vector<std::size_t>> by_id;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (!units[i].uuid.empty()) by_id[units[i].uuid].push_back(i);

  std::map<std::tuple<TimePoint, TimePoint, std::string>, std::vector<std::size_t>> groups;
  for (const auto& [id, all] : by_id) {
    std::vector<std::size_t> indexes;
    for (const std::size_t i : all) {
      // Reported late: nobody has asked for its time yet.
      if (came_late(units[i], window))
        groups[{whole_life(units[i]).start, whole_life(units[i]).end, units[i].resource_manager}].push_back(
            i);
      else
        indexes.push_back(i);
    }
    if (indexes.size() == 1) {
      groups[{window.start, window.end, ""}].push_back(indexes.front());
      continue;
    }
    for (const std::size_t i : indexes) {
      const Window time = time_of(units[i], window);
      if (time.start >= time.end) continue;
      const bool ambiguous = std::ranges::any_of(indexes, [&](std::size_t other) {
        return units[other].resource_manager != units[i].resource_manager &&
               overlap(time, time_of(units[other], window));
      });
      groups[{time.start, time.end, ambiguous ? units[i].resource_manager : ""}].push_back(i);
    }
  }

  std::vector<Batch> batches;
  for (const auto& [key, indexes] : groups) {
    const auto& [start, end, manager] = key;
    for (std::size_t first = 0; first < indexes.size(); first += size) {
      const auto begin = indexes.begin() + static_cast<std::ptrdiff_t>(first);
      const auto count = static_cast<std::ptrdiff_t>(std::min(size, indexes.size() - first));
      batches.push_back({.range = {start, end}, .manager = manager, .units = {begin, begin + count}});
    }
  }
  return batches;
}

}  // namespace ceems::update

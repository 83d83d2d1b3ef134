#include "manager/observer.h"

#include "base/log.h"
#include "base/text.h"
#include "tsdb/promql_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

// Follow-up questions about gaps, per window; past them a gap is taken at face value.
constexpr int kMaxQuestions = 200;
constexpr int kPieceSteps = 20;
constexpr double kMsPerSecond = 1000;

std::string seconds_text(TimePoint time) {
  return fmt::format("{:.3f}", static_cast<double>(time.time_since_epoch().count()) / kMsPerSecond);
}

std::int64_t to_ms(double seconds) {
  return std::llround(seconds * kMsPerSecond);
}

Target target_of(const tsdb::Sample& sample) {
  return {std::string(sample.label("job")), std::string(sample.label("instance"))};
}

UnitId unit_of(const tsdb::Sample& sample) {
  return {std::string(sample.label("manager")), std::string(sample.label("uuid"))};
}

// What identifies a series for us; other labels of the target do not matter.
std::string key_of(const tsdb::Sample& sample) {
  std::string key;
  for (const char* label :
       {"manager", "uuid", "job", "instance", "hostname", "cgrouphostname", "name", "user", "project"}) {
    key += sample.label(label);
    key += '\0';
  }
  return key;
}

Sighting sighting_of(const tsdb::Sample& sample) {
  return {.manager = std::string(sample.label("manager")),
          .uuid = std::string(sample.label("uuid")),
          .name = std::string(sample.label("name")),
          .user = std::string(sample.label("user")),
          .project = std::string(sample.label("project")),
          .hostname = std::string(sample.label("hostname")),
          .target = target_of(sample)};
}

// Whether a series has fewer samples than the scrapes between its first and its last would have made.
template <class Extent>
bool has_gap(const ScrapeLog& log, const Target& target, const Extent& extent, double interval) {
  constexpr double kMissing = 2;  // one may be missing by chance
  const auto attempts = log.attempts.find(target);
  if (attempts != log.attempts.end() && extent.count > attempts->second - kMissing) return false;
  return std::round(static_cast<double>(extent.last_ms - extent.first_ms) / interval) + 1 - extent.count >=
         kMissing;
}

double interval_ms(const ScrapeLog& log, const Target& target, Milliseconds scrape_interval) {
  const auto known = log.interval_ms.find(target);
  const auto configured = static_cast<double>(scrape_interval.count());
  return known == log.interval_ms.end() ? configured : std::max(configured, known->second);
}

}  // namespace

double tolerated_silence_ms(const ScrapeLog& log, const Target& target, Milliseconds scrape_interval) {
  constexpr double kIntervals = 2.5;
  return kIntervals * interval_ms(log, target, scrape_interval);
}

Observer::Observer(tsdb::Client& tsdb, const std::vector<std::string>& matchers)
    : tsdb_(tsdb), matchers_(base::join(matchers, ",")) {}

std::string Observer::selector(std::string_view metric, const std::string& extra) const {
  return fmt::format("{}{{{}{}{}}}", metric, matchers_, matchers_.empty() || extra.empty() ? "" : ",", extra);
}

base::Result<std::vector<tsdb::Sample>> Observer::ask(const std::string& promql, TimePoint at) {
  // No older sample than one scrape interval may stand in for one that is not there.
  return tsdb_.query(promql, at, step_);
}

base::Result<ScrapeLog> Observer::scrapes(const Window& window) {
  step_ = tsdb_.settings().scrape_interval;
  questions_left_ = kMaxQuestions;
  attempts_.clear();
  const Milliseconds length = window.end - window.start;
  ScrapeLog log;
  // The last attempt wherever in the window it was: hence the long look back.
  CEEMS_TRY(const auto last, tsdb_.query("timestamp(up)", window.end, length));
  for (const tsdb::Sample& sample : last) {
    const std::int64_t time = to_ms(sample.value);
    std::int64_t& known = log.last_ms[target_of(sample)];
    known = std::max(known, time);
    log.any_last_ms = std::max(log.any_last_ms.value_or(0), time);
  }
  if (last.empty()) {
    CEEMS_TRY(const auto ever, ask("count(last_over_time(up[1d]))", window.end));
    log.recorded = !ever.empty();
    return log;
  }
  const std::string of_units =
      fmt::format("and on (job, instance) count_over_time({}[{}])", selector("ceems_compute_unit_info"),
                  tsdb::milliseconds_text(length));
  CEEMS_TRY(const auto counts, ask(fmt::format("count_over_time(up[{}]) {}",
                                               tsdb::milliseconds_text(length - Milliseconds(1)), of_units),
                                   window.end));
  for (const tsdb::Sample& sample : counts)
    log.attempts[target_of(sample)] += sample.value;
  // In short pieces: a long pause must not make all intervals look longer.
  const Milliseconds piece = std::min(length, kPieceSteps * step_);
  CEEMS_TRY(const auto most, ask(fmt::format("max_over_time(count_over_time(up[{}])[{}:{}]) {}",
                                             tsdb::milliseconds_text(piece - Milliseconds(1)),
                                             tsdb::milliseconds_text(length - piece + step_),
                                             tsdb::milliseconds_text(step_), of_units),
                                 window.end));
  for (const tsdb::Sample& sample : most)
    if (sample.value > 0)
      log.interval_ms[target_of(sample)] = static_cast<double>(piece.count()) / sample.value;
  return log;
}

base::Result<Observer::Extents> Observer::extents(const Window& window, const std::set<std::string>& uuids) {
  const std::vector<std::string> list(uuids.begin(), uuids.end());
  const std::string series = selector("ceems_compute_unit_info",
                                      list.empty() ? "" : "uuid=~" + tsdb::quote(tsdb::any_of_regex(list)));
  const Milliseconds length = window.end - window.start;
  const std::string times = fmt::format("(timestamp({}) > {})", series, seconds_text(window.start));
  const std::string steps =
      fmt::format("[{}:{}]", tsdb::milliseconds_text(length), tsdb::milliseconds_text(step_));
  Extents found;
  const auto see = [&found](const tsdb::Sample& sample, std::int64_t first, std::int64_t last) {
    if (sample.label("uuid").empty()) return;
    auto [at, inserted] = found.try_emplace(key_of(sample));
    Extent& extent = at->second.second;
    if (inserted) {
      at->second.first = sighting_of(sample);
      extent = {.first_ms = first, .last_ms = last, .count = 0};
    }
    extent.first_ms = std::min(extent.first_ms, first);
    extent.last_ms = std::max(extent.last_ms, last);
  };
  for (const char* function : {"min_over_time", "max_over_time"}) {
    CEEMS_TRY(const auto samples, ask(fmt::format("{}({}{})", function, times, steps), window.end));
    for (const tsdb::Sample& sample : samples)
      see(sample, to_ms(sample.value), to_ms(sample.value));
  }
  // The steps of a subquery are multiples of its step: what was sampled after the last of them is asked for.
  CEEMS_TRY(const auto latest, ask(times, window.end));
  for (const tsdb::Sample& sample : latest)
    see(sample, to_ms(sample.value), to_ms(sample.value));
  CEEMS_TRY(const auto counts, ask(fmt::format("count_over_time({}[{}])", series,
                                               tsdb::milliseconds_text(length - Milliseconds(1))),
                                   window.end));
  for (const tsdb::Sample& sample : counts)
    if (const auto at = found.find(key_of(sample)); at != found.end())
      at->second.second.count += sample.value;
  return found;
}

base::Result<std::vector<Sighting>> Observer::units(const Window& window, ScrapeLog& log) {
  CEEMS_TRY(const Extents seen, extents(window, {}));
  std::map<Target, double> shortest;
  for (const auto& [key, pair] : seen) {
    const auto& [sighting, extent] = pair;
    if (extent.count < 2 || log.interval_ms.contains(sighting.target)) continue;
    const double interval = static_cast<double>(extent.last_ms - extent.first_ms) / (extent.count - 1);
    const auto at = shortest.try_emplace(sighting.target, interval).first;
    at->second = std::min(at->second, interval);
  }
  log.interval_ms.insert(shortest.begin(), shortest.end());

  std::map<std::string, Sighting> found;
  CEEMS_TRY_VOID(split(window, seen, log, found));
  std::vector<Sighting> sightings;
  sightings.reserve(found.size());
  for (auto& [key, sighting] : found) {
    std::ranges::sort(sighting.stays, {}, &Stay::first_ms);
    sightings.push_back(std::move(sighting));
  }
  return sightings;
}

// Halves the window for as long as a series has fewer samples in it than its extent would hold.
base::Status Observer::split(const Window& window, const Extents& seen, const ScrapeLog& log,
                             std::map<std::string, Sighting>& found) {
  const Milliseconds length = window.end - window.start;
  const bool may_halve = length > 2 * step_ && questions_left_ > 0;
  std::set<std::string> gappy;
  for (const auto& [key, pair] : seen) {
    const auto& [sighting, extent] = pair;
    if (may_halve && has_gap(log, sighting.target, extent, interval_ms(log, sighting.target, step_)))
      gappy.insert(sighting.uuid);
  }
  for (const auto& [key, pair] : seen) {
    if (gappy.contains(pair.first.uuid)) continue;
    found.try_emplace(key, pair.first)
        .first->second.stays.push_back({pair.second.first_ms, pair.second.last_ms});
  }
  if (gappy.empty()) return {};
  --questions_left_;
  const TimePoint middle = window.start + length / 2;
  for (const Window& half : {Window{window.start, middle}, Window{middle, window.end}}) {
    CEEMS_TRY(const Extents part, extents(half, gappy));
    CEEMS_TRY_VOID(split(half, part, log, found));
  }
  return {};
}

base::Result<std::map<UnitId, std::map<Target, Allocation>>> Observer::allocations(const Window& window) {
  std::map<UnitId, std::map<Target, Allocation>> found;
  const std::string range = tsdb::milliseconds_text(window.end - window.start - Milliseconds(1));
  const auto take = [&](std::string_view metric, double Allocation::* member) -> base::Status {
    CEEMS_TRY(const auto samples,
              ask(fmt::format("max by (manager, uuid, job, instance) (max_over_time({}[{}]))",
                              selector(metric), range),
                  window.end));
    for (const tsdb::Sample& sample : samples)
      if (std::isfinite(sample.value) && sample.value > 0)
        found[unit_of(sample)][target_of(sample)].*member = sample.value;
    return {};
  };
  CEEMS_TRY_VOID(take("ceems_compute_unit_cpus", &Allocation::cpus));
  CEEMS_TRY_VOID(take("ceems_compute_unit_memory_total_bytes", &Allocation::memory_bytes));
  return found;
}

base::Result<std::map<UnitId, std::set<Target>>> Observer::targets_of(const std::set<UnitId>& units,
                                                                      TimePoint at, Milliseconds reach) {
  std::vector<std::string> uuids;
  for (const UnitId& unit : units)
    uuids.push_back(unit.uuid);
  CEEMS_TRY(
      const auto samples,
      ask(fmt::format("count by (manager, uuid, job, instance) (count_over_time({}[{}]))",
                      selector("ceems_compute_unit_info", "uuid=~" + tsdb::quote(tsdb::any_of_regex(uuids))),
                      tsdb::milliseconds_text(reach)),
          at));
  std::map<UnitId, std::set<Target>> found;
  for (const tsdb::Sample& sample : samples)
    found[unit_of(sample)].insert(target_of(sample));
  return found;
}

base::Result<std::optional<std::map<Target, double>>> Observer::attempts(std::int64_t after_ms,
                                                                         std::int64_t before_ms) {
  const auto key = std::pair(after_ms, before_ms);
  if (const auto known = attempts_.find(key); known != attempts_.end()) return known->second;
  if (questions_left_ <= 0) return std::nullopt;
  --questions_left_;
  const Milliseconds range(before_ms - after_ms - 2);
  CEEMS_TRY(const auto samples, ask(fmt::format("count_over_time(up[{}])", tsdb::milliseconds_text(range)),
                                    TimePoint(Milliseconds(before_ms - 1))));
  std::map<Target, double> counts;
  for (const tsdb::Sample& sample : samples)
    counts[target_of(sample)] += sample.value;
  return attempts_.emplace(key, std::move(counts)).first->second;
}

}  // namespace ceems::manager

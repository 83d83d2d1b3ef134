#include "manager/lifetime.h"

#include <algorithm>
#include <utility>

namespace ceems::manager {

namespace {

// All hosts of one unit, in one row of stays.
struct Presence {
  struct HostStay {
    Stay stay;
    const Sighting* sighting = nullptr;
  };
  std::vector<HostStay> stays;  // by first_ms
  const KnownUnit* known = nullptr;
};

std::map<UnitId, Presence> gather(const TraceInput& input) {
  std::map<UnitId, Presence> presences;
  for (const Sighting& sighting : input.sightings)
    for (const Stay& stay : sighting.stays)
      presences[{sighting.manager, sighting.uuid}].stays.push_back({stay, &sighting});
  for (const KnownUnit& known : input.known) {
    Presence& presence = presences[{known.resource_manager, known.uuid}];
    // Two that run under one name cannot be told apart: the later one goes on.
    if (presence.known == nullptr || presence.known->started_at_ms < known.started_at_ms)
      presence.known = &known;
  }
  for (auto& [id, presence] : presences)
    std::ranges::sort(presence.stays, {}, [](const Presence::HostStay& s) { return s.stay.first_ms; });
  return presences;
}

class Tracer {
 public:
  explicit Tracer(const TraceInput& input) : input_(input) {}

  base::Status trace(const UnitId& id, const Presence& presence) {
    std::optional<Lifetime> open;
    if (presence.known != nullptr) {
      open.emplace();
      open->id = id;
      open->known = presence.known;
      open->started_at_ms = presence.known->started_at_ms;
      open->last_seen_ms = last_seen_ms(*presence.known);
    }
    for (const Presence::HostStay& seen : presence.stays) {
      if (open) {
        CEEMS_TRY(const bool gone, gone_between(*open, seen));
        if (gone) {
          open->ended = true;
          lifetimes_.push_back(*std::exchange(open, std::nullopt));
        }
      }
      if (!open) {
        open.emplace();
        open->id = id;
        open->started_at_ms = seen.stay.first_ms;
        open->last_seen_ms = seen.stay.last_ms;
      }
      extend(*open, seen);
    }
    if (!open) return {};
    open->ended = silent_for_too_long(*open);
    lifetimes_.push_back(*std::move(open));
    return {};
  }

  std::vector<Lifetime> take() { return std::move(lifetimes_); }

 private:
  static void extend(Lifetime& open, const Presence::HostStay& seen) {
    const Sighting& sighting = *seen.sighting;
    open.seen_in_window = true;
    open.targets.insert(sighting.target);
    if (!sighting.hostname.empty()) open.hostnames.insert(sighting.hostname);
    if (seen.stay.last_ms >= open.last_seen_ms || open.name.empty()) {
      open.name = sighting.name;
      open.user = sighting.user;
      open.project = sighting.project;
    }
    open.last_seen_ms = std::max(open.last_seen_ms, seen.stay.last_ms);
  }

  double tolerance(const Target& target) const {
    return tolerated_silence_ms(input_.log, target, input_.scrape_interval);
  }

  // Whether two scrapes could have seen the unit before this stay and did not.
  base::Result<bool> gone_between(const Lifetime& open, const Presence::HostStay& next) const {
    const std::int64_t gap = next.stay.first_ms - open.last_seen_ms;
    std::set<Target> targets = open.targets;
    targets.insert(next.sighting->target);
    double tolerated = 0;
    for (const Target& target : targets)
      tolerated = std::max(tolerated, tolerance(target));
    if (static_cast<double>(gap) <= tolerated) return false;
    if (!input_.log.recorded) return true;
    CEEMS_TRY(const auto attempts, input_.attempts(open.last_seen_ms, next.stay.first_ms));
    if (!attempts) return true;
    return looks(*attempts, targets) >= 2;
  }

  // At the unit's hosts; at any host if its own were not targets then.
  static double looks(const std::map<Target, double>& attempts, const std::set<Target>& targets) {
    double own = 0;
    double any = 0;
    bool is_target = false;
    for (const auto& [target, count] : attempts) {
      any = std::max(any, count);
      if (!targets.contains(target)) continue;
      is_target = true;
      own = std::max(own, count);
    }
    return is_target ? own : any;
  }

  // Whether its hosts were looked at, at the end of the window, without the unit being there.
  bool silent_for_too_long(const Lifetime& open) const {
    const auto silent = input_.silent_targets.find(open.id);
    const std::set<Target>& targets =
        open.targets.empty() && silent != input_.silent_targets.end() ? silent->second : open.targets;
    const std::int64_t end_ms = input_.window.end.time_since_epoch().count();
    if (!input_.log.recorded) return too_long(end_ms - open.last_seen_ms, targets);
    std::optional<std::int64_t> looked;
    for (const Target& target : targets)
      if (const auto last = input_.log.last_ms.find(target); last != input_.log.last_ms.end())
        looked = std::max(looked.value_or(0), last->second);
    // A host that is no target any more: what counts is that others still are.
    if (!looked) looked = input_.log.any_last_ms;
    return looked && too_long(*looked - open.last_seen_ms, targets);
  }

  bool too_long(std::int64_t silence_ms, const std::set<Target>& targets) const {
    double tolerated = tolerance({});
    for (const Target& target : targets)
      tolerated = std::max(tolerated, tolerance(target));
    return static_cast<double>(silence_ms) > tolerated;
  }

  const TraceInput& input_;
  std::vector<Lifetime> lifetimes_;
};

}  // namespace

std::int64_t last_seen_ms(const KnownUnit& unit) {
  constexpr double kMsPerSecond = 1000;
  return unit.started_at_ms + static_cast<std::int64_t>(unit.walltime_seconds * kMsPerSecond);
}

base::Result<std::vector<Lifetime>> trace_lifetimes(const TraceInput& input) {
  Tracer tracer(input);
  for (const auto& [id, presence] : gather(input))
    CEEMS_TRY_VOID(tracer.trace(id, presence));
  return tracer.take();
}

}  // namespace ceems::manager

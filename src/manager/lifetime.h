// From sightings to units: what was seen with a gap is two units, unless nobody looked during the gap. Pure
// but for the question whether anybody looked. For this room only.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/observer.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ceems::manager {

// One unit from its first sample on.
struct Lifetime {
  UnitId id{};
  const KnownUnit* known = nullptr;  // as reported before; nullptr for a new unit
  std::int64_t started_at_ms = 0;
  std::int64_t last_seen_ms = 0;
  bool ended = false;
  bool seen_in_window = false;
  std::set<Target> targets{};         // where it was seen in the window
  std::set<std::string> hostnames{};  // likewise
  // From its latest series in the window; empty if it was not seen.
  std::string name{};
  std::string user{};
  std::string project{};
};

struct TraceInput {
  Window window{};
  Milliseconds scrape_interval{0};
  const ScrapeLog& log;
  const std::vector<Sighting>& sightings;
  const std::vector<KnownUnit>& known;
  // Where units that were not seen in the window had been.
  const std::map<UnitId, std::set<Target>>& silent_targets;
  // Attempts to scrape strictly between two times; nullopt when unknown.
  std::function<base::Result<std::optional<std::map<Target, double>>>(std::int64_t, std::int64_t)> attempts;
};

// When a known unit was seen last, to the second.
std::int64_t last_seen_ms(const KnownUnit& unit);

// Sorted by unit and start.
base::Result<std::vector<Lifetime>> trace_lifetimes(const TraceInput& input);

}  // namespace ceems::manager

// What a TSDB tells about units: the times at which their info series was sampled, what they were allocated,
// and how their hosts were scraped meanwhile. For this room only.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "tsdb/client.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ceems::manager {

// A scrape target.
struct Target {
  std::string job{};
  std::string instance{};
  friend auto operator<=>(const Target&, const Target&) = default;
};

// A stretch of time in which a unit was sampled without a gap. UTC milliseconds, both ends sampled.
struct Stay {
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
};

// One info series in a window: a unit on one host.
struct Sighting {
  std::string manager{};
  std::string uuid{};
  std::string name{};
  std::string user{};
  std::string project{};
  std::string hostname{};
  Target target{};
  std::vector<Stay> stays{};  // in order
};

// Of a unit, all hosts together.
struct UnitId {
  std::string manager{};
  std::string uuid{};
  friend auto operator<=>(const UnitId&, const UnitId&) = default;
};

struct Allocation {
  double cpus = 0;
  double memory_bytes = 0;
};

// How the targets were scraped in a window, from their `up` series.
struct ScrapeLog {
  bool recorded = true;                      // false: this TSDB has no `up` at all
  std::map<Target, std::int64_t> last_ms{};  // the last attempt
  // Of targets with units:
  std::map<Target, double> attempts{};        // in the window
  std::map<Target, double> interval_ms{};     // between attempts, where they follow each other most closely
  std::optional<std::int64_t> any_last_ms{};  // the last attempt at any target
};

class Observer {
 public:
  // `matchers` are label matchers that every series of interest carries.
  Observer(tsdb::Client& tsdb, const std::vector<std::string>& matchers);

  // To be called first for each window: what the others ask is bounded per window.
  base::Result<ScrapeLog> scrapes(const Window& window);
  // Fills in, where `log` does not know how often a target is scraped, what its series tell.
  base::Result<std::vector<Sighting>> units(const Window& window, ScrapeLog& log);
  // By unit and target.
  base::Result<std::map<UnitId, std::map<Target, Allocation>>> allocations(const Window& window);
  // Where those units were sampled last, within `reach` before `at`.
  base::Result<std::map<UnitId, std::set<Target>>> targets_of(const std::set<UnitId>& units, TimePoint at,
                                                              Milliseconds reach);
  // How often each target was scraped strictly between two times; targets without an attempt are absent.
  // nullopt when too much was asked about this window already.
  base::Result<std::optional<std::map<Target, double>>> attempts(std::int64_t after_ms,
                                                                 std::int64_t before_ms);

  Milliseconds scrape_interval() const { return step_; }

 private:
  struct Extent {
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
    double count = 0;
  };
  using Extents = std::map<std::string, std::pair<Sighting, Extent>>;  // by series

  std::string selector(std::string_view metric, const std::string& extra = "") const;
  base::Result<std::vector<tsdb::Sample>> ask(const std::string& promql, TimePoint at);
  base::Result<Extents> extents(const Window& window, const std::set<std::string>& uuids);
  base::Status split(const Window& window, const Extents& seen, const ScrapeLog& log,
                     std::map<std::string, Sighting>& found);

  tsdb::Client& tsdb_;
  std::string matchers_;
  Milliseconds step_{0};
  int questions_left_ = 0;
  std::map<std::pair<std::int64_t, std::int64_t>, std::map<Target, double>> attempts_;
};

// How long a target may be silent before a unit on it counts as gone: two scrape intervals, and half of one
// for scrapes that come late.
double tolerated_silence_ms(const ScrapeLog& log, const Target& target, Milliseconds scrape_interval);

}  // namespace ceems::manager

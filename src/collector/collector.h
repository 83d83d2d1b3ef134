// What every collector is: source → snapshot (collect) → samples (emit). The scrape runner calls collect() on
// a worker thread, one call at a time for each collector; when it has returned before the deadline, emit() is
// called on the scrape's thread, and no new collect() starts before emit() is done. So a collector needs no
// lock of its own. A collect() that comes too late is left to finish in the background, its collector is
// reported as failed for this scrape, and its snapshot is not emitted.
#pragma once

#include "base/privilege.h"
#include "base/result.h"
#include "exposition/emitter.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::collector {

struct ScrapeContext {
  std::chrono::steady_clock::time_point deadline;  // be done before it
};

// What the framework reports as ceems_scrape_collector_{success,duration_seconds}.
struct Outcome {
  std::string collector;     // label `collector`
  std::string subcollector;  // "" for the collector as a whole
  double seconds = 0;
  bool success = true;
};

class Collector {
 public:
  Collector() = default;
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  virtual ~Collector() = default;

  // The value of label `collector`, as in --collector.<name>.
  virtual std::string_view name() const = 0;

  // All values of label `collector` that outcomes() has; more than name() if one object stands for several.
  virtual std::span<const std::string_view> names() const { return {}; }

  // Reads the sources into this collector's snapshot. Errors: kNoData (nothing to report: logged at debug),
  // else logged at error when the state changes; both mean success 0.
  virtual base::Status collect(const ScrapeContext& context) = 0;

  // Writes the last snapshot. Does no I/O.
  virtual void emit(exposition::Emitter& emitter) const = 0;

  // Every family this collector may emit by a fixed name, for the reference manual.
  virtual std::span<const exposition::Family> families() const = 0;

  // More outcomes than the collector's own, e.g. one per resource manager or sub-collector, about the last
  // collect().
  virtual std::span<const Outcome> outcomes() const { return {}; }

  // Capabilities that this collector needs after the start, by name: "CAP_DAC_READ_SEARCH".
  virtual std::span<const std::string_view> capabilities() const { return {}; }
  // The same by feature, where one object stands for several collectors.
  virtual std::vector<base::CapabilityNeed> needs() const {
    const auto all = capabilities();
    if (all.empty()) return {};
    return {{std::string(name()), {all.begin(), all.end()}}};
  }

  // Called once at shutdown, when no collect() runs.
  virtual void stop() {}
  // After stop(): whether a thread is still caught in a call that can't be ended. The process must then exit
  // without running destructors.
  virtual bool left_thread_behind() const { return false; }
};

}  // namespace ceems::collector

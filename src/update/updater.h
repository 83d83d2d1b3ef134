// Filling units with what they used. Thread-safe: clusters are updated side by side.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "store/model.h"
#include "store/writer.h"

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::update {

using manager::Milliseconds;
using manager::TimePoint;
using manager::Window;

using MetricSet = std::bitset<store::kMetricCount>;

// Series that may go once the window is safely written.
struct Cleanup {
  std::vector<std::string> matchers{};
  TimePoint start{};
  TimePoint end{};
};

struct Filled {
  std::vector<store::Unit> units{};
  std::vector<store::PendingWindow> owed{};  // queries that failed
  Cleanup cleanup{};                         // no matchers: nothing to do
};

class Updater {
 public:
  virtual ~Updater() = default;

  virtual const std::string& id() const = 0;
  // What it knows how to fill.
  virtual MetricSet metrics() const = 0;
  // Windows shorter than this tell too little: they are to grow first.
  virtual Milliseconds shortest_window() = 0;
  // How long after a moment everything that it will ever know about that moment is there to be asked for:
  // windows end that much before the present.
  virtual Milliseconds settling_time() = 0;

  // Units with `metrics` of the window filled in; units as they are where a query failed. Fails only when
  // cancelled. `now` dates what is owed.
  virtual base::Result<Filled> fill(const std::string& cluster_id, const Window& window,
                                    std::vector<store::Unit> units, const MetricSet& metrics,
                                    TimePoint now) = 0;
  // Asks again what is owed. kUnavailable: the server does not answer at all, nothing is known.
  virtual base::Result<store::PendingOutcome> ask_again(const store::PendingWindow& pending,
                                                        TimePoint now) = 0;
  virtual base::Status clean_up(const Cleanup& cleanup) = 0;
  virtual void cancel() = 0;
};

// When to ask again after that many attempts: a minute at first, an hour at most.
Milliseconds retry_delay(int attempts);

}  // namespace ceems::update

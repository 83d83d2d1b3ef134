// Runs the collectors of one scrape against its deadline. They run one after another on one worker thread;
// when one of them stalls, another thread goes on with those behind it, so that a stuck source costs only its
// own metrics. A collector that is still busy from an earlier scrape is left alone, and counts as late again.
//
// collect(), emit() and stop() are for one thread at a time; hurry() is thread-safe.
#pragma once

#include "collector/collector.h"
#include "collector/metric_source.h"
#include "exposition/emitter.h"

#include <chrono>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace ceems::collector {

class CollectorRunner : public MetricSource {
 public:
  using Clock = std::chrono::steady_clock;

  explicit CollectorRunner(std::vector<std::unique_ptr<Collector>> collectors);
  ~CollectorRunner() override;

  // Returns when every collector has finished, at the latest at the deadline.
  void collect(Clock::time_point deadline);
  // Makes a running collect() end at `deadline`, if that is earlier than its own.
  void hurry(Clock::time_point deadline);

  // What the last collect() brought: the metrics of the collectors that succeeded, then the framework's own.
  void emit(exposition::Emitter& emitter) override;
  std::span<const exposition::Family> families() const override;

  // Processor time that all collect() calls have taken so far.
  std::chrono::nanoseconds cpu_time() const;

  // Ends the threads and stops the collectors. False if a collector was still stuck after `grace`, which is
  // then not stopped, or left a thread behind: something still runs.
  bool stop(std::chrono::milliseconds grace);

 private:
  struct Slot;
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);
  bool add_worker();
  void report(Slot& slot);
  void emit_outcomes(exposition::Emitter& emitter) const;

  // The threads share it, because one that is stuck in a source may outlive this object.
  const std::shared_ptr<Shared> shared_;
  bool stopped_ = false;
};

}  // namespace ceems::collector

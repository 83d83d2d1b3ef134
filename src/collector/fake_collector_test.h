// A collector for tests of the framework: counts, can be made to fail, and can be held inside collect().
#pragma once

#include "collector/collector.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ceems::collector {

// Shared by a test and its collector, which may outlive the runner.
struct FakeControl {
  std::mutex mutex;
  std::condition_variable changed;
  bool held = false;  // collect() waits while this is set
  int entered = 0;    // collect() calls begun
  int left = 0;       // and ended
  int stopped = 0;
  std::thread::id thread;
  base::Status result;
  std::vector<Outcome> outcomes;
  std::vector<std::string_view> names;  // set before the collector is used
  bool leaves_thread_behind = false;    // also

  int entries() {
    const std::lock_guard lock(mutex);
    return entered;
  }
  void hold() {
    const std::lock_guard lock(mutex);
    held = true;
  }
  void release() {
    const std::lock_guard lock(mutex);
    held = false;
    changed.notify_all();
  }
  void wait_until_entered(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered >= count; });
  }
  void wait_until_left(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return left >= count; });
  }
};

class FakeCollector : public Collector {
 public:
  FakeCollector(std::string name, std::shared_ptr<FakeControl> control)
      : name_(std::move(name)), metric_("fake_" + name_ + "_reads"), control_(std::move(control)) {}

  std::string_view name() const override { return name_; }
  std::span<const std::string_view> names() const override { return control_->names; }
  base::Status collect(const ScrapeContext&) override {
    std::unique_lock lock(control_->mutex);
    ++control_->entered;
    control_->thread = std::this_thread::get_id();
    control_->changed.notify_all();
    control_->changed.wait(lock, [&] { return !control_->held; });
    ++control_->left;
    reads_ = control_->left;
    outcomes_ = control_->outcomes;
    control_->changed.notify_all();
    return control_->result;
  }
  void emit(exposition::Emitter& emitter) const override {
    emitter.begin({metric_, exposition::MetricType::kGauge, "Reads so far.", ""});
    emitter.sample("", reads_);
  }
  std::span<const exposition::Family> families() const override { return {}; }
  std::span<const Outcome> outcomes() const override { return outcomes_; }
  void stop() override {
    const std::lock_guard lock(control_->mutex);
    ++control_->stopped;
  }
  bool left_thread_behind() const override { return control_->leaves_thread_behind; }

 private:
  const std::string name_;
  const std::string metric_;
  const std::shared_ptr<FakeControl> control_;
  int reads_ = 0;
  std::vector<Outcome> outcomes_;
};

}  // namespace ceems::collector

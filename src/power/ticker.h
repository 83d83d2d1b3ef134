// A thread that calls `tick` every `period`, the first time after one period, until the Ticker is destroyed;
// the destructor waits for a tick that runs. The thread takes no signals. If the system has no thread to
// give, nothing ticks. For slow, rare work: counters that must be looked at before they wrap.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace ceems::power {

class Ticker {
 public:
  Ticker(std::chrono::milliseconds period, std::function<void()> tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void run(const std::stop_token& stop);

  std::chrono::milliseconds period_;
  std::function<void()> tick_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace ceems::power

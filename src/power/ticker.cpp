#include "power/ticker.h"

#include "base/log.h"

#include <signal.h>

#include <system_error>
#include <utility>

namespace ceems::power {

Ticker::Ticker(std::chrono::milliseconds period, std::function<void()> tick)
    : period_(period), tick_(std::move(tick)) {
  // A new thread inherits the mask: signals are for the threads that expect them.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  } catch (const std::system_error& error) {
    base::Logger().warn("no thread for background readings", {{"error", error.what()}});
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Ticker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, period_, [] { return false; });
    if (!stop.stop_requested()) tick_();
  }
}

}  // namespace ceems::power

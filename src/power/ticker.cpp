#include "power/ticker.h"

#include "base/log.h"
#include "base/quiet_thread.h"

#include <utility>

namespace ceems::power {

Ticker::Ticker(std::chrono::milliseconds period, std::function<void()> tick)
    : period_(period), tick_(std::move(tick)) {
  base::Result<std::thread> thread = base::quiet_thread("ticker", [this] { run(stop_.get_token()); });
  if (thread) {
    thread_ = std::move(*thread);
  } else {
    base::Logger().warn("no thread for background readings", {{"error", thread.error().message}});
  }
}

Ticker::~Ticker() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Ticker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, period_, [] { return false; });
    if (!stop.stop_requested()) tick_();
  }
}

}  // namespace ceems::power

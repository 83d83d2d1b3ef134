#include "http/patience.h"

#include "base/check.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace ceems::http {

Canceller::Canceller() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Canceller::cancel() {
  cancelled_.store(true);
  // Without a descriptor left at creation, waits notice the flag only when they end.
  if (event_) static_cast<void>(::eventfd_write(event_.get(), 1));
}

Patience Patience::at_most(std::chrono::milliseconds limit) const {
  return {std::min(deadline, std::chrono::steady_clock::now() + limit), canceller};
}

base::Status wait_for(int fd, short events, const Patience& patience) {
  std::array<pollfd, 2> polled = {pollfd{fd, events, 0}, pollfd{patience.canceller->fd(), POLLIN, 0}};
  while (true) {
    if (patience.canceller->cancelled()) return base::fail(base::ErrorCode::kCancelled, "", "cancelled");
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return base::fail(base::ErrorCode::kTimeout, "", "timed out");
    const int wait_ms = static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000));
    const int ready = ::poll(polled.data(), polled.size(), wait_ms);
    if (ready < 0 && errno != EINTR) return base::fail_errno(errno, "poll");
    if (ready > 0 && polled[0].revents != 0) return {};
  }
}

}  // namespace ceems::http

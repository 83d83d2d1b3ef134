#include "base/watch_thread.h"

#include "base/quiet_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace ceems::base {

WatchThread::WatchThread() : cancel_(::eventfd(0, EFD_CLOEXEC)) {}

WatchThread::~WatchThread() {
  stop();
}

Status WatchThread::start(std::string_view name, std::move_only_function<void()> body) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return {};
  }
  if (thread_.joinable()) return {};
  CEEMS_TRY(thread_, quiet_thread(name, std::move(body)));
  return {};
}

void WatchThread::request_stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  // If it can't be written it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(cancel_.get(), &one, sizeof one);
  changed_.notify_all();
}

void WatchThread::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

void WatchThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

WatchThread::Wake WatchThread::wait_until(Clock::time_point time) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, time, [&] { return stopping_ || woken_; });
  const bool woken = std::exchange(woken_, false);
  if (stopping_) return Wake::kStopped;
  return woken ? Wake::kWoken : Wake::kTime;
}

WatchThread::Wake WatchThread::wait_unwoken_for(Clock::duration time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [&] { return stopping_; });
  woken_ = false;
  return stopping_ ? Wake::kStopped : Wake::kTime;
}

}  // namespace ceems::base

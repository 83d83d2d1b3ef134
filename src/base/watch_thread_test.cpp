#include "base/watch_thread.h"

#include <poll.h>

#include <atomic>
#include <chrono>

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

using Wake = WatchThread::Wake;

constexpr std::chrono::hours kForever{1};

TEST(WatchThread, EndsWhenItIsToldTo) {
  WatchThread watch;
  Wake wake = Wake::kTime;
  ASSERT_TRUE(watch.start("watch", [&] { wake = watch.wait_for(kForever); }));
  watch.stop();
  EXPECT_EQ(wake, Wake::kStopped);
}

TEST(WatchThread, WakesBeforeItsTime) {
  WatchThread watch;
  std::atomic<int> woken = 0;
  ASSERT_TRUE(watch.start("watch", [&] {
    while (watch.wait_for(kForever) == Wake::kWoken)
      ++woken;
  }));
  watch.wake();
  while (woken == 0)
    std::this_thread::yield();
  watch.stop();
  EXPECT_EQ(woken, 1);
}

TEST(WatchThread, RemembersThatItWasWokenWhileItWorked) {
  WatchThread watch;
  watch.wake();
  EXPECT_EQ(watch.wait_for(kForever), Wake::kWoken);
  EXPECT_EQ(watch.wait_for(std::chrono::seconds(0)), Wake::kTime);
}

TEST(WatchThread, SleepsOnWhereNobodyIsToWakeIt) {
  WatchThread watch;
  watch.wake();
  EXPECT_EQ(watch.wait_unwoken_for(std::chrono::milliseconds(1)), Wake::kTime);
  // Which was all the same for this wait.
  EXPECT_EQ(watch.wait_for(std::chrono::milliseconds(1)), Wake::kTime);
}

TEST(WatchThread, StopsWaitsThatAreNotItsOwn) {
  WatchThread watch;
  pollfd one{.fd = watch.cancel_fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&one, 1, 0), 0);
  watch.request_stop();
  EXPECT_EQ(::poll(&one, 1, 0), 1);
  watch.stop();
}

TEST(WatchThread, IsStartedOnceAndNotAfterItsEnd) {
  WatchThread watch;
  std::atomic<int> started = 0;
  const auto body = [&] {
    ++started;
    (void)watch.wait_for(kForever);
  };
  ASSERT_TRUE(watch.start("watch", body));
  ASSERT_TRUE(watch.start("watch", body));
  watch.stop();
  ASSERT_TRUE(watch.start("watch", body));
  watch.stop();
  EXPECT_EQ(started, 1);
}

}  // namespace
}  // namespace ceems::base

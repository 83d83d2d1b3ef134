#include "power/ticker.h"

#include <signal.h>

#include <atomic>
#include <latch>

#include <gtest/gtest.h>

namespace ceems::power {
namespace {

using namespace std::chrono_literals;

TEST(TickerTest, TicksAgainAndAgain) {
  std::latch three(3);
  std::atomic<int> ticks = 0;
  const Ticker ticker(1ms, [&] {
    if (++ticks <= 3) three.count_down();
  });
  three.wait();
  EXPECT_GE(ticks, 3);
}

TEST(TickerTest, EndsWithoutWaitingForTheNextTick) {
  std::atomic<int> ticks = 0;
  {
    const Ticker ticker(24h, [&] { ++ticks; });
  }
  EXPECT_EQ(ticks, 0);
}

TEST(TickerTest, TakesNoSignals) {
  std::latch done(1);
  std::atomic<bool> blocked = false;
  std::atomic<bool> first = true;
  const Ticker ticker(1ms, [&] {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    if (!first.exchange(false)) return;
    blocked = ::sigismember(&mask, SIGTERM) == 1;
    done.count_down();
  });
  done.wait();
  EXPECT_TRUE(blocked);
}

}  // namespace
}  // namespace ceems::power

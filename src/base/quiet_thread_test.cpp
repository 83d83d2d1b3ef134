#include "base/quiet_thread.h"

#include <pthread.h>
#include <signal.h>

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

bool blocks(int signal) {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

TEST(QuietThread, TakesNoSignalsAndLeavesThoseOfItsStarter) {
  bool quiet = false;
  const bool before = blocks(SIGTERM);
  Result<std::thread> thread = quiet_thread("quiet", [&] { quiet = blocks(SIGTERM) && blocks(SIGHUP); });
  ASSERT_TRUE(thread) << thread.error().text();
  thread->join();
  EXPECT_TRUE(quiet);
  EXPECT_EQ(blocks(SIGTERM), before);
}

TEST(QuietThread, HasAsMuchOfItsNameAsTheKernelKeeps) {
  std::array<char, 32> seen{};
  Result<std::thread> thread = quiet_thread(
      "a-name-that-is-too-long", [&] { ::pthread_getname_np(::pthread_self(), seen.data(), seen.size()); });
  ASSERT_TRUE(thread) << thread.error().text();
  thread->join();
  EXPECT_EQ(std::string(seen.data()), "a-name-that-is-");
}

}  // namespace
}  // namespace ceems::base

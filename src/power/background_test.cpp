#include "power/background.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace ceems::power {
namespace {

using std::chrono::milliseconds;

const BackgroundOptions kQuick{.name = "test",
                               .interval = milliseconds(1),
                               .retry_first = milliseconds(1),
                               .retry_most = milliseconds(1)};

template <class Source, class Condition>
auto view_when(const Source& source, Condition condition) {
  for (;;) {
    auto view = source.view();
    if (condition(view)) return view;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

TEST(BackgroundTest, PublishesWhatWasRead) {
  Background<int> source(kQuick, [](const auto&) -> base::Result<int> { return 7; });
  EXPECT_EQ(source.view().snapshot, nullptr);
  EXPECT_FALSE(source.view().health.started);
  source.start();
  const auto view = view_when(source, [](const auto& v) { return v.health.readings >= 2; });
  EXPECT_EQ(*view.snapshot, 7);
  EXPECT_TRUE(view.health.last_success);
  EXPECT_TRUE(source.stop(milliseconds(10'000)));
}

TEST(BackgroundTest, KeepsTheLastGoodReadingThroughErrors) {
  int calls = 0;
  Background<int> source(kQuick, [&calls](const auto&) -> base::Result<int> {
    if (++calls > 1) return base::fail(base::ErrorCode::kTimeout, "bmc", "no answer");
    return 7;
  });
  source.start();
  const auto view = view_when(source, [](const auto& v) { return v.health.errors >= 3; });
  EXPECT_EQ(*view.snapshot, 7);
  EXPECT_EQ(view.health.problem->code, base::ErrorCode::kTimeout);
  EXPECT_TRUE(source.stop(milliseconds(10'000)));
}

TEST(BackgroundTest, ShowsNoStaleReading) {
  BackgroundOptions options = kQuick;
  options.interval = milliseconds(3'600'000);
  options.stale_after = milliseconds(0);
  Background<int> source(options, [](const auto&) -> base::Result<int> { return 7; });
  source.start();
  const auto view = view_when(source, [](const auto& v) { return v.health.age > milliseconds(0); });
  EXPECT_EQ(view.snapshot, nullptr);
  EXPECT_EQ(view.health.readings, 1U);
}

TEST(BackgroundTest, LooksSoonForASourceThatVanished) {
  BackgroundOptions options = kQuick;
  options.retry_most = milliseconds(3'600'000);
  int calls = 0;
  Background<int> source(options, [&calls](const auto&) -> base::Result<int> {
    if (++calls == 2 || calls == 3) return base::fail(base::ErrorCode::kNoData, "device", "it is gone");
    return calls;
  });
  source.start();
  view_when(source, [](const auto& v) { return v.snapshot && *v.snapshot > 3; });
  EXPECT_TRUE(source.stop(milliseconds(10'000)));
}

TEST(BackgroundTest, LeavesASourceAloneThatRefuses) {
  BackgroundOptions options = kQuick;
  options.retry_refused = milliseconds(3'600'000);
  std::atomic<int> calls = 0;
  Background<int> source(options, [&](const auto&) -> base::Result<int> {
    ++calls;
    return base::fail(base::ErrorCode::kPermission, "bmc", "wrong password");
  });
  source.start();
  view_when(source, [](const auto& v) { return v.health.errors == 1; });
  std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(source.stop(milliseconds(10'000)));
}

TEST(BackgroundTest, CountsNoErrorWhereTheSourceIsAbsent) {
  Background<int> source(kQuick, [](const auto&) -> base::Result<int> {
    return base::fail(base::ErrorCode::kNoData, "", "none");
  });
  source.start();
  const auto view = view_when(source, [](const auto& v) { return v.health.problem.has_value(); });
  EXPECT_EQ(view.health.errors, 0U);
}

TEST(BackgroundTest, LeavesASourceBehindThatHangs) {
  std::promise<void> entered;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Background<int> source(kQuick, [&entered, released](const auto&) -> base::Result<int> {
    entered.set_value();
    released.wait();
    return base::fail(base::ErrorCode::kCancelled, "", "");
  });
  source.start();
  entered.get_future().wait();
  EXPECT_EQ(source.view().snapshot, nullptr);
  EXPECT_FALSE(source.stop(milliseconds(0)));
  release.set_value();
  EXPECT_TRUE(source.stop(milliseconds(10'000)));
}

}  // namespace
}  // namespace ceems::power

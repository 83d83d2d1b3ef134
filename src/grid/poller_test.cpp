#include "grid/poller.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include <gtest/gtest.h>

namespace ceems::grid {
namespace {

using namespace std::chrono_literals;

Poll good() {
  return {.table = std::make_shared<const FactorTable>()};
}

Poll bad(base::ErrorCode code = base::ErrorCode::kUnavailable) {
  return {.problem = base::Error{code, "no", "x"}};
}

TEST(PauseTest, IsTheUsualOneAfterAGoodPoll) {
  EXPECT_EQ(pause_after(good(), 30min, 0), 30min);
}

TEST(PauseTest, GrowsWithFailuresUpToTheUsualOne) {
  EXPECT_EQ(pause_after(bad(), 30min, 0), 15s);
  EXPECT_EQ(pause_after(bad(), 30min, 1), 30s);
  EXPECT_EQ(pause_after(bad(), 30min, 3), 2min);
  EXPECT_EQ(pause_after(bad(), 30min, 1000), 30min);
  EXPECT_EQ(pause_after(bad(), 1s, 0), 1s);
}

TEST(PauseTest, IsNotShortenedForAPartThatFailed) {
  Poll partly = good();
  partly.problem = base::Error{};
  EXPECT_EQ(pause_after(partly, 30min, 5), 30min);
}

TEST(PauseTest, IsWhatTheServiceAsksForButNoLongerThanADay) {
  Poll poll = bad();
  poll.pause = 1h;
  EXPECT_EQ(pause_after(poll, 30min, 0), 1h);
  poll.pause = 1s;
  EXPECT_EQ(pause_after(poll, 30min, 0), 15s);
  poll.pause = std::chrono::hours(1000);
  EXPECT_EQ(pause_after(poll, 30min, 0), 24h);
}

// Hangs until it is cancelled.
class HangingService final : public Service {
 public:
  Poll poll(Instant /*now*/) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return cancelled_; });
    return bad();
  }
  void cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool cancelled_ = false;
};

constexpr ProviderInfo kInfo{.id = "x", .name = "X", .signal = "average", .scope = "direct"};

TEST(PollingProviderTest, IsNotHeldUpByAServiceThatHangs) {
  PollingProvider provider(kInfo, 1h, std::make_unique<HangingService>());
  provider.start();
  EXPECT_EQ(provider.factors(), nullptr);
  EXPECT_TRUE(provider.health()->started);
  EXPECT_TRUE(provider.stop(1min));
  EXPECT_EQ(provider.health()->errors, 0U);
}

// Gives what it was told to, once each, and says when it is through.
class FiniteService final : public Service {
 public:
  explicit FiniteService(std::vector<Poll> polls) : polls_(std::move(polls)) {}
  Poll poll(Instant /*now*/) override {
    const std::lock_guard lock(mutex_);
    if (next_ < polls_.size()) return polls_[next_++];
    through_ = true;
    changed_.notify_all();
    return bad(base::ErrorCode::kInvalid);
  }
  void cancel() override {}
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return through_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Poll> polls_;
  std::size_t next_ = 0;
  bool through_ = false;
};

TEST(PollingProviderTest, KeepsTheLastTableWhenPollsFail) {
  const Poll first = good();
  auto service = std::make_unique<FiniteService>(std::vector<Poll>{first, bad()});
  FiniteService& script = *service;
  PollingProvider provider(kInfo, 1ms, std::move(service));
  provider.start();
  script.wait();
  EXPECT_EQ(provider.factors(), first.table);
  const auto health = provider.health();
  EXPECT_EQ(health->polls, 1U);
  EXPECT_GE(health->errors, 1U);
  EXPECT_TRUE(health->age);
  EXPECT_TRUE(health->problem);
  EXPECT_TRUE(provider.stop(1min));
}

}  // namespace
}  // namespace ceems::grid

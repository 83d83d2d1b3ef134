#include "lb/cluster_watch.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

TEST(UnknownClusters, TellsOfEachChangeOnce) {
  UnknownClusters unknown({"a", "b", "c"});
  auto change = unknown.compare({"b", "x"});
  EXPECT_EQ(change.unknown, (Names{"a", "c"}));
  EXPECT_EQ(change.known, Names{});
  change = unknown.compare({"b", "c"});
  EXPECT_EQ(change.unknown, Names{});
  EXPECT_EQ(change.known, Names{"c"});
  change = unknown.compare({"b", "c"});
  EXPECT_TRUE(change.unknown.empty() && change.known.empty());
  EXPECT_EQ(unknown.compare({}).unknown, (Names{"b", "c"}));
}

TEST(ClusterWatch, LooksAgainWhateverWasSaid) {
  std::mutex mutex;
  std::condition_variable asked;
  int times = 0;
  const auto watch = watch_clusters({"a"},
                                    {.known = [&]() -> base::Result<Names> {
                                       const std::scoped_lock lock(mutex);
                                       asked.notify_all();
                                       if (++times % 2 == 1)
                                         return base::fail(base::ErrorCode::kUnavailable, "", "not now");
                                       return Names{"b"};
                                     },
                                     .cancel = [] {}},
                                    1ms);
  std::unique_lock lock(mutex);
  asked.wait(lock, [&] { return times >= 4; });
}

TEST(ClusterWatch, EndsAQuestionThatHangs) {
  std::atomic<bool> cancelled = false;
  auto watch = watch_clusters({"a"},
                              {.known = [&]() -> base::Result<Names> {
                                 cancelled.wait(false);
                                 return base::fail(base::ErrorCode::kCancelled, "", "stopping");
                               },
                               .cancel =
                                   [&] {
                                     cancelled = true;
                                     cancelled.notify_all();
                                   }},
                              1h);
  watch.reset();
  EXPECT_TRUE(cancelled);
}

}  // namespace
}  // namespace ceems::lb

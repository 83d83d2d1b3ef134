#include "access/query_memory.h"

#include "access/guarded_query.h"
#include "promql/duration.h"

#include <chrono>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::access {
namespace {

using namespace std::chrono_literals;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

// Counts what it is asked. Unit 1 was always the reader's; unit 2 is somebody else's from 100 s on.
class Owners final : public Claims {
 public:
  base::Result<bool> is_admin(const std::string& /*user*/) override { return false; }
  base::Result<std::vector<Claim>> of_ids(const std::string& user, const std::string& /*cluster*/,
                                          const std::vector<std::string>& uuids) override {
    ++questions;
    std::vector<Claim> claims;
    for (const std::string& uuid : uuids) {
      Claim& claim = claims.emplace_back();
      claim.uuid = uuid;
      claim.owned = members.contains(user) && (uuid == "1" || uuid == "2");
      if (!claim.owned) claim.foreign = {{0, kLast}};
      if (uuid == "2") claim.foreign = {{100'000, kLast}};
    }
    return claims;
  }
  base::Result<ClaimList> in_window(const std::string& user, const std::string& cluster,
                                    const store::TimeRange& window, std::size_t /*limit*/) override {
    std::vector<std::string> ids{"1"};
    if (window.from_ms < 100'000) ids.emplace_back("2");
    CEEMS_TRY(auto claims, of_ids(user, cluster, ids));
    return std::make_shared<const std::vector<Claim>>(std::move(claims));
  }

  int questions = 0;
  std::set<std::string> members{"ann"};
};

class QueryMemoryTest : public testing::Test {
 protected:
  // Of an instant query; the text of an error where it is refused.
  std::string guarded(const std::string& query, std::chrono::milliseconds time,
                      const std::string& user = "ann", bool asks = true) {
    RememberedClaims::Dated claims(remembered_, asks);
    const Reader reader{.user = user, .cluster_id = "hpc", .clusters = clusters_, .neighbours = clusters_};
    const Guard guard(claims, options_, reader, queries_);
    const promql::QueryTimes times{.start = time, .end = time, .step = {}};
    const auto result = guard_query(query, times, 1s, guard);
    return result ? *result : result.error().message;
  }
  // Whether `query` is answered by the memory alone.
  bool recalls(const std::string& query, std::chrono::milliseconds time, const std::string& user = "ann") {
    const QueryQuestion question{.user = user,
                                 .cluster_id = "hpc",
                                 .query = query,
                                 .times = {.start = time, .end = time, .step = {}},
                                 .look_back = 1s,
                                 .also = {}};
    return queries_.find(question) != nullptr;
  }

  static constexpr const char* kRefused = "user do not have permissions to view unit metrics";

  TimePoint now_{1h};
  Owners owners_;
  RememberedClaims remembered_{owners_, {.max_age = 30s, .now = [this] { return now_; }}};
  QueryMemory queries_{{.max_age = 30s, .max_bytes = 10'000, .now = [this] { return now_; }}};
  GuardOptions options_;
  std::vector<std::string> clusters_{"hpc"};
};

TEST_F(QueryMemoryTest, RecallsForEveryTimeWhatDependsOnNone) {
  const std::string first = guarded(R"(a{uuid="1"})", 50s);
  EXPECT_EQ(first, R"(a{uuid="1",ceems_id=~"hpc|"})");
  EXPECT_TRUE(recalls(R"(a{uuid="1"})", 50s));
  EXPECT_TRUE(recalls(R"(a{uuid="1"})", 5'000s));
  EXPECT_EQ(guarded(R"(a{uuid="1"})", 5'000s), first);
}

TEST_F(QueryMemoryTest, RecallsForTheSameTimeWhatDependsOnIt) {
  EXPECT_NE(guarded(R"(a{uuid="2"})", 50s), kRefused);
  EXPECT_TRUE(recalls(R"(a{uuid="2"})", 50s));
  EXPECT_FALSE(recalls(R"(a{uuid="2"})", 51s));
  EXPECT_EQ(guarded(R"(a{uuid="2"})", 200s), kRefused);
  // The same for what is found by the window.
  EXPECT_EQ(guarded("a", 50s), R"(a{uuid=~"1|2",ceems_id=~"hpc|"})");
  EXPECT_TRUE(recalls("a", 50s));
  EXPECT_FALSE(recalls("a", 200s));
  EXPECT_EQ(guarded("a", 200s), R"(a{uuid=~"1",ceems_id=~"hpc|"})");
}

TEST_F(QueryMemoryTest, KnowsReadersApart) {
  EXPECT_NE(guarded(R"(a{uuid="1"})", 50s), kRefused);
  EXPECT_FALSE(recalls(R"(a{uuid="1"})", 50s, "eve"));
  EXPECT_EQ(guarded(R"(a{uuid="1"})", 50s, "eve"), kRefused);
}

TEST_F(QueryMemoryTest, KeepsNoRefusal) {
  EXPECT_EQ(guarded(R"(a{uuid="3"})", 50s), kRefused);
  EXPECT_FALSE(recalls(R"(a{uuid="3"})", 50s));
  EXPECT_EQ(guarded(R"(a{uuid="1"})", 50s, "ann", false), "not in memory");
  EXPECT_FALSE(recalls(R"(a{uuid="1"})", 50s));
}

TEST_F(QueryMemoryTest, ForgetsWithTheOldestClaim) {
  EXPECT_NE(guarded(R"(a{uuid="1"})", 50s), kRefused);
  now_ += 20s;
  // Decided now, by a claim of then.
  EXPECT_NE(guarded(R"(b{uuid="1"})", 50s), kRefused);
  owners_.members.clear();
  now_ += 10s;
  EXPECT_TRUE(recalls(R"(b{uuid="1"})", 50s));
  now_ += 1ms;
  EXPECT_FALSE(recalls(R"(b{uuid="1"})", 50s));
  EXPECT_EQ(guarded(R"(b{uuid="1"})", 50s), kRefused);
}

TEST_F(QueryMemoryTest, ForgetsWithTheOldestList) {
  EXPECT_NE(guarded("a", 50s), kRefused);
  now_ += 20s;
  EXPECT_NE(guarded("b", 50s), kRefused);
  now_ += 10s + 1ms;
  EXPECT_FALSE(recalls("b", 50s));
}

TEST_F(QueryMemoryTest, IsBounded) {
  EXPECT_NE(guarded(R"(a{uuid="1"})", 50s), kRefused);
  for (int i = 0; i < 100; ++i)
    guarded("b" + std::to_string(i) + R"({uuid="1"})", 50s);
  EXPECT_FALSE(recalls(R"(a{uuid="1"})", 50s));
  EXPECT_TRUE(recalls(R"(b99{uuid="1"})", 50s));
  // Nor is what is too large kept at all.
  const std::string large = "b" + std::string(9'000, 'x') + R"({uuid="1"})";
  EXPECT_NE(guarded(large, 50s), kRefused);
  EXPECT_FALSE(recalls(large, 50s));
}

TEST_F(QueryMemoryTest, AsksTheOwnersOnce) {
  guarded(R"(a{uuid="1"})", 50s);
  const int asked = owners_.questions;
  guarded(R"(a{uuid="1"})", 60s);
  guarded(R"(b{uuid="1"})", 60s, "ann", false);
  EXPECT_EQ(owners_.questions, asked);
}

}  // namespace
}  // namespace ceems::access

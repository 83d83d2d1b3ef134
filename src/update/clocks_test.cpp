#include "update/clocks.h"

#include "update/fake_site.h"

#include <vector>

#include <gtest/gtest.h>

namespace ceems::update {
namespace {

using std::chrono::seconds;

class ClocksTest : public testing::Test {
 protected:
  static tsdb::TimePoint at(std::int64_t second) { return tsdb::TimePoint(seconds(second)); }

  std::vector<FakeUnit> nobody_;
  FakeTsdb one_{nobody_};
  FakeTsdb other_{nobody_};
  tsdb::TimePoint wall_ = at(10'000);
  Clocks clocks_{[this] { return wall_; }};
};

TEST_F(ClocksTest, GoByThisMachineWhereNobodyElseIsKnown) {
  EXPECT_EQ(clocks_.present(), at(10'000));
  EXPECT_EQ(clocks_.present({"one"}), at(10'000));
}

TEST_F(ClocksTest, WaitForATsdbThatIsBehind) {
  one_.clock = at(8'200);
  clocks_.compare("one", one_);
  EXPECT_EQ(clocks_.present(), at(8'200));
  EXPECT_EQ(clocks_.present({"one", "none"}), at(8'200));
  wall_ += seconds(5);
  EXPECT_EQ(clocks_.present({"one"}), at(8'205));
  // This machine's clock is set right.
  wall_ = at(8'210);
  one_.clock = wall_;
  clocks_.compare("one", one_);
  EXPECT_EQ(clocks_.present({"one"}), at(8'210));
}

TEST_F(ClocksTest, DoNotGoAheadOfThisMachine) {
  one_.clock = at(11'800);
  clocks_.compare("one", one_);
  EXPECT_EQ(clocks_.present({"one"}), at(10'000));
}

TEST_F(ClocksTest, AskOnlyTheTsdbsThatCount) {
  one_.clock = at(9'000);
  other_.clock = at(10'000);
  clocks_.compare("one", one_);
  clocks_.compare("other", other_);
  EXPECT_EQ(clocks_.present({"other"}), at(10'000));
  EXPECT_EQ(clocks_.present(), at(9'000));
}

TEST_F(ClocksTest, RememberByHowMuchASilentTsdbWasBehind) {
  one_.clock = at(9'000);
  clocks_.compare("one", one_);
  one_.clock = base::fail(base::ErrorCode::kUnavailable, "http://x", "answered 503");
  wall_ += seconds(60);
  clocks_.compare("one", one_);
  EXPECT_EQ(clocks_.present({"one"}), at(9'060));
}

}  // namespace
}  // namespace ceems::update

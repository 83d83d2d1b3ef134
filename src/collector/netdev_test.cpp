#include "collector/netdev.h"

#include "collector/golden_test.h"
#include "collector/netdev_file.h"
#include "power/fake_tree_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeTree;
using ::testing::HasSubstr;
using ::testing::Not;

NodeContext node(const FakeTree& tree) {
  return {.procfs = tree.root(), .hostname = "n1"};
}

std::string page(const NetdevOptions& options) {
  const FakeTree tree(test_file("netdev/server.tree"));
  return collect_page(*make_netdev_collector(node(tree), options).value());
}

TEST(NetdevFileTest, LosesOnlyLinesThatAreNone) {
  const NetdevTable table = parse_netdev(
      "head\nhead\n eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n short: 1 2\n: 1\nnone\n"
      " minus: -1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  ASSERT_EQ(table.lines.size(), 1U);
  EXPECT_EQ(table.lines[0].device, "eth0");
  EXPECT_EQ(table.lines[0].counters[15], 16U);
  EXPECT_EQ(table.broken, 4U);
}

TEST(NetdevFileTest, EndsTheNameAtTheLastColon) {
  EXPECT_EQ(parse_netdev("\n\neth0:1:0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0").lines.at(0).device, "eth0:1");
}

TEST(NetdevCollectorTest, PrintsThePage) {
  EXPECT_EQ(page({}), test_file("netdev/server.prom"));
}

TEST(NetdevCollectorTest, LeavesOutDevices) {
  EXPECT_THAT(page({.exclude = "^lo$"}), Not(HasSubstr("\"lo\"")));
  EXPECT_THAT(page({.exclude = "^lo$"}), HasSubstr("\"ib0\""));
  EXPECT_THAT(page({.include = "ib"}), Not(HasSubstr("\"eth0\"")));
}

TEST(NetdevCollectorTest, PrefersTheDevicesOfTheFirstProcess) {
  const FakeTree tree(
      "== net/dev\nh\nh\n own: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
      "== 1/net/dev\nh\nh\n eth9: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  EXPECT_THAT(collect_page(*make_netdev_collector(node(tree), {}).value()), HasSubstr("\"eth9\""));
}

TEST(NetdevCollectorTest, RefusesWrongExpressions) {
  EXPECT_EQ(make_netdev_collector({}, {.include = "("}).error().code, base::ErrorCode::kInvalid);
  EXPECT_EQ(make_netdev_collector({}, {.include = "a", .exclude = "b"}).error().code,
            base::ErrorCode::kInvalid);
}

}  // namespace
}  // namespace ceems::collector

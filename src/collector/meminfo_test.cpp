#include "collector/meminfo.h"

#include "collector/golden_test.h"
#include "collector/meminfo_file.h"
#include "power/fake_tree_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeTree;
using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<Collector> make(const FakeTree& tree, bool all_stats) {
  return make_meminfo_collector({.procfs = tree.root(), .hostname = "n1"}, {.all_stats = all_stats}).value();
}

TEST(MeminfoCollectorTest, PrintsTotalFreeAndAvailable) {
  const FakeTree tree("");
  tree.write("meminfo", test_file("meminfo/linux-6.txt"));
  EXPECT_EQ(collect_page(*make(tree, false)), test_file("meminfo/linux-6.default.prom"));
}

TEST(MeminfoCollectorTest, PrintsEveryFieldIfAsked) {
  const FakeTree tree("");
  tree.write("meminfo", test_file("meminfo/linux-6.txt"));
  EXPECT_EQ(samples_only(collect_page(*make(tree, true))), test_file("meminfo/linux-6.all.prom"));
}

TEST(MeminfoCollectorTest, LeavesOutWhatTheKernelDoesNotTell) {
  const FakeTree tree("== meminfo = MemTotal: 5 kB\n");
  EXPECT_THAT(collect_page(*make(tree, false)), Not(HasSubstr("MemAvailable")));
}

TEST(MeminfoCollectorTest, HasNoDataInAFileWithoutTheFields) {
  const FakeTree tree("== meminfo = Cached: 5 kB\n");
  const auto status = make(tree, false)->collect({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kNoData);
}

TEST(MeminfoCollectorTest, FollowsFieldsThatAppear) {
  const FakeTree tree("== meminfo = MemTotal: 5 kB\n");
  const auto collector = make(tree, true);
  (void)collect_page(*collector);
  tree.write("meminfo", "Fresh: 2\nMemTotal: 6 kB\n");
  EXPECT_EQ(samples_only(collect_page(*collector)),
            "ceems_meminfo_Fresh{hostname=\"n1\"} 2\nceems_meminfo_MemTotal_bytes{hostname=\"n1\"} 6144\n");
}

TEST(MeminfoCollectorTest, LeavesOutKeysThatMakeNoMetricName) {
  const FakeTree tree("== meminfo\nA-b: 1 kB\nMemTotal: 5 kB\nMemTotal_bytes: 7\nMemTotal: 6 kB\n");
  EXPECT_EQ(samples_only(collect_page(*make(tree, true))),
            "ceems_meminfo_MemTotal_bytes{hostname=\"n1\"} 5120\n");
}

TEST(MeminfoFileTest, RefusesMalformedLines) {
  for (const std::string_view text :
       {"MemTotal:\n", "MemTotal\n", "MemTotal: x kB\n", "MemTotal: -1 kB\n", "MemTotal: 1 MB\n",
        "MemTotal: 1 kB more\n", ": 1 kB\n", "MemTotal 1 kB\n", "MemTotal: 18446744073709551616 kB\n"}) {
    const auto fields = parse_meminfo(text);
    ASSERT_FALSE(fields) << text;
    EXPECT_EQ(fields.error().code, base::ErrorCode::kInvalid) << text;
  }
}

TEST(MeminfoFileTest, SkipsEmptyLines) {
  EXPECT_EQ(parse_meminfo("\nMemTotal: 1 kB\n\n")->size(), 1U);
}

TEST(MeminfoFileTest, RefusesMoreFieldsThanAnyKernelHas) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "F" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(parse_meminfo(text).error().code, base::ErrorCode::kTooLarge);
}

TEST(MeminfoFileTest, MakesMetricNamesOfKeys) {
  EXPECT_EQ(meminfo_metric_part({"Active(anon)", 1, true}), "Active_anon_bytes");
  EXPECT_EQ(meminfo_metric_part({"HugePages_Total", 1, false}), "HugePages_Total");
  EXPECT_EQ(meminfo_metric_part({"A(b)c(d)e", 1, false}), "");
  EXPECT_EQ(meminfo_metric_part({"A)b(", 1, false}), "");
}

TEST(MeminfoFileTest, NamesTheFileInErrors) {
  const FakeTree tree("== meminfo = MemTotal\n");
  EXPECT_EQ(MeminfoFile(tree.path("meminfo")).read().error().text(),
            tree.path("meminfo") + ": not a field: 'MemTotal'");
}

}  // namespace
}  // namespace ceems::collector

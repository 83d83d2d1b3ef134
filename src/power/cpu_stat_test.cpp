#include "power/cpu_stat.h"

#include "power/fake_tree_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::power {
namespace {

constexpr std::string_view kStat =
    "cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1 2 3\ncpu1 1 2 3\nintr 366838 0 0\nctxt 5\n";

TEST(CpuStatTest, ReadsModesAndCountsCpus) {
  const auto stat = parse_cpu_stat(kStat);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->total.user, 10U);
  EXPECT_EQ(stat->total.idle, 40U);
  EXPECT_EQ(stat->total.steal, 80U);
  EXPECT_EQ(stat->total.guest_nice, 100U);
  EXPECT_EQ(stat->cpus, 2U);
}

TEST(CpuStatTest, TakesModesThatAnOldKernelLacksForZero) {
  const auto stat = parse_cpu_stat("cpu 1 2 3 4\nintr 1\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->total.idle, 4U);
  EXPECT_EQ(stat->total.iowait, 0U);
}

TEST(CpuStatTest, IgnoresModesOfALaterKernel) {
  EXPECT_TRUE(parse_cpu_stat("cpu 1 2 3 4 5 6 7 8 9 10 11 12\n"));
}

TEST(CpuStatTest, RefusesWhatIsNoStat) {
  for (const std::string_view text :
       {"", "intr 1\n", "cpu 1 2", "cpu 1 2\ncpu0 1", "cpu 1 2\ncp", "cpu -1\n", "cpu 18446744073709551616\n",
        "cpu 1 x\n", "cpufreq 1\n", "cpu0 1 2 3\n"}) {
    const auto stat = parse_cpu_stat(text);
    ASSERT_FALSE(stat) << text;
    EXPECT_EQ(stat.error().code, base::ErrorCode::kInvalid) << text;
  }
}

TEST(CpuStatTest, ReadsTheSameFileAgain) {
  const FakeTree tree("== stat = cpu 1 2 3 4\n");
  CpuStatFile file(tree.path("stat"));
  EXPECT_EQ(file.read()->total.user, 1U);
  tree.write("stat", "cpu 7 2 3 4\n");
  EXPECT_EQ(file.read()->total.user, 7U);
}

TEST(CpuStatTest, ReadsMoreCpusThanAPageHolds) {
  std::string text = "cpu 1 2 3 4\n";
  for (int i = 0; i < 5000; ++i)
    text += fmt::format("cpu{} 1000 2000 3000 4000 0 0 0 0 0 0\n", i);
  text += "intr 1\n";
  const FakeTree tree("");
  tree.write("stat", text);
  EXPECT_EQ(CpuStatFile(tree.path("stat")).read()->cpus, 5000U);
}

TEST(CpuStatTest, GivesUpOnAFileWithoutEnd) {
  std::string text = "cpu 1 2 3 4\n";
  while (text.size() < (std::size_t{5} << 20))
    text += "cpu0 1 2 3 4 5 6 7 8 9 10\n";
  const FakeTree tree("");
  tree.write("stat", text);
  EXPECT_EQ(CpuStatFile(tree.path("stat")).read().error().code, base::ErrorCode::kTooLarge);
}

TEST(CpuStatTest, NamesTheFileInErrors) {
  const FakeTree tree("== stat = cpu x\n");
  EXPECT_EQ(CpuStatFile(tree.path("stat")).read().error().subject, tree.path("stat"));
  EXPECT_EQ(CpuStatFile(tree.path("none")).read().error().code, base::ErrorCode::kNotFound);
}

TEST(CpuStatTest, FindsAFileThatAppearsLater) {
  const FakeTree tree("");
  CpuStatFile file(tree.path("stat"));
  EXPECT_FALSE(file.read());
  tree.write("stat", std::string(kStat));
  EXPECT_TRUE(file.read());
}

}  // namespace
}  // namespace ceems::power

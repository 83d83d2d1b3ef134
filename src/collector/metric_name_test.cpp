#include "collector/metric_name.h"

#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

TEST(MetricNameTest, MakesOneUnderscoreOfWhatAMetricNameCannotHold) {
  EXPECT_EQ(metric_name_part("System.Embedded.1"), "System_Embedded_1");
  EXPECT_EQ(metric_name_part("package-0-die-1"), "package_0_die_1");
  EXPECT_EQ(metric_name_part("a _- b"), "a__b");
  EXPECT_EQ(metric_name_part("a_ -- _b"), "a_b");
  EXPECT_EQ(metric_name_part("a__b"), "a__b");
  EXPECT_EQ(metric_name_part("__-"), "_");
  EXPECT_EQ(metric_name_part("\xC3\xA9"), "_");
  EXPECT_EQ(metric_name_part(""), "");
}

TEST(MetricNameTest, KeepsTheUnderscoreOfAnEarlierRun) {
  EXPECT_EQ(metric_name_part("a-_-b"), "a__b");
}

}  // namespace
}  // namespace ceems::collector

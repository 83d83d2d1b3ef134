#include "rules/template.h"

#include <gtest/gtest.h>

namespace ceems::rules {
namespace {

TEST(Template, AnyJobLeavesNoMatcher) {
  EXPECT_EQ(fill("up{<J>} + x{a=\"b\"<,J>}", {}), "up + x{a=\"b\"}");
}

TEST(Template, OneJobIsMatchedEverywhere) {
  RuleOptions options;
  options.job = "ceems";
  EXPECT_EQ(fill("up{<J>} + x{a=\"b\"<,J>}", options), "up{job=\"ceems\"} + x{a=\"b\",job=\"ceems\"}");
}

TEST(Template, JobNamesAreQuotedAndNeverTakenForGaps) {
  RuleOptions options;
  options.job = "<R>\"\\";
  EXPECT_EQ(fill("{<J>}", options), R"({job="<R>\"\\"})");
}

TEST(Template, HostLabelsFollowJobAndInstance) {
  RuleOptions options;
  options.host_labels = {"ceems_id"};
  EXPECT_EQ(fill("<host>; <job>", options), "job, instance, ceems_id; job, ceems_id");
}

TEST(Template, DurationsAndFactorsAreShort) {
  RuleOptions options;
  options.rate_window = std::chrono::milliseconds(1500);
  options.pue = 1.25;
  EXPECT_EQ(fill("\n[<R>] * <pue>\n\n", options), "[1s500ms] * 1.25");
}

TEST(Template, MatchersOfSeveralValuesAreLiteral) {
  EXPECT_EQ(any_of_matcher("chassis", {"Sled.1"}), "chassis=\"Sled.1\"");
  EXPECT_EQ(any_of_matcher("chassis", {"Sled.1", "a|b"}), R"(chassis=~"Sled\\.1|a\\|b")");
}

TEST(Template, ComparisonsAreNoGaps) {
  EXPECT_EQ(fill("a < b <= c", {}), "a < b <= c");
}

}  // namespace
}  // namespace ceems::rules

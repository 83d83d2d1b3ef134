#include "exposition/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::exposition {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Family kAlpha{"alpha_total", MetricType::kCounter, "The first.", "x"};
constexpr Family kBeta{"beta", MetricType::kGauge, "Path \\ and\nline.", ""};
constexpr Family kEmpty{"empty", MetricType::kGauge, "Nothing.", ""};

class PageTest : public ::testing::Test {
 protected:
  std::string page() {
    std::string out;
    conflicts_ = builder_.build(emitter_, out);
    return out;
  }
  Emitter emitter_;
  PageBuilder builder_;
  std::vector<std::string> conflicts_;
};

TEST_F(PageTest, SortsFamiliesAndLeavesOutEmptyOnes) {
  emitter_.begin(kBeta);
  emitter_.sample("", 1.0);
  emitter_.begin(kEmpty);
  emitter_.begin(kAlpha);
  emitter_.sample(R"({x="1"})", 2.0);
  EXPECT_EQ(page(),
            "# HELP alpha_total The first.\n# TYPE alpha_total counter\nalpha_total{x=\"1\"} 2\n"
            "# HELP beta Path \\\\ and\\nline.\n# TYPE beta gauge\nbeta 1\n");
  EXPECT_THAT(conflicts_, IsEmpty());
}

TEST_F(PageTest, MergesSectionsOfOneFamilyInOrder) {
  emitter_.begin(kAlpha);
  emitter_.sample(R"({x="1"})", 1.0);
  emitter_.sample(R"({x="3"})", 3.0);
  emitter_.begin(kBeta);
  emitter_.sample("", 1.0);
  emitter_.begin(kAlpha);
  emitter_.sample(R"({x="2"})", 2.0);
  EXPECT_TRUE(page().starts_with(
      "# HELP alpha_total The first.\n# TYPE alpha_total counter\n"
      "alpha_total{x=\"1\"} 1\nalpha_total{x=\"2\"} 2\nalpha_total{x=\"3\"} 3\n# HELP beta"));
}

TEST_F(PageTest, OrdersByLabelValueAndNotByTheBytesOfTheLine) {
  emitter_.begin(kAlpha);
  for (const std::string_view value : {"a!", "a", "a\n", "a b", "a\\", "aZ", "a\"", ""})
    emitter_.sample({{"x", value}}, 1.0);
  const std::string text = page();
  std::vector<std::string> lines;
  for (std::size_t at = text.find("alpha_total{"); at != std::string::npos;
       at = text.find("alpha_total{", at + 1))
    lines.push_back(text.substr(at + 11, text.find(" 1\n", at) - at - 11));
  EXPECT_THAT(lines, ElementsAre(R"({x=""})", R"({x="a"})", R"({x="a\n"})", R"({x="a b"})", R"({x="a!"})",
                                 R"({x="a\""})", R"({x="aZ"})", R"({x="a\\"})"));
}

TEST_F(PageTest, DropsASectionThatContradictsTheFirst) {
  emitter_.begin(kAlpha);
  emitter_.sample(R"({x="1"})", 1.0);
  emitter_.begin(Family{"alpha_total", MetricType::kGauge, "The first.", "x"});
  emitter_.sample(R"({x="2"})", 2.0);
  emitter_.begin(Family{"alpha_total", MetricType::kCounter, "Other words.", "x"});
  emitter_.sample(R"({x="3"})", 3.0);
  EXPECT_EQ(page(), "# HELP alpha_total The first.\n# TYPE alpha_total counter\nalpha_total{x=\"1\"} 1\n");
  EXPECT_THAT(conflicts_, ElementsAre("alpha_total"));
}

TEST_F(PageTest, KeepsTheFirstOfTwoSamplesWithTheSameLabels) {
  emitter_.begin(kAlpha);
  emitter_.sample(R"({x="1"})", 1.0);
  emitter_.begin(kAlpha);
  emitter_.sample(R"({x="1"})", 5.0);
  EXPECT_EQ(page(), "# HELP alpha_total The first.\n# TYPE alpha_total counter\nalpha_total{x=\"1\"} 1\n");
  EXPECT_THAT(conflicts_, ElementsAre("alpha_total"));
}

TEST_F(PageTest, KeepsTheFirstOfTwoSamplesWithoutLabels) {
  emitter_.begin(kBeta);
  emitter_.sample("", 1.0);
  emitter_.sample("", 2.0);
  EXPECT_TRUE(page().ends_with("\nbeta 1\n"));
  EXPECT_THAT(conflicts_, ElementsAre("beta"));
}

TEST_F(PageTest, AppendsToWhatIsThere) {
  emitter_.begin(kBeta);
  emitter_.sample("", 1.0);
  std::string out = "before\n";
  builder_.build(emitter_, out);
  EXPECT_TRUE(out.starts_with("before\n# HELP beta"));
}

}  // namespace
}  // namespace ceems::exposition

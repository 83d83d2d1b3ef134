#include "rules/gpu_question.h"

#include <cmath>
#include <functional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::rules {
namespace {

// Means over 100 instants of GPUs that go up and down, and of a node that is a function of them and of noise.
GpuMoments moments(const std::function<double(int)>& gpus, const std::function<double(int, double)>& node) {
  GpuMoments sum;
  constexpr int kInstants = 100;
  for (int i = 0; i < kInstants; ++i) {
    const double g = gpus(i);
    const double h = node(i, g);
    sum.node += h / kInstants;
    sum.gpus += g / kInstants;
    sum.product += h * g / kInstants;
    sum.gpus_squared += g * g / kInstants;
    sum.node_squared += h * h / kInstants;
  }
  return sum;
}

double up_and_down(int i) {
  return 200 + 150 * (i % 10) / 9.0;
}
double noise(int i) {
  return 20 * ((i * 7919) % 13) / 12.0;
}

std::string text(const GpuVerdict& verdict) {
  const char* const answer = verdict.answer == GpuVerdict::Answer::kYes  ? "yes"
                             : verdict.answer == GpuVerdict::Answer::kNo ? "no"
                                                                         : "unknown";
  return fmt::format("{} {}/{}", answer, verdict.agreeing, verdict.hosts);
}

TEST(GpuQuestion, YesWhenTheNodeMovesWithItsGpus) {
  const auto inside = moments(up_and_down, [](int i, double g) { return 300 + noise(i) + g; });
  const GpuVerdict verdict = judge({{"a", inside}, {"b", inside}});
  EXPECT_EQ(text(verdict), "yes 2/2");
  EXPECT_NEAR(verdict.slope, 1, 0.05);
  EXPECT_GT(verdict.correlation, 0.9);
}

// A large node beside small GPUs: its power exceeds theirs all the time.
TEST(GpuQuestion, NoWhenTheNodeOnlyWorksALittleMoreForThem) {
  const auto beside = moments(up_and_down, [](int i, double g) { return 900 + noise(i) + 0.15 * g; });
  EXPECT_EQ(text(judge({{"a", beside}})), "no 1/1");
}

TEST(GpuQuestion, AsksTheMajorityOfHostsThatCanTell) {
  const auto inside = moments(up_and_down, [](int i, double g) { return 300 + noise(i) + g; });
  const auto beside = moments(up_and_down, [](int i, double) { return 300 + noise(i); });
  const auto idle = moments([](int) { return 50.0; }, [](int i, double g) { return 300 + noise(i) + g; });
  EXPECT_EQ(text(judge({{"a", inside}, {"b", inside}, {"c", beside}, {"d", idle}})), "yes 2/3");
}

TEST(GpuQuestion, IsOpenWhenGpusDrewTheSameAllTheTime) {
  const auto idle = moments([](int) { return 50.0; }, [](int i, double g) { return 300 + noise(i) + g; });
  EXPECT_EQ(text(judge({{"a", idle}})), "unknown 0/0");
  EXPECT_EQ(text(judge({})), "unknown 0/0");
  const auto less = moments([](int) { return 500.0; }, [](int, double) { return 300.0; });
  EXPECT_EQ(text(judge({{"a", idle}, {"b", less}})), "no 0/0");
}

TEST(GpuQuestion, SurvivesWhatIsNoNumber) {
  EXPECT_EQ(text(judge({{"a", {.node = 1, .gpus = 1, .product = std::nan(""), .gpus_squared = 1e9}}})),
            "unknown 0/0");
}

}  // namespace
}  // namespace ceems::rules

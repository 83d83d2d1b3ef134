#include "exposition/emitter.h"

#include <gtest/gtest.h>

namespace ceems::exposition {
namespace {

constexpr Family kTemperature{"room_temperature_celsius", MetricType::kGauge, "How warm it is.", "room"};

TEST(EmitterTest, RendersLabelsSortedByName) {
  EXPECT_EQ(render_labels({{"uuid", "7"}, {"manager", "m"}}), R"({manager="m",uuid="7"})");
  EXPECT_EQ(render_labels({}), "");
}

TEST(EmitterTest, EscapesLabelValues) {
  EXPECT_EQ(render_labels({{"a", "back\\slash \"quote\"\nline"}}), R"({a="back\\slash \"quote\"\nline"})");
}

TEST(EmitterTest, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(render_labels({{"a", "Grüße"}}), "{a=\"Grüße\"}");
  EXPECT_EQ(render_labels({{"a", "x\xFF\xC3y"}}), "{a=\"x\xEF\xBF\xBD\xEF\xBF\xBDy\"}");
}

TEST(EmitterTest, WritesOneLinePerSample) {
  Emitter emitter;
  emitter.begin(kTemperature);
  emitter.sample(R"({room="kitchen"})", 21.5);
  emitter.sample(R"({room="sauna"})", std::uint64_t{90});
  emitter.sample({{"room", "cellar"}}, -3.0);
  emitter.sample(R"({room="oven"})", -1);
  EXPECT_EQ(emitter.text(),
            "room_temperature_celsius{room=\"kitchen\"} 21.5\n"
            "room_temperature_celsius{room=\"sauna\"} 90\n"
            "room_temperature_celsius{room=\"cellar\"} -3\n"
            "room_temperature_celsius{room=\"oven\"} -1\n");
  ASSERT_EQ(emitter.sections().size(), 1U);
  EXPECT_EQ(emitter.sections()[0].begin, 0U);
  EXPECT_EQ(emitter.sections()[0].end, emitter.text().size());
}

TEST(EmitterTest, StartsAfreshWhenCleared) {
  Emitter emitter;
  emitter.begin(kTemperature);
  emitter.sample("", 1.0);
  emitter.clear();
  EXPECT_TRUE(emitter.text().empty());
  EXPECT_TRUE(emitter.sections().empty());
}

}  // namespace
}  // namespace ceems::exposition

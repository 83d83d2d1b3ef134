#include "base/file.h"
#include "base/text.h"
#include "exposition/emitter.h"

#include <bit>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace ceems::exposition {
namespace {

std::string printed(auto value) {
  std::string out;
  append_number(out, value);
  return out;
}

TEST(NumberTest, WritesNumbersAsTheFormatWantsThem) {
  const auto cases = base::read_file(CEEMS_TEST_DATA "/numbers.txt");
  ASSERT_TRUE(cases);
  std::string_view rest = *cases;
  std::string_view line;
  int count = 0;
  while (base::next_line(rest, line)) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string_view> words = base::split(line, ' ');
    ASSERT_EQ(words.size(), 2U) << line;
    const auto value = base::parse_double(words[0]);
    ASSERT_TRUE(value) << line;
    EXPECT_EQ(printed(*value), words[1]) << line;
    // An integer gives the same text whichever type it arrives in.
    if (const auto integer = base::parse_u64(words[0])) {
      EXPECT_EQ(printed(*integer), words[1]) << line;
    }
    ++count;
  }
  EXPECT_GT(count, 30);
}

TEST(NumberTest, EveryNumberReadsBackAsItself) {
  std::mt19937_64 random(20'260'131);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = printed(value);
    ASSERT_EQ(base::parse_double(text), value) << text;
  }
}

TEST(NumberTest, EveryIntegerIsWrittenLikeTheNearestDouble) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    const auto nearest = static_cast<double>(value);
    const std::string text = printed(value);
    ASSERT_EQ(text, printed(nearest));
    ASSERT_EQ(base::parse_double(text), nearest) << text;
  }
}

TEST(NumberTest, ExponentsAppearExactlyOutsideThePlainRange) {
  std::mt19937_64 random(99);
  std::uniform_real_distribution<double> exponent(-12, 12);
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::pow(10, exponent(random));
    const bool plain = value >= 1e-4 && value < 1e6;
    ASSERT_EQ(printed(value).find('e') == std::string::npos, plain) << printed(value);
  }
}

}  // namespace
}  // namespace ceems::exposition

#include "store/exact.h"

#include "store/metric_map.h"

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

TEST(Exact, ReadsWhatTheDatabaseWrites) {
  EXPECT_TRUE(parse_fixed("0") == Fixed{0});
  EXPECT_TRUE(parse_fixed("-0.50000000") == Fixed{-50'000'000});
  EXPECT_TRUE(parse_fixed("12.34567891") == Fixed{1'234'567'891});
  EXPECT_TRUE(parse_fixed("9223372036854775807") == Fixed{9'223'372'036'854'775'807} * kFixedOne);
}

std::string printed(Fixed value) {
  std::string out;
  append_fixed(out, value);
  return out;
}

TEST(Exact, PrintsEveryDigit) {
  EXPECT_EQ(printed(0), "0");
  EXPECT_EQ(printed(kFixedOne * Fixed{3}), "3");
  EXPECT_EQ(printed(-50'000'000), "-0.50000000");
  EXPECT_EQ(printed(1), "0.00000001");
  EXPECT_EQ(printed(Fixed{123'456'789'012'345'678} * 100 + 9), "123456789012.34567809");
  EXPECT_EQ(printed(Fixed{9'223'372'036'854'775'807} * kFixedOne), "9223372036854775807");
  EXPECT_EQ(printed(Fixed{5'867'958'372'000} * kFixedOne + 7), "5867958372000.00000007");
  EXPECT_EQ(printed(-(Fixed{1} << 72) - 1), "-47223664828696.45213697");
  EXPECT_EQ(printed((Fixed{1} << 72) - 1), "47223664828696.45213695");
  // No integer of 64 bits any more.
  EXPECT_EQ(printed((Fixed{1} << 63) * kFixedOne), "9223372036854775808.00000000");
}

TEST(Exact, PrintsWhatItReads) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto digits = static_cast<std::int64_t>(random() >> (1 + random() % 63));
    const Fixed value = i % 2 == 0 ? Fixed{digits} : -Fixed{digits} * 1'000;
    const std::string text = printed(value);
    EXPECT_TRUE(parse_fixed(text) == value) << text;
    if (digits < 4'000'000'000'000'000 && i % 2 == 0) {
      std::string by_double;
      append_number(by_double, to_double(value));
      EXPECT_EQ(text, by_double);
    }
  }
}

TEST(Exact, LeavesOtherFormsToOthers) {
  for (const char* text :
       {"", "-", ".5", "5.", "1e3", "1.123456789", "12345678901234567890123", "1.2.3", "0x1"})
    EXPECT_FALSE(parse_fixed(text)) << text;
}

TEST(Exact, RoundsDoublesToEightDecimals) {
  EXPECT_TRUE(to_fixed(0.1) == Fixed{10'000'000});
  EXPECT_TRUE(to_fixed(-1e-9) == Fixed{0});
  EXPECT_TRUE(to_fixed(std::numeric_limits<double>::infinity()) == to_fixed(1e300));
  EXPECT_TRUE(to_fixed(std::nan("")) == Fixed{0});
}

TEST(Exact, ReadsTextAndItsDoubleAsTheSameCount) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1'000; ++i) {
    const std::string text = fmt::format("{}.{:08}", random() % 10'000'000, random() % kFixedOne);
    const auto fixed = parse_fixed(text);
    ASSERT_TRUE(fixed);
    EXPECT_TRUE(*fixed == to_fixed(std::stod(text))) << text;
    EXPECT_EQ(fmt::format("{:.8f}", to_double(*fixed)), text);
  }
}

TEST(Exact, TakesAwayWhatWasAddedToTheLastBit) {
  std::mt19937_64 random(7);
  Wide sum;
  std::vector<Wide> terms;
  for (int i = 0; i < 1'000; ++i) {
    const auto a =
        static_cast<Fixed>(static_cast<std::int64_t>(random())) * static_cast<Fixed>(random() % 1'000'000);
    terms.push_back(Wide::product(a, static_cast<Fixed>(random())));
    sum.add(terms.back());
  }
  EXPECT_FALSE(sum.is_zero());
  for (auto term = terms.rbegin(); term != terms.rend(); ++term)
    sum.subtract(*term);
  EXPECT_TRUE(sum.is_zero());
}

TEST(Exact, MultipliesLargeNumbers) {
  const Fixed huge = to_fixed(1e22);
  const Wide product = Wide::product(huge, -huge);
  EXPECT_TRUE(product.is_negative());
  EXPECT_EQ(mean(product, huge), -1e22);
}

TEST(Exact, GivesBackTheMeanOfEqualValues) {
  const Fixed value = to_fixed(12.34567891);
  Wide products;
  Fixed weights = 0;
  for (int i = 1; i < 100; ++i) {
    const Fixed weight = to_fixed(i * 0.37);
    products.add(Wide::product(value, weight));
    weights += weight;
  }
  EXPECT_EQ(mean(products, weights), to_double(value));
  EXPECT_EQ(mean(products, 0), 0);
}

}  // namespace
}  // namespace ceems::store

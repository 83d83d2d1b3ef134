#include "store/hash_index.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::store {
namespace {

// What numbers stand for is their value itself, of which many share a hash.
std::uint32_t look_up(HashIndex& index, std::vector<std::size_t>& values, std::size_t value,
                      std::size_t hashes) {
  const auto next = static_cast<std::uint32_t>(values.size());
  const std::uint32_t number =
      index.find_or_add(value % hashes, next, [&](std::uint32_t known) { return values[known] == value; });
  if (number == next) values.push_back(value);
  return number;
}

class Hashes : public testing::TestWithParam<std::size_t> {};

TEST_P(Hashes, FindNumbersAgain) {
  HashIndex index;
  std::vector<std::size_t> values;
  for (std::size_t value = 0; value < 2'000; ++value) {
    EXPECT_EQ(look_up(index, values, value * 7, GetParam()), value);
    EXPECT_EQ(look_up(index, values, value / 2 * 7, GetParam()), value / 2);
  }
  EXPECT_EQ(values.size(), 2'000U);
}

INSTANTIATE_TEST_SUITE_P(Many, Hashes, testing::Values(1, 50, std::size_t{1} << 40));

TEST(HashIndex, KeepsNumbersWhenItGrows) {
  HashIndex index;
  std::vector<std::size_t> values;
  look_up(index, values, 5, 10);
  index.reserve(1'000);
  EXPECT_EQ(look_up(index, values, 5, 10), 0U);
}

}  // namespace
}  // namespace ceems::store

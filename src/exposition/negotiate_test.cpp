#include "exposition/negotiate.h"

#include "base/file.h"
#include "base/text.h"

#include <gtest/gtest.h>

namespace ceems::exposition {
namespace {

TEST(NegotiateTest, PicksTheFormatThatTheClientPrefers) {
  const auto cases = base::read_file(CEEMS_TEST_DATA "/accept.txt");
  ASSERT_TRUE(cases);
  std::string_view rest = *cases;
  std::string_view line;
  int count = 0;
  while (base::next_line(rest, line)) {
    if (line.starts_with('#')) continue;
    const std::size_t bar = line.find('|');
    ASSERT_NE(bar, std::string_view::npos) << line;
    const bool protobuf = base::trim(line.substr(0, bar)) == "protobuf";
    EXPECT_EQ(negotiate_format(base::trim(line.substr(bar + 1))) == Format::kDelimitedProtobuf, protobuf)
        << line;
    ++count;
  }
  EXPECT_GT(count, 10);
}

}  // namespace
}  // namespace ceems::exposition

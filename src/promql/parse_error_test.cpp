#include "promql/parse_error.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

TEST(ParseError, MarksThePlace) {
  EXPECT_EQ(explain("sum(foo @)", {9, "unexpected ')'", false}),
            "1:10: parse error: unexpected ')'\n"
            "sum(foo @)\n"
            "         ^");
}

TEST(ParseError, ShowsTheLineThatItIsAbout) {
  EXPECT_EQ(explain("sum(\n\tfö{} }\n)", {12, "here", false}),
            "2:7: parse error: here\n"
            " fö{} }\n"
            "      ^");
}

TEST(ParseError, MarksTheEnd) {
  EXPECT_EQ(explain("foo +", {5, "end", false}), "1:6: parse error: end\nfoo +\n     ^");
  EXPECT_EQ(explain("", {0, "nothing", false}), "1:1: parse error: nothing\n\n^");
}

TEST(ParseError, CutsLongLines) {
  const std::string query = std::string(5000, 'a') + "}" + std::string(5000, 'b');
  EXPECT_EQ(explain(query, {5000, "x", false}), "1:5001: parse error: x\n…" + std::string(60, 'a') + "}" +
                                                    std::string(39, 'b') + "…\n" + std::string(61, ' ') +
                                                    "^");
}

TEST(ParseError, ShowsNothingThatATerminalWouldObey) {
  const std::string text = explain("a\x1b[31m\x7f\xc2\x9b\xff}", {10, "x", false});
  EXPECT_EQ(text, "1:10: parse error: x\na?[31m???}\n         ^");
}

}  // namespace
}  // namespace ceems::promql

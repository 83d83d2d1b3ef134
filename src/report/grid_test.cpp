#include "report/grid.h"

#include "report/characters.h"

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

std::vector<std::string> lines(const char* text, std::size_t width) {
  std::vector<std::string> result;
  for (const std::u32string& line : wrap(decode_utf8(text), width))
    result.push_back(encode_utf8(line));
  return result;
}

using Lines = std::vector<std::string>;

TEST(Wrap, LeavesWhatFits) {
  EXPECT_EQ(lines("two  words", 10), Lines{"two  words"});
  EXPECT_EQ(lines("", 5), Lines{""});
  EXPECT_EQ(lines("as long as it likes", 0), Lines{"as long as it likes"});
}

TEST(Wrap, CutsAtTheWidthWithinWords) {
  EXPECT_EQ(lines("CPU Usage(%)", 6), (Lines{"CPU Us", "age(%)"}));
  EXPECT_EQ(lines("GPU Mem. Usage(%)", 6), (Lines{"GPU Me", "m. Usa", "ge(%)"}));
}

TEST(Wrap, NeverStartsALineWithABlank) {
  EXPECT_EQ(lines("abcdef gh", 6), (Lines{"abcdef", "gh"}));
}

TEST(Wrap, JoinsWordsBySingleBlanks) {
  EXPECT_EQ(lines("  a   b\tcdefgh", 5), (Lines{"a b c", "defgh"}));
}

TEST(Wrap, CountsCharactersNotBytes) {
  EXPECT_EQ(lines("ééééé", 5), Lines{"ééééé"});
  EXPECT_EQ(lines("éééééé", 4), (Lines{"éééé", "éé"}));
}

Grid two_columns(const char* merged, std::vector<GridColumn> columns) {
  Grid grid;
  grid.columns = std::move(columns);
  grid.blocks = {{{{merged, merged}, true}, {{"a", "bb"}, false}}};
  return grid;
}

TEST(Grid, WidensColumnsForAMergedCellInEqualParts) {
  EXPECT_EQ(render_grid(two_columns("0123456789", {{1, 0}, {1, 0}})),
            "┌──────────────┐\n"
            "│  0123456789  │\n"
            "│ a    │ bb    │\n"
            "└──────┴───────┘\n");
}

TEST(Grid, KeepsAColumnThatHasItsShareAlready) {
  EXPECT_EQ(render_grid(two_columns("0123456789", {{6, 0}, {1, 0}})),
            "┌──────────────┐\n"
            "│  0123456789  │\n"
            "│ a      │ bb  │\n"
            "└────────┴─────┘\n");
}

TEST(Grid, OfNothingIsNothing) {
  EXPECT_EQ(render_grid({}), "");
  Grid grid;
  grid.columns = {{1, 1}};
  grid.blocks = {{}, {}};
  EXPECT_EQ(render_grid(grid), "");
}

TEST(Characters, ReplaceWhatIsNoText) {
  EXPECT_EQ(printable("a\x1b[31mb\tc\nd\x7f"), "a\xEF\xBF\xBD[31mb c d\xEF\xBF\xBD");
  EXPECT_EQ(printable("\xff\xc3"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "abc"),
            "\xEF\xBF\xBD"
            "abc");  // right-to-left override
  EXPECT_EQ(printable("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Characters, KeepLineEndsWhereTheyHaveAForm) {
  EXPECT_EQ(printable_lines("a\r\n\tb\x1b"), "a\r\n\tb\xEF\xBF\xBD");
}

TEST(Characters, RaiseLettersOfSeveralScripts) {
  EXPECT_EQ(upper_case("owid_total ÿéß×÷"), "OWID_TOTAL ŸÉß×÷");
  EXPECT_EQ(upper_case("žąœ"), "ŽĄŒ");
  EXPECT_EQ(upper_case("αβγς"), "ΑΒΓΣ");
  EXPECT_EQ(upper_case("жё"), "ЖЁ");
}

}  // namespace
}  // namespace ceems::report

#include "promql/matcher.h"

#include "promql/regex.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

Matcher regex(const std::string& pattern) {
  auto made = Matcher::make(MatchType::kRegex, "a", pattern);
  EXPECT_TRUE(made) << pattern << ": " << (made ? "" : made.error().message);
  return made ? *made : Matcher::equal("a", "not a pattern");
}

std::vector<std::string> literals(const Matcher& matcher) {
  return {matcher.literals().begin(), matcher.literals().end()};
}

TEST(Matcher, ComparesByItsOperator) {
  EXPECT_TRUE(Matcher::equal("a", "x").matches("x"));
  EXPECT_FALSE(Matcher::equal("a", "x").matches("xy"));
  const Matcher other = Matcher::make(MatchType::kNotEqual, "a", "x").value();
  EXPECT_FALSE(other.matches("x"));
  EXPECT_TRUE(other.matches(""));
  const Matcher negated = Matcher::make(MatchType::kNotRegex, "a", "x.*").value();
  EXPECT_FALSE(negated.matches("xyz"));
  EXPECT_TRUE(negated.matches("yx"));
}

TEST(Matcher, MatchesPatternsAgainstTheWholeValue) {
  EXPECT_TRUE(regex("b.").matches("bc"));
  EXPECT_FALSE(regex("b.").matches("abc"));
  EXPECT_FALSE(regex("b.").matches("bcd"));
  EXPECT_TRUE(regex("a|bc").matches("bc"));
  EXPECT_FALSE(regex("a|b").matches("ab"));
  EXPECT_FALSE(regex("a.*|b").matches("bb"));
  EXPECT_TRUE(regex("(?i)ab").matches("AB"));
}

TEST(Matcher, LetsADotMatchLineEnds) {
  EXPECT_TRUE(regex("a.b").matches("a\nb"));
  EXPECT_TRUE(regex(".*").matches("\n"));
}

TEST(Matcher, KnowsWhetherTheEmptyStringPasses) {
  EXPECT_TRUE(Matcher::equal("a", "").matches_empty());
  EXPECT_FALSE(Matcher::equal("a", "b").matches_empty());
  EXPECT_TRUE(Matcher::make(MatchType::kNotEqual, "a", "b")->matches_empty());
  for (const std::string pattern : {"", ".*", "a?", "a|", "|a", "(a|)", "()", "^$", "x*"}) {
    EXPECT_TRUE(regex(pattern).matches_empty()) << pattern;
  }
  for (const std::string pattern : {".+", "a", "a|b", "[^a]", "\\|"}) {
    EXPECT_FALSE(regex(pattern).matches_empty()) << pattern;
  }
}

TEST(Matcher, NamesTheValuesThatPassWhereTheyAreFew) {
  EXPECT_EQ(literals(Matcher::equal("a", "b|c")), std::vector<std::string>{"b|c"});
  EXPECT_EQ(literals(regex("c|a|b|a")), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(literals(regex("a\\.b|c-d_e/f g:h")), (std::vector<std::string>{"a.b", "c-d_e/f g:h"}));
  EXPECT_EQ(literals(regex("a|")), (std::vector<std::string>{"", "a"}));
  for (const std::string pattern :
       {"a.b", "(a|b)", "a+", "[a]", "\\d", "a\\x41", "^a$", "\\Qa|b\\E", "\\bab", "(?i)a"}) {
    EXPECT_TRUE(literals(regex(pattern)).empty()) << pattern;
  }
  EXPECT_TRUE(Matcher::make(MatchType::kNotRegex, "a", "b|c")->literals().empty());
  EXPECT_TRUE(Matcher::make(MatchType::kNotEqual, "a", "b")->literals().empty());
}

TEST(Matcher, EscapesTheValuesThatItIsMadeOf) {
  const std::vector<std::string> values = {"1.5", "a|b", "x\\y", "", "ä", "(z)"};
  const Matcher made = Matcher::any_of("uuid", values).value();
  EXPECT_EQ(made.value(), R"(1\.5|a\|b|x\\y||ä|\(z\))");
  for (const std::string& value : values) {
    EXPECT_TRUE(made.matches(value)) << value;
  }
  for (const std::string_view value : {"145", "a", "b", "x", "z", "1.5|a"}) {
    EXPECT_FALSE(made.matches(value)) << value;
  }
  EXPECT_FALSE(Matcher::any_of("uuid", {}));
}

TEST(Matcher, ReadsPatternsAsGoDoes) {
  EXPECT_TRUE(regex("(?<x>a)\\_").matches("a_"));
  EXPECT_TRUE(regex("[(?<a>]+").matches("(?<a>"));
  EXPECT_TRUE(regex("[](?<a>]+").matches("](?<"));
  EXPECT_TRUE(regex("[^](?<a>]+").matches("bcd"));
  EXPECT_TRUE(regex("\\Q(?<a>\\E+").matches("(?<a>>"));
  EXPECT_TRUE(regex("\\((?<y>b)").matches("(b"));
  for (const std::string pattern : {"\\C", "(", "a)|(b", "(?<x", "(?=a)", "\\1", "a{1001}", "[z-a]"}) {
    EXPECT_FALSE(Matcher::make(MatchType::kRegex, "a", pattern)) << pattern;
  }
}

TEST(Matcher, RefusesPatternsThatTakeTooMuchMemory) {
  std::string pattern;
  for (int i = 0; i < 200; ++i)
    pattern += ".{500}";
  const auto made = Matcher::make(MatchType::kRegex, "a", pattern);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, base::ErrorCode::kTooLarge);
}

TEST(Matcher, AnswersInLinearTime) {
  EXPECT_FALSE(regex("(a*)*(a*)*(a*)*b").matches(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace ceems::promql

#include "promql/regex_memory.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

constexpr std::size_t kPlenty = std::size_t{4} << 20;

std::shared_ptr<const Regex> compiled(const std::string& pattern) {
  const auto regex = compile_or_recall(pattern, kPlenty);
  return regex ? *regex : nullptr;
}

TEST(RegexMemory, RecallsAPatternThatItHasCompiled) {
  const auto first = compiled("a.*b");
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->matches("axxb"));
  EXPECT_EQ(compiled("a.*b"), first);
  EXPECT_NE(compiled("a.*c"), first);
}

TEST(RegexMemory, ForgetsWhatWasNotAskedForAmongMany) {
  const auto rare = compiled("rare.*");
  const auto often = compiled("often.*");
  for (int i = 0; i < 300; ++i) {
    compiled("p" + std::to_string(i) + ".*");
    EXPECT_EQ(compiled("often.*"), often);
  }
  EXPECT_NE(compiled("rare.*"), rare);
}

TEST(RegexMemory, KeepsNeitherLiteralsNorLongPatterns) {
  EXPECT_NE(compiled("a|b"), compiled("a|b"));
  const std::string long_pattern = std::string(300, 'a') + ".*";
  EXPECT_NE(compiled(long_pattern), compiled(long_pattern));
}

TEST(RegexMemory, CompilesWhatIsTooLargeToKeepAndSaysWhatIsNoPattern) {
  const auto large = compiled("(a.c.e.){900}");
  ASSERT_TRUE(large);
  EXPECT_NE(compiled("(a.c.e.){900}"), large);
  EXPECT_EQ(compile_or_recall("(", kPlenty).error().code, base::ErrorCode::kInvalid);
  EXPECT_EQ(compile_or_recall("((a{100}){100}){100}", kPlenty).error().code,
            Regex::compile("((a{100}){100}){100}", kPlenty).error().code);
}

}  // namespace
}  // namespace ceems::promql

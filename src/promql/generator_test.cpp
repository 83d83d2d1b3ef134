// Whatever the query: what is printed reads as the same tree.
#include "promql/parser.h"
#include "promql/printer.h"
#include "promql/query_generator.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

void expect_fixed_point(const Expression& expression, const std::string& query) {
  const std::string text = print(expression);
  const auto again = parse(text);
  ASSERT_TRUE(again) << query << "\n" << text << "\n" << again.error().message;
  EXPECT_TRUE(equal(expression, **again)) << query << "\n" << text;
  EXPECT_EQ(print(**again), text) << query;
}

TEST(RandomQueries, AreReadAndReadTheSameWhenPrinted) {
  for (const Grammar grammar : {Grammar::kOld, Grammar::kNew}) {
    QueryGenerator generator(1, grammar);
    for (int i = 0; i < 5000; ++i) {
      const std::string query = generator.query();
      const auto parsed = parse(query);
      ASSERT_TRUE(parsed) << query << "\n" << parsed.error().message;
      expect_fixed_point(**parsed, query);
    }
  }
}

TEST(RandomQueries, AreRefusedOrReadTheSameWhenBroken) {
  QueryGenerator generator(2);
  int valid = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string query = generator.broken_query();
    const auto parsed = parse(query);
    if (!parsed) continue;
    ++valid;
    expect_fixed_point(**parsed, query);
  }
  EXPECT_GT(valid, 100);
}

TEST(RandomQueries, AreTheSameForTheSameSeed) {
  QueryGenerator a(7);
  QueryGenerator b(7);
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(a.query(), b.query());
}

}  // namespace
}  // namespace ceems::promql

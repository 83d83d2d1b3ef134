// Trees that no text was read for: the printer keeps what they mean.
#include "promql/printer.h"

#include "promql/parser.h"
#include "promql/visit.h"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

ExpressionPtr tree(Expression::Node node) {
  return std::make_unique<Expression>(Expression{std::move(node), 0, 1});
}
ExpressionPtr metric(std::string name) {
  VectorSelector selector;
  selector.name = std::move(name);
  return tree(std::move(selector));
}
ExpressionPtr number(double value) {
  return tree(NumberLiteral{value});
}
ExpressionPtr binary(ExpressionPtr left, BinaryOperator op, ExpressionPtr right) {
  return tree(Binary{op, false, {}, std::move(left), std::move(right)});
}
ExpressionPtr negated(ExpressionPtr operand) {
  return tree(Unary{true, std::move(operand)});
}

TEST(Printer, PutsParenthesesWhereTheTreeNeedsThem) {
  using enum BinaryOperator;
  const auto sum = [] { return binary(metric("a"), kAdd, metric("b")); };
  const auto power = [] { return binary(metric("a"), kPower, metric("b")); };
  EXPECT_EQ(print(*binary(sum(), kMultiply, metric("c"))), "(a + b) * c");
  EXPECT_EQ(print(*binary(metric("c"), kMultiply, sum())), "c * (a + b)");
  EXPECT_EQ(print(*binary(metric("c"), kSubtract, sum())), "c - (a + b)");
  EXPECT_EQ(print(*binary(sum(), kSubtract, metric("c"))), "a + b - c");
  EXPECT_EQ(print(*binary(power(), kPower, metric("c"))), "(a ^ b) ^ c");
  EXPECT_EQ(print(*binary(metric("c"), kPower, power())), "c ^ a ^ b");
  EXPECT_EQ(print(*binary(negated(metric("a")), kPower, metric("b"))), "(-a) ^ b");
  EXPECT_EQ(print(*binary(number(-1), kPower, metric("b"))), "(-1) ^ b");
  EXPECT_EQ(print(*binary(metric("a"), kPower, negated(metric("b")))), "a ^ -b");
  EXPECT_EQ(print(*negated(sum())), "-(a + b)");
  EXPECT_EQ(print(*negated(binary(metric("a"), kMultiply, metric("b")))), "-(a * b)");
  EXPECT_EQ(print(*negated(power())), "-a ^ b");
  EXPECT_EQ(print(*negated(number(5))), "-(5)");
  EXPECT_EQ(print(*negated(negated(metric("a")))), "--a");
  Subquery subquery;
  subquery.expression = sum();
  subquery.range = DurationExpression::literal(60, true);
  EXPECT_EQ(print(*tree(std::move(subquery))), "(a + b)[1m:]");
}

TEST(Printer, WritesNamesThatAreNoWordsAsMatchers) {
  EXPECT_EQ(print(*metric("my.metric")), "{__name__=\"my.metric\"}");
  EXPECT_EQ(print(*metric("inf")), "{__name__=\"inf\"}");
  EXPECT_EQ(print(*metric("on")), "{__name__=\"on\"}");
  EXPECT_EQ(print(*metric("sum")), "sum");
}

TEST(Printer, AddsMatchersBehindThoseThatAreThere) {
  const auto add = [](const std::string& query) {
    auto parsed = parse(query).value();
    EXPECT_TRUE(visit_selectors(*parsed, [](const SelectorUse& use) -> base::Status {
      append_matcher(*use.selector, Matcher::any_of("uuid", std::vector<std::string>{"1", "2.x"}).value());
      return {};
    }));
    return print(*parsed);
  };
  EXPECT_EQ(add("foo"), R"(foo{uuid=~"1|2\\.x"})");
  EXPECT_EQ(add("rate({a!=\"\"}[5m] offset 1m) / bar{uuid=\"7\"}"),
            R"(rate({a!="",uuid=~"1|2\\.x"}[5m] offset 1m) / bar{uuid="7",uuid=~"1|2\\.x"})");
}

}  // namespace
}  // namespace ceems::promql

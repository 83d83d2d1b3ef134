// The recursive descent behind parser.h: one function a rule of the grammar. Not thread-safe; good for one
// query.
#pragma once

#include "promql/ast.h"
#include "promql/lexer.h"
#include "promql/parse_error.h"
#include "promql/parser.h"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::promql {

template <class T>
using Parsed = std::expected<T, ParseError>;

class Descent {
 public:
  Descent(std::string_view query, const Limits& limits);

  Parsed<ExpressionPtr> whole_expression();
  Parsed<VectorSelector> whole_selector();

 private:
  // Counts a level for as long as it lives.
  class Nesting {
   public:
    explicit Nesting(Descent& descent) : descent_(descent) { ++descent_.nesting_; }
    ~Nesting() { --descent_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    bool too_deep() const { return descent_.nesting_ > descent_.limits_.nesting; }

   private:
    Descent& descent_;
  };

  // Tokens.
  bool at(TokenKind kind) const { return current_.kind == kind; }
  bool at(Keyword keyword) const { return at(TokenKind::kWord) && current_.keyword == keyword; }
  std::string_view text() const { return lexer_.text_of(current_); }
  void advance() { current_ = lexer_.next(); }
  Parsed<void> expect(TokenKind kind, std::string_view wanted);
  std::string describe_current() const;

  // Errors. `wanted` completes "…, expected"; "" says nothing.
  std::unexpected<ParseError> unexpected(std::string_view wanted) const;
  static std::unexpected<ParseError> refuse(std::size_t offset, std::string message);
  std::unexpected<ParseError> too_deep() const;
  static std::unexpected<ParseError> too_large(std::size_t offset, std::string message);

  // Expressions.
  Parsed<ExpressionPtr> make(std::size_t offset, Expression::Node node) const;
  Parsed<ExpressionPtr> binary(int lowest);
  Parsed<ExpressionPtr> operand();
  Parsed<ExpressionPtr> modified();
  Parsed<ExpressionPtr> primary();
  Parsed<ExpressionPtr> word();
  Parsed<ExpressionPtr> number();
  Parsed<ExpressionPtr> parentheses();
  Parsed<ExpressionPtr> string();
  Parsed<ExpressionPtr> call(const Token& name);
  Parsed<ExpressionPtr> aggregation(const Token& name, AggregationOperator op);
  Parsed<std::vector<ExpressionPtr>> arguments();
  Parsed<void> aggregation_modifier(Aggregation& aggregation);
  Parsed<VectorMatching> matching();
  Parsed<void> fill(VectorMatching& matching);
  Parsed<double> fill_value();
  Parsed<std::vector<std::string>> grouping_labels();
  Parsed<std::string> grouping_label();

  // Selectors and their modifiers.
  Parsed<ExpressionPtr> selector(std::string_view name, std::size_t offset);
  Parsed<std::vector<Matcher>> braces();
  Parsed<Matcher> matcher();
  Parsed<std::string> string_value();
  Parsed<ExpressionPtr> range_or_subquery(ExpressionPtr expression);
  Parsed<void> at_modifier(Expression& expression);
  Parsed<At> at_value();
  Parsed<void> offset_modifier(Expression& expression);
  Parsed<void> extension_modifier(Expression& expression);

  // Durations.
  Parsed<DurationExpression> positive_duration();
  Parsed<DurationExpression> offset_duration();
  Parsed<DurationExpression> duration(int lowest);
  Parsed<DurationExpression> duration_operand();
  Parsed<DurationExpression> duration_primary();
  Parsed<DurationExpression> duration_call();
  Parsed<DurationExpression> duration_literal();
  bool take_sign();  // takes all signs there are; whether they negate

  Parsed<double> number_value();  // of a number or duration token, which is taken

  std::string_view query_;
  const Limits& limits_;
  Lexer lexer_;
  Token current_;
  std::size_t nesting_ = 0;
  std::size_t selectors_ = 0;
  std::size_t pattern_size_ = 0;
  std::size_t duration_parts_ = 0;  // operators and calls in the current duration
};

// Null if it is none: a selector, or a range of one.
VectorSelector* selector_of(Expression& expression);

}  // namespace ceems::promql

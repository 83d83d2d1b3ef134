// The syntax tree of a PromQL expression. Plain data: whoever has the tree owns all of it. Distinct trees may
// be used from distinct threads.
#pragma once

#include "promql/duration.h"
#include "promql/functions.h"
#include "promql/matcher.h"
#include "promql/operators.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ceems::promql {

struct Expression;
using ExpressionPtr =
    std::unique_ptr<Expression>;  // never null in a tree, but for parameters that are not there

struct NumberLiteral {
  double value = 0;  // also of a duration that stands for its seconds
};

struct StringLiteral {
  std::string value;  // any bytes
};

// @ 1609746000, @ start(), @ end()
struct At {
  enum class Kind : std::uint8_t { kTime, kStart, kEnd };
  Kind kind = Kind::kTime;
  std::chrono::milliseconds time{};  // of a kTime, since 1970
  friend bool operator==(const At&, const At&) = default;
};

enum class Extension : std::uint8_t { kNone, kAnchored, kSmoothed };

// name{matchers} with its modifiers. A name inside of the braces is a matcher of __name__, `name` is the one
// before them: "" if there is none.
struct VectorSelector {
  std::string name;
  std::vector<Matcher> matchers;
  std::optional<At> at;
  std::optional<DurationExpression> offset;  // never a literal 0
  Extension extension = Extension::kNone;
  friend bool operator==(const VectorSelector&, const VectorSelector&) = default;
};

// selector[range]; modifiers are the selector's.
struct RangeSelector {
  VectorSelector selector;
  DurationExpression range;
};

// expression[range:step]
struct Subquery {
  ExpressionPtr expression;
  DurationExpression range;
  std::optional<DurationExpression> step;
  std::optional<At> at;
  std::optional<DurationExpression> offset;  // never a literal 0
};

struct Call {
  const Function* function = nullptr;  // never null in a tree
  std::vector<ExpressionPtr> arguments;
};

enum class Grouping : std::uint8_t { kNone, kBy, kWithout };

struct Aggregation {
  AggregationOperator op = AggregationOperator::kSum;
  Grouping grouping = Grouping::kNone;  // `by ()` is kNone
  std::vector<std::string> labels;
  ExpressionPtr parameter;  // null if the operator takes none
  ExpressionPtr expression;
};

struct Unary {
  bool negate = false;  // else a plus sign
  ExpressionPtr operand;
};

struct Parentheses {
  ExpressionPtr expression;
};

// How series of both sides find each other. The default is by all labels; `ignoring ()` is that too.
struct VectorMatching {
  enum class Group : std::uint8_t { kNone, kLeft, kRight };
  bool on = false;  // else ignoring
  std::vector<std::string> labels;
  Group group = Group::kNone;
  std::vector<std::string> include;  // labels in group_left (…)
  std::optional<double> fill_left;
  std::optional<double> fill_right;
  bool fills() const { return fill_left || fill_right; }
};
bool operator==(const VectorMatching& a, const VectorMatching& b);

struct Binary {
  BinaryOperator op = BinaryOperator::kAdd;
  bool return_bool = false;
  VectorMatching matching;  // the default unless both sides are vectors
  ExpressionPtr left;
  ExpressionPtr right;
};

struct Expression {
  using Node = std::variant<NumberLiteral, StringLiteral, VectorSelector, RangeSelector, Subquery, Call,
                            Aggregation, Unary, Parentheses, Binary>;

  Node node;
  std::size_t offset = 0;  // bytes into the query: where it starts, for a binary its operator
  std::size_t height = 1;  // levels of expressions, this one included

  template <class T>
  T* as() {
    return std::get_if<T>(&node);
  }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

// The same trees, wherever they stood. Numbers are compared by their bits; all NaNs are equal.
bool equal(const Expression& a, const Expression& b);

// Calls visit(child) for each expression directly below, left to right; a parameter before what is
// aggregated.
template <class Tree, class Visit>
void for_each_child(Tree& expression, const Visit& visit);

}  // namespace ceems::promql

#include "promql/ast_children.h"  // IWYU pragma: export

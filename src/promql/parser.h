// Reads PromQL: the grammar of Prometheus 2.40 to 3.15 with all that is experimental in it, and nothing else.
// What Prometheus refuses, for its syntax or for the types of its parts, is refused; so is whatever goes
// beyond the limits. Thread-safe. https://prometheus.io/docs/prometheus/latest/querying/basics/
#pragma once

#include "base/result.h"
#include "promql/ast.h"
#include "promql/parse_error.h"

#include <cstddef>
#include <expected>
#include <string_view>

namespace ceems::promql {

struct Limits {
  std::size_t text_bytes = std::size_t{1} << 20;
  // Expressions inside of each other: parentheses, arguments, signs, operands of ^.
  std::size_t nesting = 200;
  // Levels of the tree: a chain of operators such as a + b + c has one for each. Also operators and calls in
  // one duration.
  std::size_t height = 1000;
  std::size_t selectors = 1000;
  // What the patterns of the whole query may take, in instructions of RE2; literals and alternations of
  // literals take none.
  std::size_t pattern_size = 200'000;
};

// A whole query.
std::expected<ExpressionPtr, ParseError> parse_with_position(std::string_view query,
                                                             const Limits& limits = {});

// The same with the position in the text of the error: "1:5: parse error: …".
base::Result<ExpressionPtr> parse(std::string_view query, const Limits& limits = {});

// A selector without modifiers, as `match[]` has it.
base::Result<VectorSelector> parse_selector(std::string_view text, const Limits& limits = {});

// The same for servers that take any matchers, also none at all and those that the empty string passes: {},
// {job!="a"}.
base::Result<VectorSelector> parse_any_selector(std::string_view text, const Limits& limits = {});

}  // namespace ceems::promql

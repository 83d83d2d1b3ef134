// Whether the parts of an expression fit each other, as Prometheus checks it before a query runs.
// Thread-safe.
#pragma once

#include "promql/ast.h"
#include "promql/parse_error.h"

#include <expected>

namespace ceems::promql {

// The type of the expression, or the first part that does not fit. Takes matching off binary operations that
// have a scalar on one side, where it says nothing.
std::expected<ValueType, ParseError> check_types(Expression& expression);

// What check_types() asks of a selector that stands alone.
std::expected<void, ParseError> check_selector(const VectorSelector& selector, std::size_t offset);

// The part of it that concerns the name: given once, and not inside and before the braces.
std::expected<void, ParseError> check_name(const VectorSelector& selector, std::size_t offset);

}  // namespace ceems::promql

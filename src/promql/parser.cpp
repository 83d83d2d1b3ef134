#include "promql/parser.h"

#include "promql/descent.h"
#include "promql/type_check.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

std::expected<void, ParseError> check_size(std::string_view text, const Limits& limits) {
  if (text.size() <= limits.text_bytes) return {};
  return std::unexpected(
      ParseError{limits.text_bytes, fmt::format("longer than {} bytes", limits.text_bytes), true});
}

template <class Check>
base::Result<VectorSelector> parse_checked_selector(std::string_view text, const Limits& limits,
                                                    Check check) {
  if (const auto size = check_size(text, limits); !size) return std::unexpected(to_error(text, size.error()));
  auto selector = Descent(text, limits).whole_selector();
  if (!selector) return std::unexpected(to_error(text, selector.error()));
  if (const auto checked = check(*selector, 0); !checked)
    return std::unexpected(to_error(text, checked.error()));
  return *std::move(selector);
}

}  // namespace

std::expected<ExpressionPtr, ParseError> parse_with_position(std::string_view query, const Limits& limits) {
  CEEMS_TRY_VOID(check_size(query, limits));
  CEEMS_TRY(ExpressionPtr expression, Descent(query, limits).whole_expression());
  CEEMS_TRY_VOID(check_types(*expression));
  return expression;
}

base::Result<ExpressionPtr> parse(std::string_view query, const Limits& limits) {
  auto parsed = parse_with_position(query, limits);
  if (!parsed) return std::unexpected(to_error(query, parsed.error()));
  return *std::move(parsed);
}

base::Result<VectorSelector> parse_selector(std::string_view text, const Limits& limits) {
  return parse_checked_selector(text, limits, check_selector);
}

base::Result<VectorSelector> parse_any_selector(std::string_view text, const Limits& limits) {
  return parse_checked_selector(text, limits, check_name);
}

}  // namespace ceems::promql

// Any bytes as a query: refused, or printed as text that reads as the same tree. Whatever is read, its
// selectors are found, their windows computed, and a matcher more stays a matcher more.
#include "promql/data_window.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "promql/visit.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace ceems::promql;

void require(bool condition) {
  if (!condition) std::abort();
}

ExpressionPtr read_again(const Expression& expression) {
  const std::string text = print(expression);
  auto again = parse(text);
  require(again.has_value() && equal(expression, **again) && print(**again) == text);
  return *std::move(again);
}

std::size_t restrict_selectors(Expression& expression) {
  const QueryTimes times{std::chrono::hours(24), std::chrono::hours(48), std::chrono::minutes(1)};
  std::size_t found = 0;
  require(visit_selectors(expression, [&](const SelectorUse& use) -> ceems::base::Status {
            if (const auto window = data_window(use, times, std::chrono::minutes(5)))
              require(window->from <= window->to);
            if (use.selector == nullptr) return {};
            ++found;
            append_matcher(*use.selector, Matcher::equal("uuid", "\xff\"x"));
            return {};
          }).has_value());
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto selector = parse_selector(text))
    require(parse_selector(print(*selector)).value() == *selector);
  if (const auto selector = parse_any_selector(text))
    require(parse_any_selector(print(*selector)).value() == *selector);
  const auto parsed = parse_with_position(text);
  if (!parsed) {
    (void)explain(text, parsed.error());
    return 0;
  }
  const ExpressionPtr again = read_again(**parsed);
  require(restrict_selectors(*again) == restrict_selectors(**parsed));
  require(equal(*again, **parsed));
  (void)read_again(*again);
  return 0;
}

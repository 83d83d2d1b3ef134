#include "manager/hostlist.h"

#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace ceems::manager {

namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

constexpr std::size_t kMaxDigits = 18;  // fits 64 bits

struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t width = 0;
};

std::optional<std::uint64_t> parse_bound(std::string_view text) {
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  return base::parse_u64(text);
}

std::optional<Range> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::string_view low = text.substr(0, dash);
  const auto first = parse_bound(low);
  const auto last = dash == std::string_view::npos ? first : parse_bound(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last, low.size()};
}

std::string padded(std::uint64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

// The text up to the next comma outside brackets.
Result<std::string_view> take_expression(std::string_view& rest, std::string_view list) {
  bool inside = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (c == '[' && std::exchange(inside, true))
      return fail(ErrorCode::kInvalid, list, "bracket inside a bracket");
    if (c == ']' && !std::exchange(inside, false))
      return fail(ErrorCode::kInvalid, list, "bracket closed but not opened");
    if (c == ',' && !inside) break;
  }
  if (inside) return fail(ErrorCode::kInvalid, list, "bracket opened but not closed");
  const std::string_view expression = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return expression;
}

// Every name so far, followed by every number of the bracket.
Result<std::vector<std::string>> multiply(const std::vector<std::string>& names, std::string_view bracket,
                                          std::size_t room, std::string_view list) {
  std::vector<Range> ranges;
  std::uint64_t numbers = 0;
  for (const std::string_view piece : base::split(bracket, ',')) {
    const auto range = parse_range(piece);
    if (!range) return fail(ErrorCode::kInvalid, list, "'{}' is no number or range", piece);
    ranges.push_back(*range);
    const std::uint64_t span = range->last - range->first;
    if (span >= room || numbers + span >= room)
      return fail(ErrorCode::kTooLarge, list, "more names than {}", room);
    numbers += span + 1;
  }
  if (numbers * names.size() > room) return fail(ErrorCode::kTooLarge, list, "more names than {}", room);
  std::vector<std::string> result;
  result.reserve(numbers * names.size());
  for (const std::string& name : names) {
    for (const Range& range : ranges) {
      for (std::uint64_t number = range.first; number <= range.last; ++number)
        result.push_back(name + padded(number, range.width));
    }
  }
  return result;
}

}  // namespace

Result<std::vector<std::string>> expand_hostlist(std::string_view list, std::size_t limit) {
  std::vector<std::string> hosts;
  std::string_view rest = list;
  while (!rest.empty()) {
    CEEMS_TRY(std::string_view expression, take_expression(rest, list));
    if (expression.empty()) continue;
    std::vector<std::string> names{""};
    while (!expression.empty()) {
      const std::size_t open = std::min(expression.find('['), expression.size());
      for (std::string& name : names)
        name += expression.substr(0, open);
      if (open == expression.size()) break;
      const std::size_t close = expression.find(']', open);
      CEEMS_TRY(names,
                multiply(names, expression.substr(open + 1, close - open - 1), limit - hosts.size(), list));
      expression.remove_prefix(close + 1);
    }
    if (names.size() > limit - hosts.size())
      return fail(ErrorCode::kTooLarge, list, "more names than {}", limit);
    std::ranges::move(names, std::back_inserter(hosts));
  }
  return hosts;
}

}  // namespace ceems::manager

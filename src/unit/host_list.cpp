#include "unit/host_list.h"

#include "base/text.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace ceems::unit {

namespace {

// Of what a real list has, many times over.
constexpr int kMostGroups = 8;
constexpr std::size_t kLongestNumber = 18;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Whether that item of a group, "07", "1-16" or "a", is what `text` says.
bool item_matches(std::string_view item, std::string_view text) {
  const std::size_t dash = item.find('-');
  if (dash == std::string_view::npos) return item == text && !item.empty();
  const std::string_view low = item.substr(0, dash);
  const std::string_view high = item.substr(dash + 1);
  if (!is_digits(low) || !is_digits(high) || !is_digits(text) || text.size() > kLongestNumber) return false;
  const auto from = base::parse_u64(low);
  const auto to = base::parse_u64(high);
  const auto value = base::parse_u64(text);
  if (!from || !to || !value || *value < *from || *value > *to) return false;
  // Zeros stand before it only as far as the range's start is wide.
  return text.size() == low.size() || (text.size() > low.size() && text.front() != '0');
}

// Ends of the beginnings of a host name that some beginning of a pattern can stand for.
using Ends = std::vector<bool>;

Ends after_text(const Ends& ends, std::string_view text, std::string_view host) {
  Ends after(ends.size(), false);
  for (std::size_t at = 0; at < ends.size(); ++at)
    if (ends[at] && host.substr(at).starts_with(text)) after[at + text.size()] = true;
  return after;
}

Ends after_group(const Ends& ends, std::string_view group, std::string_view host) {
  Ends after(ends.size(), false);
  const std::vector<std::string_view> items = base::split(group, ',');
  for (std::size_t at = 0; at < ends.size(); ++at) {
    if (!ends[at]) continue;
    for (std::size_t length = 1; length <= std::min(host.size() - at, kLongestNumber); ++length) {
      const std::string_view text = host.substr(at, length);
      if (std::ranges::any_of(items,
                              [&](std::string_view item) { return item_matches(base::trim(item), text); }))
        after[at + length] = true;
    }
  }
  return after;
}

bool matches(std::string_view pattern, std::string_view host) {
  Ends ends(host.size() + 1, false);
  ends[0] = true;
  for (int groups = 0;; ++groups) {
    const std::size_t open = pattern.find('[');
    ends = after_text(ends, pattern.substr(0, open), host);
    if (open == std::string_view::npos) return ends.back();
    const std::size_t close = pattern.find(']', open);
    if (close == std::string_view::npos || groups == kMostGroups) return false;
    ends = after_group(ends, pattern.substr(open + 1, close - open - 1), host);
    pattern.remove_prefix(close + 1);
  }
}

}  // namespace

std::vector<std::string_view> split_outside_brackets(std::string_view list) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i == list.size() || (list[i] == ',' && depth == 0)) {
      pieces.push_back(list.substr(begin, i - begin));
      begin = i + 1;
    } else if (list[i] == '[') {
      ++depth;
    } else if (list[i] == ']' && depth > 0) {
      --depth;
    }
  }
  return pieces;
}

bool host_list_contains(std::string_view list, std::string_view host) {
  if (host.empty()) return false;
  return std::ranges::any_of(split_outside_brackets(list),
                             [&](std::string_view pattern) { return matches(base::trim(pattern), host); });
}

std::optional<std::vector<std::uint32_t>> numbers_of_ranges(std::string_view ranges, std::size_t most) {
  std::vector<std::uint32_t> numbers;
  for (std::string_view range : base::split(ranges, ',')) {
    range = base::trim(range);
    const std::size_t dash = range.find('-');
    const auto from = base::parse_u64(range.substr(0, dash));
    const auto to = dash == std::string_view::npos ? from : base::parse_u64(range.substr(dash + 1));
    if (!from || !to || *to < *from || *to > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    if (*to - *from >= most - std::min(most, numbers.size())) return std::nullopt;
    for (std::uint64_t i = *from; i <= *to; ++i)
      numbers.push_back(static_cast<std::uint32_t>(i));
  }
  return numbers;
}

}  // namespace ceems::unit

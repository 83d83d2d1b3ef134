#include "access/intervals.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace ceems::access {

std::vector<store::TimeRange> complement(std::vector<store::TimeRange> ranges) {
  constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  std::erase_if(ranges, [](const store::TimeRange& range) { return range.to_ms < range.from_ms; });
  std::ranges::sort(ranges, {}, &store::TimeRange::from_ms);
  std::vector<store::TimeRange> gaps;
  std::int64_t next = kFirst;  // the first time that is not decided yet
  for (const store::TimeRange& range : ranges) {
    if (range.from_ms > next) gaps.push_back({next, range.from_ms - 1});
    if (range.to_ms == kLast) return gaps;
    next = std::max(next, range.to_ms + 1);
  }
  gaps.push_back({next, kLast});
  return gaps;
}

}  // namespace ceems::access

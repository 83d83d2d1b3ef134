#include "store/calendar.h"

#include <chrono>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kDateSize = 10;  // YYYY-MM-DD

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> day_of(std::string_view local_time) {
  using namespace std::chrono;
  if (local_time.size() < kDateSize || local_time[4] != '-' || local_time[7] != '-') return std::nullopt;
  const auto y = digits(local_time.substr(0, 4));
  const auto m = digits(local_time.substr(5, 2));
  const auto d = digits(local_time.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const year_month_day date{year(static_cast<int>(*y)), month(*m), day(*d)};
  if (!date.ok()) return std::nullopt;
  return sys_days(date).time_since_epoch().count();
}

std::string text_of_day(std::int64_t day) {
  using namespace std::chrono;
  const year_month_day date{sys_days{days{day}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::int64_t utc_day_of(std::int64_t ms) {
  return ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0);
}

}  // namespace ceems::store

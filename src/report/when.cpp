#include "report/when.h"

#include "base/text.h"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

namespace ceems::report {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

struct Clock {
  int hour = 0;
  int minute = 0;
  int second = 0;
};

std::optional<int> digits(std::string_view text, std::size_t count, int low, int high) {
  if (text.size() != count) return std::nullopt;
  const auto value = base::parse_u64(text);
  if (!value || *value > static_cast<std::uint64_t>(high) || static_cast<int>(*value) < low)
    return std::nullopt;
  return static_cast<int>(*value);
}

// "10:30" or "10:30:15"
std::optional<Clock> parse_clock(std::string_view text) {
  const auto pieces = base::split(text, ':');
  if (pieces.size() != 2 && pieces.size() != 3) return std::nullopt;
  const auto hour = digits(pieces[0], 2, 0, 23);
  const auto minute = digits(pieces[1], 2, 0, 59);
  const auto second = pieces.size() == 3 ? digits(pieces[2], 2, 0, 59) : 0;
  if (!hour || !minute || !second) return std::nullopt;
  return Clock{*hour, *minute, *second};
}

std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
  const auto pieces = base::split(text, '-');
  if (pieces.size() != 3) return std::nullopt;
  const auto year = digits(pieces[0], 4, 1, 9999);
  const auto month = digits(pieces[1], 2, 1, 12);
  const auto day = digits(pieces[2], 2, 1, 31);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return date;
}

// Seconds east of UTC for "z", "+02", "+0200", "+02:00".
std::optional<seconds> parse_offset(std::string_view text) {
  if (text == "z") return seconds(0);
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hour = digits(text.substr(1, 2), 2, 0, 23);
  std::string_view rest = text.substr(3);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const auto minute = rest.empty() && text.size() == 3 ? 0 : digits(rest, 2, 0, 59);
  if (!hour || !minute) return std::nullopt;
  const seconds offset(*hour * 3'600 + *minute * 60);
  return text[0] == '-' ? -offset : offset;
}

std::optional<sys_seconds> from_local(const std::chrono::year_month_day& date, const Clock& clock) {
  std::tm local{};
  local.tm_year = static_cast<int>(date.year()) - 1900;
  local.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  local.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  local.tm_hour = clock.hour;
  local.tm_min = clock.minute;
  local.tm_sec = clock.second;
  local.tm_isdst = -1;
  local.tm_wday = -1;  // stays so only if mktime fails; -1 alone is also a time
  const std::time_t result = std::mktime(&local);
  if (result == -1 && local.tm_wday == -1) return std::nullopt;
  return sys_seconds(seconds(result));
}

std::chrono::year_month_day local_date(sys_seconds now) {
  const std::time_t time = now.time_since_epoch().count();
  std::tm local{};
  ::localtime_r(&time, &local);
  return {std::chrono::year(local.tm_year + 1900),
          std::chrono::month(static_cast<unsigned>(local.tm_mon + 1)),
          std::chrono::day(static_cast<unsigned>(local.tm_mday))};
}

std::optional<sys_seconds> parse_day_and_clock(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  const auto date = parse_date(text.substr(0, kDateLength));
  if (!date) return std::nullopt;
  if (text.size() <= kDateLength) return from_local(*date, {});
  if (text[kDateLength] != 't' && text[kDateLength] != ' ') return std::nullopt;
  std::string_view rest = text.substr(kDateLength + 1);
  const std::size_t zone = rest.find_first_of("z+-");
  const auto clock = parse_clock(rest.substr(0, zone));
  if (!clock) return std::nullopt;
  if (zone == std::string_view::npos) return from_local(*date, *clock);
  const auto offset = parse_offset(rest.substr(zone));
  if (!offset) return std::nullopt;
  return std::chrono::sys_days(*date) + std::chrono::hours(clock->hour) +
         std::chrono::minutes(clock->minute) + seconds(clock->second) - *offset;
}

std::optional<seconds> unit_of(std::string_view name) {
  constexpr struct {
    std::string_view names[5];
    int length;
  } kUnits[] = {
      {{"", "s", "sec", "secs", "second"}, 1},        {{"m", "min", "mins", "minute", "minutes"}, 60},
      {{"h", "hr", "hrs", "hour", "hours"}, 3'600},   {{"d", "day", "days", "day", "days"}, 86'400},
      {{"w", "wk", "wks", "week", "weeks"}, 604'800},
  };
  if (name == "seconds") return seconds(1);
  for (const auto& unit : kUnits) {
    for (const std::string_view candidate : unit.names) {
      if (candidate == name) return seconds(unit.length);
    }
  }
  return std::nullopt;
}

// What follows "now": "", "-2days", "+90"
std::optional<seconds> parse_distance(std::string_view text) {
  if (text.empty()) return seconds(0);
  const char sign = text.front();
  if (sign != '+' && sign != '-') return std::nullopt;
  text.remove_prefix(1);
  const std::size_t end = text.find_first_not_of("0123456789");
  const auto count = base::parse_u64(text.substr(0, end));
  const auto unit = unit_of(end == std::string_view::npos ? "" : text.substr(end));
  constexpr std::uint64_t kLongest = 1'000'000'000;
  if (!count || !unit || *count > kLongest) return std::nullopt;
  const seconds distance = *unit * static_cast<std::int64_t>(*count);
  return sign == '-' ? -distance : distance;
}

std::optional<sys_seconds> parse(std::string_view text, sys_seconds now) {
  if (text.starts_with("now")) {
    const auto distance = parse_distance(text.substr(3));
    if (!distance) return std::nullopt;
    return now + *distance;
  }
  const std::chrono::year_month_day today = local_date(now);
  const std::chrono::sys_days day(today);
  if (text == "today") return from_local(today, {});
  if (text == "yesterday") return from_local(day - std::chrono::days(1), {});
  if (text == "tomorrow") return from_local(day + std::chrono::days(1), {});
  if (const auto clock = parse_clock(text)) return from_local(today, *clock);
  return parse_day_and_clock(text);
}

}  // namespace

base::Result<sys_seconds> parse_time(std::string_view text, sys_seconds now) {
  const auto time = parse(base::to_lower(base::trim(text)), now);
  if (!time) {
    return base::fail(base::ErrorCode::kInvalid, "",
                      "'{}' is no time, use for example 2026-03-01, 2026-03-01T10:30:00 or now-2days", text);
  }
  return *time;
}

sys_seconds local_midnight(sys_seconds now) {
  return from_local(local_date(now), {}).value_or(now);
}

}  // namespace ceems::report

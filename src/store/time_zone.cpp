#include "store/time_zone.h"

#include <chrono>
#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

namespace ceems::store {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

date::sys_seconds whole_seconds(std::int64_t ms) {
  return std::chrono::floor<seconds>(date::sys_time<milliseconds>(milliseconds(ms)));
}

std::string wall_clock(date::local_seconds time) {
  const auto day = std::chrono::floor<date::days>(time);
  const date::year_month_day ymd(day);
  const date::hh_mm_ss<seconds> clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

// "2030-01-02T03:04:05"; nothing on any other shape or an impossible date.
std::optional<date::local_seconds> parse_wall_clock(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return std::nullopt;
  }
  const auto number = [&text](std::size_t from, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(from, count))
      value = value * 10 + (c - '0');
    return value;
  };
  const date::year_month_day ymd(date::year(number(0, 4)), date::month(static_cast<unsigned>(number(5, 2))),
                                 date::day(static_cast<unsigned>(number(8, 2))));
  if (!ymd.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60) return std::nullopt;
  return date::local_days(ymd) + std::chrono::hours(number(11, 2)) + minutes(number(14, 2)) +
         seconds(number(17, 2));
}

std::int64_t to_ms(date::sys_seconds time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

date::sys_seconds instant_of(const date::time_zone& zone, date::local_seconds local) {
  const date::local_info info = zone.get_info(local);
  return date::sys_seconds(local.time_since_epoch()) - info.first.offset;
}

}  // namespace

TimeZone::TimeZone() : zone_(date::locate_zone("UTC")) {}

base::Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    if (name.empty()) return TimeZone();
    return TimeZone(name == "Local" ? date::current_zone() : date::locate_zone(std::string(name)));
  } catch (const std::exception& failure) {
    return base::fail(base::ErrorCode::kInvalid, name, "unknown time zone");
  }
}

std::string TimeZone::name() const {
  return zone_->name();
}

std::string TimeZone::local(std::int64_t ms) const {
  return wall_clock(zone_->to_local(whole_seconds(ms)));
}

std::string TimeZone::zoned(std::int64_t ms) const {
  const date::sys_seconds time = whole_seconds(ms);
  const seconds offset = zone_->get_info(time).offset;
  const auto total = std::chrono::duration_cast<minutes>(offset).count();
  const auto distance = total < 0 ? -total : total;
  return fmt::format("{}{}{:02}{:02}", wall_clock(date::local_seconds(time.time_since_epoch() + offset)),
                     total < 0 ? '-' : '+', distance / 60, distance % 60);
}

std::optional<std::int64_t> TimeZone::parse_local(std::string_view text) const {
  const auto local = parse_wall_clock(text);
  if (!local) return std::nullopt;
  return to_ms(instant_of(*zone_, *local));
}

std::int64_t TimeZone::day_start(std::int64_t ms) const {
  const auto day = std::chrono::floor<date::days>(zone_->to_local(whole_seconds(ms)));
  return to_ms(instant_of(*zone_, day));
}

std::int64_t TimeZone::next_day_start(std::int64_t ms) const {
  const auto day = std::chrono::floor<date::days>(zone_->to_local(whole_seconds(ms))) + date::days(1);
  return to_ms(instant_of(*zone_, day));
}

std::optional<std::int64_t> parse_zoned(std::string_view text) {
  constexpr std::size_t kWallClock = 19;
  if (text.size() <= kWallClock) return std::nullopt;
  const auto local = parse_wall_clock(text.substr(0, kWallClock));
  if (!local) return std::nullopt;
  std::string_view offset = text.substr(kWallClock);
  if (offset == "Z") return to_ms(date::sys_seconds(local->time_since_epoch()));
  if (offset.size() == 6 && offset[3] == ':') {
    const std::string compact = std::string(offset.substr(0, 3)) + std::string(offset.substr(4));
    return parse_zoned(std::string(text.substr(0, kWallClock)) + compact);
  }
  if (offset.size() != 5 || (offset[0] != '+' && offset[0] != '-')) return std::nullopt;
  int digits[4];
  for (std::size_t i = 0; i < 4; ++i) {
    if (offset[i + 1] < '0' || offset[i + 1] > '9') return std::nullopt;
    digits[i] = offset[i + 1] - '0';
  }
  const minutes distance(((digits[0] * 10) + digits[1]) * 60 + (digits[2] * 10) + digits[3]);
  return to_ms(date::sys_seconds(local->time_since_epoch()) - (offset[0] == '-' ? -distance : distance));
}

std::string format_timespan(std::int64_t total_seconds) {
  if (total_seconds < 0) total_seconds = 0;
  const std::int64_t days = total_seconds / 86'400;
  const std::int64_t rest = total_seconds % 86'400;
  const std::string clock = fmt::format("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
  return days > 0 ? fmt::format("{}-{}", days, clock) : clock;
}

}  // namespace ceems::store

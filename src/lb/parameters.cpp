#include "lb/parameters.h"

#include "base/text.h"
#include "config/duration.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

// Of a time in seconds: what fits milliseconds in 64 bits with room for windows around it.
constexpr double kMaxSeconds = 1e14;
constexpr std::size_t kMaxParameters = 1'000;

bool is_form(const http::Request& request) {
  const auto type = request.fields.find("Content-Type");
  if (!type || request.fields.count("Content-Type") != 1) return false;
  const std::string_view media = base::trim(type->substr(0, type->find(';')));
  return base::to_lower(media) == "application/x-www-form-urlencoded";
}

std::optional<double> parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(seconds) ||
      std::abs(seconds) > kMaxSeconds)
    return std::nullopt;
  return seconds;
}

// Digits only, exactly `count` of them; takes them off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// RFC 3339: 2026-01-31T12:00:00.5Z, 2026-01-31T12:00:00+01:00. A fraction is cut to milliseconds.
std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !take(text, 'T')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  int milliseconds = 0;
  if (take(text, '.')) {
    int scale = 100;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      milliseconds += (text.front() - '0') * scale;
      scale /= 10;
      any = true;
      text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
  }
  std::int64_t offset_minutes = 0;
  if (!take(text, 'Z')) {
    const bool west = text.starts_with('-');
    if (!west && !text.starts_with('+')) return std::nullopt;
    text.remove_prefix(1);
    const auto hours = take_digits(text, 2);
    if (!hours || !take(text, ':')) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    offset_minutes = (*hours * 60 + *minutes) * (west ? -1 : 1);
  }
  if (!text.empty()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * std::int64_t{86'400} + *hour * 3'600 + *minute * 60 + *second;
  return (seconds - offset_minutes * 60) * 1'000 + milliseconds;
}

}  // namespace

base::Result<Parameters> Parameters::read(const http::Request& request, TsdbResource resource,
                                          std::span<const std::string> extra) {
  Parameters read;
  CEEMS_TRY(read.entries_, http::parse_form(request.query()));
  if (request.method == "POST" && !request.body.empty()) {
    if (!is_form(request))
      return base::fail(base::ErrorCode::kInvalid, "Content-Type",
                        "the body must be application/x-www-form-urlencoded");
    CEEMS_TRY(auto form, http::parse_form(request.body));
    std::ranges::move(form, std::back_inserter(read.entries_));
  } else if (!request.body.empty()) {
    return base::fail(base::ErrorCode::kInvalid, "", "a {} request has no body here", request.method);
  }
  if (read.entries_.size() > kMaxParameters)
    return base::fail(base::ErrorCode::kTooLarge, "", "more than {} parameters", kMaxParameters);
  for (const http::Parameter& entry : read.entries_) {
    const auto rules = parameters_of(resource);
    const auto rule = std::ranges::find(rules, std::string_view(entry.name), &ParameterRule::name);
    if (rule == rules.end() && std::ranges::find(extra, entry.name) == extra.end())
      return base::fail(base::ErrorCode::kInvalid, entry.name, "this parameter is not passed on");
    const bool repeated = rule != rules.end() && rule->repeated;
    if (!repeated && std::ranges::count(read.entries_, entry.name, &http::Parameter::name) > 1)
      return base::fail(base::ErrorCode::kInvalid, entry.name, "this parameter is given more than once");
  }
  return read;
}

const std::string* Parameters::find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &http::Parameter::name);
  return found == entries_.end() || found->value.empty() ? nullptr : &found->value;
}

std::vector<std::string> Parameters::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const http::Parameter& entry : entries_)
    if (entry.name == name) values.push_back(entry.value);
  return values;
}

void Parameters::set(std::string_view name, std::string value) {
  const auto first = std::ranges::find(entries_, name, &http::Parameter::name);
  if (first == entries_.end()) {
    entries_.push_back({std::string(name), std::move(value)});
    return;
  }
  first->value = std::move(value);
  entries_.erase(std::remove_if(std::next(first), entries_.end(),
                                [&](const http::Parameter& entry) { return entry.name == name; }),
                 entries_.end());
}

void Parameters::set_all(std::string_view name, const std::vector<std::string>& values) {
  std::erase_if(entries_, [&](const http::Parameter& entry) { return entry.name == name; });
  for (const std::string& value : values)
    entries_.push_back({std::string(name), value});
}

std::string Parameters::form() const {
  return http::encode_form(entries_);
}

base::Result<std::int64_t> parse_time(std::string_view text, std::string_view name) {
  if (const auto seconds = parse_seconds(text))
    return static_cast<std::int64_t>(std::llround(*seconds * 1e3));
  if (const auto time = parse_rfc3339(text)) return *time;
  return base::fail(base::ErrorCode::kInvalid, name,
                    "cannot parse a time: seconds or RFC 3339 are understood");
}

base::Result<std::int64_t> parse_length(std::string_view text, std::string_view name) {
  if (const auto seconds = parse_seconds(text); seconds && *seconds >= 0)
    return static_cast<std::int64_t>(std::llround(*seconds * 1e3));
  if (const auto duration = config::parse_duration(text)) return duration->count();
  return base::fail(base::ErrorCode::kInvalid, name,
                    "cannot parse a duration: seconds or 1h30m are understood");
}

std::string print_time(std::int64_t time_ms) {
  const std::uint64_t magnitude =
      time_ms < 0 ? -static_cast<std::uint64_t>(time_ms) : static_cast<std::uint64_t>(time_ms);
  const fmt::format_int seconds(magnitude / 1'000);
  const fmt::format_int fraction(1'000 + magnitude % 1'000);
  std::string text = time_ms < 0 ? "-" : "";
  text.append(seconds.data(), seconds.size());
  text += '.';
  return text.append(fraction.data() + 1, 3);
}

}  // namespace ceems::lb

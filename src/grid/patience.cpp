#include "grid/patience.h"

#include "base/rfc3339.h"
#include "base/text.h"
#include "json/read.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace ceems::grid {

namespace {

using std::chrono::milliseconds;

milliseconds until(Instant time, Instant now) {
  return std::max(milliseconds(0), time - now);
}

std::optional<milliseconds> from_seconds(double seconds) {
  constexpr double kMost = 1e9;  // decades
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(std::min(seconds, kMost) * 1000));
}

// "Wed, 21 Oct 2026 07:28:00 GMT", the one form that is still sent (RFC 9110 §5.6.7).
std::optional<Instant> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto words = base::split(text, ' ');
  if (words.size() != 6 || words[5] != "GMT") return std::nullopt;
  const auto month = std::ranges::find(kMonths, words[2]);
  if (month == kMonths.end()) return std::nullopt;
  const auto number = month - kMonths.begin() + 1;
  return base::parse_rfc3339(fmt::format("{}-{:02}-{}T{}Z", words[3], number, words[1], words[4]));
}

std::optional<milliseconds> retry_after(std::string_view text, Instant now) {
  text = base::trim(text);
  if (const auto seconds = base::parse_double(text)) return from_seconds(*seconds);
  const auto date = parse_http_date(text);
  return date ? std::optional(until(*date, now)) : std::nullopt;
}

std::optional<milliseconds> reset(std::string_view text, Instant now) {
  constexpr double kOldestEpoch = 1e9;  // seconds: a smaller number is no time of this century
  text = base::trim(text);
  if (const auto time = base::parse_rfc3339(text)) return until(*time, now);
  const auto number = base::parse_double(text);
  if (!number) return std::nullopt;
  const auto pause = from_seconds(*number);
  if (!pause || *number < kOldestEpoch) return pause;
  const double left = *number - std::chrono::duration<double>(now.time_since_epoch()).count();
  return from_seconds(std::max(left, 0.0));
}

}  // namespace

std::optional<milliseconds> asked_pause(const http::Response& answer, Instant now) {
  const bool refused = answer.status == 429 || answer.status == 503;
  const auto after = answer.fields.find("Retry-After");
  if (refused && after) {
    if (const auto pause = retry_after(*after, now)) return pause;
  }
  const auto remaining =
      base::parse_u64(base::trim(answer.fields.find("X-RateLimit-Remaining").value_or("")));
  const auto when = answer.fields.find("X-RateLimit-Reset");
  if (when && ((remaining && *remaining == 0) || answer.status == 429)) {
    if (const auto pause = reset(*when, now)) return pause;
  }
  if (answer.status != 429) return std::nullopt;
  const auto body = json::parse(answer.text());
  const auto time = body ? json::find_text(*body, "reset_time") : std::nullopt;
  return time ? reset(*time, now) : std::nullopt;
}

}  // namespace ceems::grid

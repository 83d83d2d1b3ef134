#include "http/write_head.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include <fmt/format.h>

namespace ceems::http {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name)) return;
  out += name;
  out += ": ";
  const std::size_t start = out.size();
  out += value;
  if (!is_field_value(value)) {
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return !is_field_value({&c, 1}); }, ' ');
  }
  out += "\r\n";
}

namespace {

bool is_framing_field(std::string_view name) {
  switch (name.size()) {
    case 10:
      return base::equals_ignoring_case(name, "Connection") || base::equals_ignoring_case(name, "Keep-Alive");
    case 14:
      return base::equals_ignoring_case(name, "Content-Length");
    case 17:
      return base::equals_ignoring_case(name, "Transfer-Encoding");
    default:
      return false;
  }
}

void append_number(std::string& out, std::uint64_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

}  // namespace

void append_length(std::string& out, std::uint64_t length) {
  out += "Content-Length: ";
  append_number(out, length);
  out += "\r\n";
}

void append_response_head(std::string& out, int status, const Fields& fields, const ReplyShape& shape) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(status));
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
  bool has_date = false;
  for (const auto& [name, value] : fields.entries()) {
    if (is_framing_field(name)) continue;
    has_date = has_date || base::equals_ignoring_case(name, "Date");
    append_field(out, name, value);
  }
  if (!has_date && !shape.date.empty()) append_field(out, "Date", shape.date);
  if (shape.body == BodyKind::kLength) append_length(out, shape.length);
  if (shape.body == BodyKind::kChunked) out += "Transfer-Encoding: chunked\r\n";
  if (!shape.keep_alive)
    out += "Connection: close\r\n";
  else if (shape.minor_version == 0)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

void append_request_head(std::string& out, std::string_view method, std::string_view target,
                         const Fields& fields, std::size_t body_size) {
  out += method;
  out += ' ';
  out += target;
  out += " HTTP/1.1\r\n";
  for (const auto& [name, value] : fields.entries())
    append_field(out, name, value);
  const bool expects_body = method == "POST" || method == "PUT" || method == "PATCH";
  if (body_size > 0 || expects_body) append_length(out, body_size);
  out += "\r\n";
}

std::string http_date(std::int64_t unix_seconds) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace ceems::http

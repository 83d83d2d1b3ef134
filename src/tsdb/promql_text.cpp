#include "tsdb/promql_text.h"

#include "base/text.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace ceems::tsdb {

namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

// One quoted string and nothing after it.
bool is_quoted(std::string_view text) {
  if (text.size() < 2) return false;
  const char quote = text.front();
  if (quote != '"' && quote != '\'' && quote != '`') return false;
  std::size_t at = 1;
  while (at < text.size() && text[at] != quote) {
    if (text[at] == '\n' && quote != '`') return false;
    at += text[at] == '\\' && quote != '`' ? 2 : 1;
  }
  return at + 1 == text.size();
}

}  // namespace

std::string escape_regex(std::string_view text) {
  constexpr std::string_view kSpecial = R"(\.+*?()|[]{}^$)";
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (kSpecial.find(c) != std::string_view::npos) {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code == 0x7F || c == '"' || c == '\'' || c == '`') {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += c;
    }
  }
  return out;
}

std::string any_of_regex(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += '|';
    out += escape_regex(text);
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code == 0x7F) {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string milliseconds_text(std::chrono::milliseconds duration) {
  return fmt::format("{}ms", std::max<std::int64_t>(duration.count(), 1));
}

bool is_matcher(std::string_view text) {
  text = base::trim(text);
  std::size_t end = 0;
  while (end < text.size() && is_name_char(text[end]))
    ++end;
  if (end == 0 || !is_name_start(text.front())) return false;
  std::string_view rest = base::trim(text.substr(end));
  for (const std::string_view op : {"=~", "!~", "!=", "="})
    if (rest.starts_with(op)) return is_quoted(base::trim(rest.substr(op.size())));
  return false;
}

}  // namespace ceems::tsdb

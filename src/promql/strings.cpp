#include "promql/strings.h"

#include "base/byte_set.h"
#include "base/check.h"
#include "base/text.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

// What stands in a literal as it is, whatever the quotes.
constexpr base::ByteSet kPlain([](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::unexpected<LiteralError> refuse(std::size_t at, std::string message) {
  return std::unexpected(LiteralError{at, std::move(message)});
}

std::optional<std::uint32_t> digit_value(char c, std::uint32_t base) {
  std::uint32_t value = 16;
  if (c >= '0' && c <= '9') value = static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<std::uint32_t>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') value = static_cast<std::uint32_t>(c - 'A') + 10;
  if (value >= base) return std::nullopt;
  return value;
}

void append_utf8(std::string& out, std::uint32_t rune) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xc0 | (rune >> 6));
    put(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    put(0xe0 | (rune >> 12));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  } else {
    put(0xf0 | (rune >> 18));
    put(0x80 | ((rune >> 12) & 0x3f));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  }
}

struct NumericEscape {
  std::size_t prefix;  // letters before the digits
  std::size_t digits;
  std::uint32_t base;
  bool rune;  // else one byte
};

std::optional<NumericEscape> numeric_escape(char letter) {
  if (letter >= '0' && letter <= '7') return NumericEscape{0, 3, 8, false};
  if (letter == 'x') return NumericEscape{1, 2, 16, false};
  if (letter == 'u') return NumericEscape{1, 4, 16, true};
  if (letter == 'U') return NumericEscape{1, 8, 16, true};
  return std::nullopt;
}

std::optional<char> simple_escape(char letter, char quote) {
  switch (letter) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
      return '\\';
    default:
      return letter == quote ? std::optional(letter) : std::nullopt;
  }
}

// Reads the escape at `at`, a backslash; returns the bytes that it takes.
std::expected<std::size_t, LiteralError> read_escape(std::string_view body, std::size_t at, char quote,
                                                     std::string& out) {
  if (at + 1 >= body.size()) return refuse(at, "an escape that never ends");
  const char letter = body[at + 1];
  if (const auto plain = simple_escape(letter, quote)) {
    out.push_back(*plain);
    return 2;
  }
  const auto escape = numeric_escape(letter);
  if (!escape) return refuse(at, "unknown escape");
  const std::size_t first = at + 1 + escape->prefix;
  std::uint32_t value = 0;
  for (std::size_t i = first; i < first + escape->digits; ++i) {
    const auto digit = i < body.size() ? digit_value(body[i], escape->base) : std::nullopt;
    if (!digit) return refuse(at, fmt::format("the escape wants {} digits", escape->digits));
    value = value * escape->base + *digit;
  }
  if (!escape->rune && value > 0xff) return refuse(at, "the escape is beyond one byte");
  if (escape->rune && (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)))
    return refuse(at, "the escape is no Unicode character");
  if (escape->rune)
    append_utf8(out, value);
  else
    out.push_back(static_cast<char>(value));
  return 1 + escape->prefix + escape->digits;
}

void append_byte_escape(std::string& out, char c) {
  fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
}

void append_escaped_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        append_byte_escape(out, c);
      else
        out.push_back(c);
  }
}

}  // namespace

std::expected<std::string, LiteralError> unquote(std::string_view literal) {
  CEEMS_CHECK(literal.size() >= 2);
  const char quote = literal.front();
  const std::string_view body = literal.substr(1, literal.size() - 2);
  std::string out;
  out.reserve(body.size());
  for (std::size_t at = 0; at < body.size();) {
    if (quote != '`' && body[at] == '\\') {
      const auto taken = read_escape(body, at, quote, out);
      if (!taken) return refuse(taken.error().at + 1, taken.error().message);
      at += *taken;
      continue;
    }
    if (const std::size_t plain = kPlain.prefix_of(body.substr(at)); plain > 0) {
      out += body.substr(at, plain);
      at += plain;
      continue;
    }
    const std::size_t length = base::utf8_length(body.substr(at));
    const std::string_view rune = body.substr(at, length);
    if (length == 0 || rune == kReplacement) return refuse(at + 1, "the string is not valid UTF-8");
    out += rune;
    at += length;
  }
  return out;
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t plain = kPlain.prefix_of(text.substr(at)); plain > 0) {
      out += text.substr(at, plain);
      at += plain;
      continue;
    }
    const std::size_t length = base::utf8_length(text.substr(at));
    const std::string_view rune = text.substr(at, length == 0 ? 1 : length);
    if (length == 0)
      append_byte_escape(out, rune.front());
    else if (rune == kReplacement)
      out += "\\ufffd";
    else if (length == 1)
      append_escaped_ascii(out, rune.front());
    else
      out += rune;
    at += rune.size();
  }
  out.push_back('"');
}

std::string quote(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

}  // namespace ceems::promql

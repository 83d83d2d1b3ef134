#include "base/byte_set.h"
#include "base/text.h"
#include "http/message.h"

#include <algorithm>
#include <cctype>

namespace ceems::http {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

constexpr base::ByteSet kUnreserved([](char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
});
constexpr base::ByteSet kFormPlain([](char c) { return c != '+' && c != '%'; });

void append_percent_encoded(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = kUnreserved.prefix_of(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const auto byte = static_cast<unsigned char>(text.front());
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
    text.remove_prefix(1);
  }
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that %XX at `position` stands for, or -1.
int escaped_byte(std::string_view text, std::size_t position) {
  if (position + 2 >= text.size()) return -1;
  const int high = hex_value(text[position + 1]);
  const int low = hex_value(text[position + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

base::Result<std::string> decode_form_text(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t plain = kFormPlain.prefix_of(text.substr(i));
    decoded += text.substr(i, plain);
    i += plain;
    if (i == text.size()) break;
    if (text[i] == '+') {
      decoded += ' ';
      continue;
    }
    const int byte = escaped_byte(text, i);
    if (byte < 0)
      return base::fail(base::ErrorCode::kInvalid, "", "broken percent escape in a query or form");
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

// "host", "host:1", "[v6]:1". The port stays 0 when none is given.
base::Status parse_authority(std::string_view authority, Url& url) {
  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == std::string_view::npos)
      return base::fail(base::ErrorCode::kInvalid, "", "URL with an unclosed bracket");
    std::string_view rest = host.substr(close + 1);
    host = host.substr(1, close - 1);
    // Brackets are for IPv6 (RFC 3986, 3.2.2).
    if (host.find(':') == std::string_view::npos)
      return base::fail(base::ErrorCode::kInvalid, "", "URL without an IPv6 address in its brackets");
    if (!rest.empty() && !rest.starts_with(':'))
      return base::fail(base::ErrorCode::kInvalid, "", "URL with text after the bracketed address");
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    has_port = true;
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  const bool bad_host = host.empty() || std::ranges::any_of(host, [](char c) {
                          return c <= ' ' || c == 0x7f || c == '\\' || c == '[' || c == ']';
                        });
  if (bad_host) return base::fail(base::ErrorCode::kInvalid, "", "URL without a usable host");
  if (has_port && !port.empty()) {
    const auto number = base::parse_u64(port);
    if (!number || *number == 0 || *number > 65535)
      return base::fail(base::ErrorCode::kInvalid, "", "URL with a bad port");
    url.port = static_cast<std::uint16_t>(*number);
  }
  url.host = host;
  return {};
}

base::Result<Url> parse_unix_url(std::string_view rest) {
  Url url;
  url.scheme = "unix";
  while (rest.starts_with("//"))
    rest.remove_prefix(1);
  const auto colon = rest.find(":/");
  url.host = rest.substr(0, colon);
  url.path = colon == std::string_view::npos ? "/" : std::string(rest.substr(colon + 1));
  if (!url.host.starts_with('/') || url.host.size() < 2)
    return base::fail(base::ErrorCode::kInvalid, "", "unix URL without an absolute socket path");
  return url;
}

}  // namespace

base::Result<std::vector<Parameter>> parse_form(std::string_view encoded) {
  std::vector<Parameter> parameters;
  if (encoded.empty()) return parameters;
  for (const std::string_view piece : base::split(encoded, '&')) {
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    CEEMS_TRY(std::string name, decode_form_text(piece.substr(0, equals)));
    CEEMS_TRY(std::string value,
              decode_form_text(equals == std::string_view::npos ? "" : piece.substr(equals + 1)));
    parameters.push_back({std::move(name), std::move(value)});
  }
  return parameters;
}

std::string encode_form(const std::vector<Parameter>& parameters) {
  // Queries are texts of which about a quarter is escaped.
  std::size_t room = 0;
  for (const Parameter& parameter : parameters)
    room += 2 + parameter.name.size() + parameter.value.size() * 2;
  std::string encoded;
  encoded.reserve(room);
  for (const Parameter& parameter : parameters) {
    if (!encoded.empty()) encoded += '&';
    append_percent_encoded(encoded, parameter.name);
    encoded += '=';
    append_percent_encoded(encoded, parameter.value);
  }
  return encoded;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == '%' ? escaped_byte(text, i) : -1;
    if (byte < 0) {
      decoded += text[i];
    } else {
      decoded += static_cast<char>(byte);
      i += 2;
    }
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  append_percent_encoded(encoded, text);
  return encoded;
}

std::string Url::authority() const {
  if (scheme == "unix") return "localhost";
  if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

std::string Url::redacted() const {
  if (scheme == "unix") return fmt::format("unix:{}:{}", host, path);
  const bool default_port = (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
  std::string shown = authority();
  if (default_port) shown.resize(shown.rfind(':'));
  std::string who = user;
  if (!password.empty()) who += ":xxxxx";
  if (!who.empty()) who += '@';
  return fmt::format("{}://{}{}{}", scheme, who, shown, path);
}

base::Result<Url> parse_url(std::string_view text) {
  const auto bad_byte = std::ranges::any_of(text, [](char c) { return c >= 0 && (c <= ' ' || c == 0x7f); });
  if (bad_byte) return base::fail(base::ErrorCode::kInvalid, "", "URL with a blank or control character");
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return base::fail(base::ErrorCode::kInvalid, "", "URL without a scheme");
  Url url;
  url.scheme = base::to_lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 1);
  rest = rest.substr(0, rest.find('#'));
  if (url.scheme == "unix") return parse_unix_url(rest);
  if (url.scheme != "http" && url.scheme != "https")
    return base::fail(base::ErrorCode::kInvalid, "", "URL whose scheme is not http, https or unix");
  if (!rest.starts_with("//")) return base::fail(base::ErrorCode::kInvalid, "", "URL without //");
  rest.remove_prefix(2);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  url.path = rest.substr(authority_end);
  if (!url.path.starts_with('/')) url.path.insert(0, "/");
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const auto separator = userinfo.find(':');
    url.user = percent_decode(userinfo.substr(0, separator));
    if (separator != std::string_view::npos) url.password = percent_decode(userinfo.substr(separator + 1));
  }
  CEEMS_TRY_VOID(parse_authority(authority, url));
  if (url.port == 0) url.port = url.scheme == "https" ? 443 : 80;
  return url;
}

}  // namespace ceems::http

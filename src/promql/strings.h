// String literals of PromQL: Go's rules, with ' as a third kind of quote. Thread-safe.
// https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace ceems::promql {

struct LiteralError {
  std::size_t at = 0;  // bytes into the literal
  std::string message;
};

// What a literal, its quotes included, stands for; \x and octal escapes can make it invalid UTF-8. Refuses
// text that is not UTF-8, U+FFFD written as itself (Prometheus takes it for an error in the text), and
// unknown escapes.
std::expected<std::string, LiteralError> unquote(std::string_view literal);

// The literal for any bytes: in double quotes, on one line, printable where it was, valid UTF-8.
void append_quoted(std::string& out, std::string_view text);
std::string quote(std::string_view text);

}  // namespace ceems::promql

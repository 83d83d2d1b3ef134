// Names of metrics and labels. Thread-safe.
#pragma once

#include <string_view>

namespace ceems::promql {

inline constexpr std::string_view kMetricNameLabel = "__name__";

constexpr bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_word_part(char c) {
  return is_word_start(c) || (c >= '0' && c <= '9');
}

// [a-zA-Z_][a-zA-Z0-9_]*: what servers before Prometheus 3 take, and what needs no quotes inside of braces.
bool is_plain_label_name(std::string_view name);
// What can be written before the braces and means the metric there: [a-zA-Z_:][a-zA-Z0-9_:]* without the
// words that are something else.
bool is_plain_metric_name(std::string_view name);
// What needs no quotes in by (…), on (…) and the like.
bool is_plain_grouping_name(std::string_view name);
// Any text of UTF-8 but the empty one, as Prometheus 3 has it.
bool is_label_name(std::string_view name);

}  // namespace ceems::promql

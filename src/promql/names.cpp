#include "promql/names.h"

#include "base/text.h"
#include "promql/token.h"

#include <algorithm>

namespace ceems::promql {

bool is_plain_label_name(std::string_view name) {
  return !name.empty() && is_word_start(name.front()) && std::ranges::all_of(name, is_word_part);
}

bool is_plain_metric_name(std::string_view name) {
  const auto part = [](char c) { return is_word_part(c) || c == ':'; };
  if (name.empty() || (!is_word_start(name.front()) && name.front() != ':')) return false;
  if (!std::ranges::all_of(name, part)) return false;
  return name.contains(':') || (!is_number_word(name) && can_name_metric(keyword_of(name)));
}

bool is_plain_grouping_name(std::string_view name) {
  // The grammar takes every keyword here but this one.
  return is_plain_label_name(name) && !is_number_word(name) && keyword_of(name) != Keyword::kWithout;
}

bool is_label_name(std::string_view name) {
  return !name.empty() && base::is_valid_utf8(name);
}

}  // namespace ceems::promql

#include "promql/matcher.h"

#include "promql/regex.h"
#include "promql/regex_memory.h"

#include <utility>

namespace ceems::promql {

std::string_view match_operator(MatchType type) {
  switch (type) {
    case MatchType::kEqual:
      return "=";
    case MatchType::kNotEqual:
      return "!=";
    case MatchType::kRegex:
      return "=~";
    case MatchType::kNotRegex:
      break;
  }
  return "!~";
}

Matcher::Matcher(MatchType type, std::string name, std::string value, std::shared_ptr<const Regex> regex)
    : type_(type),
      matches_empty_(false),
      name_(std::move(name)),
      value_(std::move(value)),
      regex_(std::move(regex)) {
  matches_empty_ = matches({});
}

Matcher Matcher::equal(std::string name, std::string value) {
  return {MatchType::kEqual, std::move(name), std::move(value), nullptr};
}

base::Result<Matcher> Matcher::make(MatchType type, std::string name, std::string value,
                                    std::size_t regex_memory_bytes) {
  std::shared_ptr<const Regex> regex;
  if (type == MatchType::kRegex || type == MatchType::kNotRegex) {
    CEEMS_TRY(regex, compile_or_recall(value, regex_memory_bytes));
  }
  return Matcher(type, std::move(name), std::move(value), std::move(regex));
}

base::Result<Matcher> Matcher::any_of(std::string name, std::span<const std::string> values) {
  if (values.empty()) return base::fail(base::ErrorCode::kInvalid, name, "a matcher for no value at all");
  std::string pattern;
  for (const std::string& value : values) {
    if (&value != &values.front()) pattern.push_back('|');
    pattern += escape_regex(value);
  }
  return make(MatchType::kRegex, std::move(name), std::move(pattern));
}

bool Matcher::matches(std::string_view value) const {
  switch (type_) {
    case MatchType::kEqual:
      return value == value_;
    case MatchType::kNotEqual:
      return value != value_;
    case MatchType::kRegex:
      return regex_->matches(value);
    case MatchType::kNotRegex:
      break;
  }
  return !regex_->matches(value);
}

std::span<const std::string> Matcher::literals() const {
  if (type_ == MatchType::kEqual) return {&value_, 1};
  if (type_ == MatchType::kRegex && regex_->literals() != nullptr) return *regex_->literals();
  return {};
}

std::size_t Matcher::program_size() const {
  return regex_ ? regex_->program_size() : 0;
}

}  // namespace ceems::promql

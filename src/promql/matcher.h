// Label matchers: which values of a label a selector takes. A label that a series does not have counts as "".
// Thread-safe: a matcher never changes; copies share the compiled pattern.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ceems::promql {

class Regex;

enum class MatchType : std::uint8_t { kEqual, kNotEqual, kRegex, kNotRegex };

// "=", "!=", "=~", "!~".
std::string_view match_operator(MatchType type);

class Matcher {
 public:
  // What one pattern may take, unless told otherwise.
  static constexpr std::size_t kRegexMemoryBytes = std::size_t{4} << 20;

  static Matcher equal(std::string name, std::string value);
  // `name` is any label name; kInvalid if `value` has to be a pattern and is none, kTooLarge if it is too
  // large a one.
  static base::Result<Matcher> make(MatchType type, std::string name, std::string value,
                                    std::size_t regex_memory_bytes = kRegexMemoryBytes);
  // name=~"a|b|c" with each value escaped. kInvalid if one of them is not UTF-8, or if there is none: that
  // pattern would match the empty string.
  static base::Result<Matcher> any_of(std::string name, std::span<const std::string> values);

  MatchType type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }

  bool matches(std::string_view value) const;
  // Whether series without the label pass.
  bool matches_empty() const { return matches_empty_; }

  // Exactly the values that pass, sorted, if the matcher is an equality or an alternation of literals; empty
  // for any other, and for one that is negated.
  std::span<const std::string> literals() const;

  std::size_t program_size() const;  // of the pattern, see regex.h

  // The same operator, name and text.
  friend bool operator==(const Matcher& a, const Matcher& b) {
    return a.type_ == b.type_ && a.name_ == b.name_ && a.value_ == b.value_;
  }

 private:
  Matcher(MatchType type, std::string name, std::string value, std::shared_ptr<const Regex> regex);

  MatchType type_;
  bool matches_empty_;
  std::string name_;
  std::string value_;
  std::shared_ptr<const Regex> regex_;  // null unless it matches by pattern
};

}  // namespace ceems::promql

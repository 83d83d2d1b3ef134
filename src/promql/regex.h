// Regular expressions of label matchers: RE2 syntax as Go has it, always against the whole value. A dot
// matches line ends too, as in Prometheus 3 (it does not in Prometheus 2). Thread-safe.
// https://github.com/google/re2/wiki/Syntax
#pragma once

#include "base/result.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace ceems::promql {

// The strings that the pattern matches if it is literals joined by '|' and nothing else ("" is one too),
// sorted and each once; nullopt otherwise. Escaped punctuation is a literal.
std::optional<std::vector<std::string>> literal_alternatives(std::string_view pattern);

// The pattern that matches this text only.
std::string escape_regex(std::string_view literal);

class Regex {
 public:
  // kInvalid for what is no pattern, with RE2's words; kTooLarge if it needs more than `memory_bytes`.
  static base::Result<Regex> compile(std::string_view pattern, std::size_t memory_bytes);

  bool matches(std::string_view value) const;
  // The alternatives if the pattern is nothing but literals, else null.
  const std::vector<std::string>* literals() const { return compiled_ ? nullptr : &literals_; }
  // How large the compiled pattern is, in instructions of RE2; 0 for literals.
  std::size_t program_size() const;

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

 private:
  Regex();

  std::vector<std::string> literals_;
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace ceems::promql

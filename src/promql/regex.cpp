#include "promql/regex.h"

#include "base/byte_set.h"
#include "base/text.h"
#include "promql/names.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <re2/re2.h>

namespace ceems::promql {

namespace {

constexpr base::ByteSet kMeta(R"(\.+*?()|[]{}^$)");
constexpr base::ByteSet kLiteral([](char c) { return !kMeta.contains(c); });

bool is_ascii_punctuation(char c) {
  return static_cast<unsigned char>(c) < 0x80 && std::ispunct(static_cast<unsigned char>(c)) != 0;
}

// The few places where Go reads a pattern and RE2 does not, or the other way round: "(?<name>" is
// "(?P<name>",
// "\_" is "_", and "\C" is refused.
base::Result<std::string> from_go(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest.starts_with("\\Q")) {
      const std::size_t end = std::min(rest.find("\\E"), rest.size());
      out += rest.substr(0, end);
      i += end - 1;
      continue;
    }
    if (rest.front() == '\\' && rest.size() > 1) {
      if (rest[1] == 'C') return base::fail(base::ErrorCode::kInvalid, pattern, "\\C is not supported");
      if (rest[1] != '_') out.push_back('\\');
      out.push_back(rest[1]);
      ++i;
      continue;
    }
    if (in_class) {
      in_class = rest.front() != ']';
    } else if (rest.front() == '[') {
      in_class = true;
      // A bracket that comes first is a member of the class.
      const std::size_t first = rest.starts_with("[^") ? 2 : 1;
      const std::size_t taken = first < rest.size() && rest[first] == ']' ? first + 1 : first;
      out += rest.substr(0, taken);
      i += taken - 1;
      continue;
    } else if (rest.starts_with("(?<") && rest.size() > 3 && is_word_part(rest[3])) {
      out += "(?P<";
      i += 2;
      continue;
    }
    out.push_back(rest.front());
  }
  return out;
}

}  // namespace

std::optional<std::vector<std::string>> literal_alternatives(std::string_view pattern) {
  std::vector<std::string> found(1);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '|') {
      found.emplace_back();
    } else if (c == '\\') {
      if (i + 1 == pattern.size() || !is_ascii_punctuation(pattern[i + 1])) return std::nullopt;
      found.back().push_back(pattern[++i]);
    } else if (kMeta.contains(c)) {
      return std::nullopt;
    } else {
      const std::size_t length = kLiteral.prefix_of(pattern.substr(i));
      found.back() += pattern.substr(i, length);
      i += length - 1;
    }
  }
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

std::string escape_regex(std::string_view literal) {
  std::string out;
  out.reserve(literal.size());
  while (!literal.empty()) {
    const std::size_t length = kLiteral.prefix_of(literal);
    out += literal.substr(0, length);
    literal.remove_prefix(length);
    if (literal.empty()) break;
    out.push_back('\\');
    out.push_back(literal.front());
    literal.remove_prefix(1);
  }
  return out;
}

Regex::Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

base::Result<Regex> Regex::compile(std::string_view pattern, std::size_t memory_bytes) {
  Regex made;
  if (!base::is_valid_utf8(pattern))
    return base::fail(base::ErrorCode::kInvalid, {}, "the pattern is not valid UTF-8");
  if (auto literals = literal_alternatives(pattern)) {
    made.literals_ = std::move(*literals);
    return made;
  }
  CEEMS_TRY(const std::string translated, from_go(pattern));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_max_mem(static_cast<std::int64_t>(memory_bytes));
  made.compiled_ = std::make_unique<re2::RE2>(translated, options);
  if (!made.compiled_->ok()) {
    const bool large = made.compiled_->error_code() == re2::RE2::ErrorPatternTooLarge;
    return base::fail(large ? base::ErrorCode::kTooLarge : base::ErrorCode::kInvalid, {}, "{}",
                      made.compiled_->error());
  }
  return made;
}

bool Regex::matches(std::string_view value) const {
  if (!compiled_) return std::ranges::binary_search(literals_, value, std::ranges::less{});
  return re2::RE2::FullMatch(re2::StringPiece(value), *compiled_);
}

std::size_t Regex::program_size() const {
  return compiled_ ? static_cast<std::size_t>(std::max(compiled_->ProgramSize(), 0)) : 0;
}

}  // namespace ceems::promql

// Any bytes as tokens, strings, numbers, durations and patterns.
#include "promql/lexer.h"
#include "promql/literals.h"
#include "promql/matcher.h"
#include "promql/regex.h"
#include "promql/strings.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace ceems::promql;

void require(bool condition) {
  if (!condition) std::abort();
}

void lex(std::string_view text) {
  Lexer lexer(text);
  std::size_t last = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd && token.kind != TokenKind::kError;
       token = lexer.next()) {
    require(token.begin >= last && token.end > token.begin && token.end <= text.size());
    last = token.end;
    if (token.kind == TokenKind::kString) (void)unquote(lexer.text_of(token));
    if (token.kind == TokenKind::kNumber) (void)parse_number(lexer.text_of(token));
  }
}

void check_strings(std::string_view text) {
  const auto read = unquote(quote(text));
  require(read.has_value() && *read == text);
  if (const auto literals = literal_alternatives(text)) {
    const auto matcher = Matcher::make(MatchType::kRegex, "a", std::string(text));
    if (!matcher) return;
    for (const std::string& literal : *literals)
      require(matcher->matches(literal));
  }
  const std::string value(text);
  if (const auto escaped = Matcher::any_of("a", {&value, 1}))
    require(escaped->matches(text) && escaped->matches_empty() == text.empty());
}

void check_numbers(std::string_view text) {
  if (const auto value = parse_number(text)) {
    std::string printed;
    append_number(printed, *value);
    const auto again = parse_number(printed);
    require(again.has_value() && same_number(*again, *value));
  }
  if (const auto duration = parse_duration_ms(text); duration && *duration > 0) {
    std::string printed;
    append_duration(printed, *duration);
    require(parse_duration_ms(printed) == duration);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lex(text);
  check_strings(text);
  check_numbers(text);
  return 0;
}

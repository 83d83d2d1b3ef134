// Tokens and keywords of PromQL. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ceems::promql {

enum class TokenKind : std::uint8_t {
  kEnd,
  kError,       // the lexer has the message
  kWord,        // letters, digits and underscores
  kMetricWord,  // a word with colons, which only a metric can be called
  kNumber,      // Inf and NaN too
  kDuration,
  kString,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kAssign,  // =
  kEqual,   // ==
  kNotEqual,
  kRegex,     // =~
  kNotRegex,  // !~
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kTrimUpper,  // </
  kTrimLower,  // >/
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kCaret,
  kAt,
};

// Words with a meaning in some places; in others they are names. They are told apart from names by the
// parser.
enum class Keyword : std::uint8_t {
  kNone,
  kAnd,
  kOr,
  kUnless,
  kAtan2,
  kAvg,
  kBottomk,
  kCount,
  kCountValues,
  kGroup,
  kLimitk,
  kLimitRatio,
  kMax,
  kMin,
  kQuantile,
  kStddev,
  kStdvar,
  kSum,
  kTopk,
  kAnchored,
  kBool,
  kBy,
  kFill,
  kFillLeft,
  kFillRight,
  kGroupLeft,
  kGroupRight,
  kIgnoring,
  kOffset,
  kOn,
  kSmoothed,
  kWithout,
  kEnd,
  kMaxOf,
  kMinOf,
  kRange,
  kStart,
  kStep,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Keyword keyword = Keyword::kNone;  // of a kWord
  std::size_t begin = 0;             // bytes [begin, end) of the text
  std::size_t end = 0;
};

// Compared without case, as Prometheus does. kNone for other words.
Keyword keyword_of(std::string_view word);

// "inf" and "nan" in any case: numbers, never names outside of braces.
bool is_number_word(std::string_view word);

// Whether the word can stand for a metric outside of braces: not where it is a number or one of atan2, bool,
// group_left, group_right, ignoring and on.
bool can_name_metric(Keyword keyword);

// Whether `keyword` can be called like a function: start(), min_of(…). Words that are no keyword can.
bool can_name_function(Keyword keyword);

}  // namespace ceems::promql

#include "promql/lexer.h"

#include "base/text.h"
#include "promql/names.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

void Lexer::skip_blanks_and_comments() {
  while (position_ < text_.size()) {
    if (is_blank(text_[position_])) {
      ++position_;
    } else if (text_[position_] == '#') {
      while (position_ < text_.size() && text_[position_] != '\n' && text_[position_] != '\r')
        ++position_;
    } else {
      return;
    }
  }
}

Token Lexer::take(TokenKind kind, std::size_t bytes) {
  const Token token{kind, Keyword::kNone, position_, position_ + bytes};
  position_ += bytes;
  return token;
}

Token Lexer::fail(std::size_t at, std::string message) {
  failed_ = true;
  error_ = std::move(message);
  failure_ = {TokenKind::kError, Keyword::kNone, at, at};
  return failure_;
}

Token Lexer::next() {
  if (failed_) return failure_;
  skip_blanks_and_comments();
  if (position_ >= text_.size()) return {TokenKind::kEnd, Keyword::kNone, text_.size(), text_.size()};
  const char c = text_[position_];
  if (is_word_start(c)) return word();
  if (c == '"' || c == '\'' || c == '`') return string(c);
  if (c == ',') return take(TokenKind::kComma, 1);
  return brace_open_ ? inside_braces(c) : outside_braces(c);
}

Token Lexer::inside_braces(char c) {
  switch (c) {
    case '}':
      brace_open_ = false;
      return take(TokenKind::kRightBrace, 1);
    case '=':
      return peek(1) == '~' ? take(TokenKind::kRegex, 2) : take(TokenKind::kAssign, 1);
    case '!':
      if (peek(1) == '~') return take(TokenKind::kNotRegex, 2);
      if (peek(1) == '=') return take(TokenKind::kNotEqual, 2);
      return fail(position_, "'!' stands alone: a label is matched with =, !=, =~ or !~");
    default:
      return unexpected_character();
  }
}

Token Lexer::outside_braces(char c) {
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  switch (c) {
    case '(':
      return take(TokenKind::kLeftParen, 1);
    case ')':
      return take(TokenKind::kRightParen, 1);
    case '{':
      brace_open_ = true;
      return take(TokenKind::kLeftBrace, 1);
    case '[':
      if (bracket_open_) return fail(position_, "'[' inside of brackets");
      bracket_open_ = true;
      return take(TokenKind::kLeftBracket, 1);
    case ']':
      if (!bracket_open_) return fail(position_, "']' without '['");
      bracket_open_ = false;
      return take(TokenKind::kRightBracket, 1);
    case ':':
      return bracket_open_ ? take(TokenKind::kColon, 1) : word();
    case '+':
      return take(TokenKind::kPlus, 1);
    case '-':
      return take(TokenKind::kMinus, 1);
    case '*':
      return take(TokenKind::kStar, 1);
    case '/':
      return take(TokenKind::kSlash, 1);
    case '%':
      return take(TokenKind::kPercent, 1);
    case '^':
      return take(TokenKind::kCaret, 1);
    case '@':
      return take(TokenKind::kAt, 1);
    default:
      return comparison(c);
  }
}

Token Lexer::comparison(char c) {
  const char second = peek(1);
  switch (c) {
    case '=':
      if (second == '=') return take(TokenKind::kEqual, 2);
      if (second == '~') return fail(position_, "'=~' matches labels and stands inside of braces only");
      return take(TokenKind::kAssign, 1);
    case '!':
      if (second == '=') return take(TokenKind::kNotEqual, 2);
      if (second == '~') return fail(position_, "'!~' matches labels and stands inside of braces only");
      return unexpected_character();
    case '<':
      if (second == '=') return take(TokenKind::kLessEqual, 2);
      if (second == '/') return take(TokenKind::kTrimUpper, 2);
      return take(TokenKind::kLess, 1);
    case '>':
      if (second == '=') return take(TokenKind::kGreaterEqual, 2);
      if (second == '/') return take(TokenKind::kTrimLower, 2);
      return take(TokenKind::kGreater, 1);
    default:
      return unexpected_character();
  }
}

Token Lexer::unexpected_character() {
  const std::string_view rest = text_.substr(position_);
  const std::size_t length = base::utf8_length(rest);
  const auto byte = static_cast<unsigned char>(rest.front());
  if (length == 0) return fail(position_, fmt::format("byte 0x{:02x} is not UTF-8", byte));
  if (byte < 0x20 || byte == 0x7f)
    return fail(position_, fmt::format("unexpected control character 0x{:02x}", byte));
  return fail(position_, fmt::format("unexpected character '{}'", rest.substr(0, length)));
}

Token Lexer::word() {
  std::size_t end = position_;
  bool colons = false;
  const bool colons_allowed = !brace_open_ && !bracket_open_;
  while (end < text_.size() && (is_word_part(text_[end]) || (colons_allowed && text_[end] == ':'))) {
    colons = colons || text_[end] == ':';
    ++end;
  }
  const std::string_view text = text_.substr(position_, end - position_);
  Token token = take(colons ? TokenKind::kMetricWord : TokenKind::kWord, text.size());
  if (colons || brace_open_) return token;
  if (is_number_word(text)) {
    token.kind = TokenKind::kNumber;
    return token;
  }
  token.keyword = keyword_of(text);
  const bool fills = token.keyword == Keyword::kFill || token.keyword == Keyword::kFillLeft ||
                     token.keyword == Keyword::kFillRight;
  if (fills && !followed_by_parenthesis(end)) token.keyword = Keyword::kNone;
  return token;
}

// Only blanks may stand between: Prometheus does not look past a comment here.
bool Lexer::followed_by_parenthesis(std::size_t position) const {
  while (position < text_.size() && is_blank(text_[position]))
    ++position;
  return position < text_.size() && text_[position] == '(';
}

// Takes what looks like a number or a duration; literals.h says whether it is one.
Token Lexer::number() {
  std::size_t end = position_;
  const auto at = [&](std::size_t index) { return index < text_.size() ? text_[index] : '\0'; };
  const auto digits = [&] {
    while (is_digit(at(end)) || at(end) == '_')
      ++end;
  };
  TokenKind kind = TokenKind::kNumber;
  if (at(end) == '0' && (at(end + 1) == 'x' || at(end + 1) == 'X')) {
    end += 2;
    while (is_hex_digit(at(end)) || at(end) == '_')
      ++end;
  } else {
    digits();
    const bool whole = at(end) != '.';
    if (!whole) {
      ++end;
      digits();
    }
    if (at(end) == 'e' || at(end) == 'E') {
      ++end;
      if (at(end) == '+' || at(end) == '-') ++end;
      digits();
    } else if (whole && is_word_part(at(end))) {
      kind = TokenKind::kDuration;
      while (is_word_part(at(end)))
        ++end;
    }
  }
  if (is_word_part(at(end)) || at(end) == '.') {
    while (is_word_part(at(end)) || at(end) == '.')
      ++end;
    return fail(position_, fmt::format("'{}' is neither a number nor a duration",
                                       text_.substr(position_, std::min<std::size_t>(end - position_, 40))));
  }
  return take(kind, end - position_);
}

// Finds the closing quote; strings.h reads what is between.
Token Lexer::string(char quote) {
  for (std::size_t end = position_ + 1; end < text_.size(); ++end) {
    const char c = text_[end];
    if (c == quote) return take(TokenKind::kString, end + 1 - position_);
    if (quote == '`') continue;
    if (c == '\n') break;
    if (c == '\\') ++end;
  }
  return fail(position_, "the string is never closed");
}

}  // namespace ceems::promql

// Cuts a PromQL query into tokens, as Prometheus' lexer does: what a character means depends on whether
// braces or brackets are open. Comments (# to the end of the line) and blanks are left out. Not thread-safe.
#pragma once

#include "promql/token.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ceems::promql {

class Lexer {
 public:
  // The text must outlive the lexer.
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next token. After kEnd or kError it says the same again.
  Token next();

  std::string_view text_of(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }
  // Why the last token was kError.
  const std::string& error() const { return error_; }

 private:
  char peek(std::size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  void skip_blanks_and_comments();
  Token take(TokenKind kind, std::size_t bytes);
  Token fail(std::size_t at, std::string message);
  Token word();
  Token number();
  Token string(char quote);
  Token inside_braces(char c);
  Token outside_braces(char c);
  Token comparison(char c);
  Token unexpected_character();
  bool followed_by_parenthesis(std::size_t position) const;

  std::string_view text_;
  std::size_t position_ = 0;
  bool brace_open_ = false;
  bool bracket_open_ = false;
  bool failed_ = false;
  Token failure_;
  std::string error_;
};

}  // namespace ceems::promql

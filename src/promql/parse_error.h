// What is wrong with a query, and where. Thread-safe.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ceems::promql {

struct ParseError {
  std::size_t offset = 0;  // bytes into the query
  std::string message;     // lower case, no full stop
  bool too_large = false;  // beyond a limit: the query may be valid
};

struct LineColumn {
  std::size_t line = 1;
  std::size_t column = 1;  // in characters
};
LineColumn line_column(std::string_view query, std::size_t offset);

// "1:5: parse error: message", kInvalid or kTooLarge.
base::Error to_error(std::string_view query, const ParseError& error);

// The same for people, with the line that it is about, cut to what fits, and a mark below the place:
//
//   1:8: parse error: …
//   sum(foo @)
//           ^
std::string explain(std::string_view query, const ParseError& error);

}  // namespace ceems::promql

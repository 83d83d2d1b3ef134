// Putting texts that come from outside into PromQL. Pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::tsdb {

// The text as a regular expression (RE2) that matches it alone. Quotes, line ends and control characters come
// out as hexadecimal escapes, so that only backslashes are left for a quoted string to escape.
std::string escape_regex(std::string_view text);
// Alternatives, each escaped: "a|b\.c".
std::string any_of_regex(const std::vector<std::string>& texts);

// The text as a double-quoted PromQL string.
std::string quote(std::string_view text);

// "900000ms": a duration in any place where PromQL takes one; at least 1ms.
std::string milliseconds_text(std::chrono::milliseconds duration);

// Whether the text is one label matcher, name, operator and a quoted value: cluster="a".
bool is_matcher(std::string_view text);

}  // namespace ceems::tsdb

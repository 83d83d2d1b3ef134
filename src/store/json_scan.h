// Reading and writing the small JSON texts of database columns without building a tree. RFC 8259; strict.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// A cursor over one text, which must outlive it. Every member skips blanks first.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  bool finished();
  // Whether nothing is left but blanks or `null`; does not move otherwise.
  bool holds_nothing();
  bool at(char c);
  bool accept(char c);
  bool accept_word(std::string_view word);  // true, false, null
  base::Result<std::string> string();
  base::Result<double> number();
  // Skips one value of any kind, at most `depth` levels deep.
  base::Status skip_value(int depth);

  std::unexpected<base::Error> error(std::string_view what) const;

 private:
  void skip_blanks();
  base::Status skip_members(char close, int depth, bool named);
  base::Result<unsigned> hex4();

  std::string_view text_;
  std::size_t position_ = 0;
};

// The text as a JSON string, quotes included. '<', '>', '&', U+2028 and U+2029 are escaped, so that the
// result may stand in a web page; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// A list of strings. `null` and "" are the empty list; numbers and other scalars are kInvalid.
base::Result<std::vector<std::string>> parse_string_list(std::string_view json);
std::string to_json(const std::vector<std::string>& list);

// The text itself, its '<', '>' and '&' escaped, if it is one JSON object of at most 32 levels; else
// kInvalid. `null` and "" give "{}".
base::Result<std::string> splice_object(std::string_view json);

}  // namespace ceems::store

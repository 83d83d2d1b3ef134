// Comma-separated values as RFC 4180 has them. A line may end with LF alone.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::grid {

// Reads records one by one. Not thread-safe.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  // The fields of the next record, empty lines skipped; no field at all after the last. kInvalid for a quoted
  // field that does not end, or with text behind its end.
  base::Result<std::vector<std::string>> next();
  std::size_t line() const { return line_; }  // where the last record began, from 1

 private:
  base::Result<std::string> field();
  base::Result<std::string> quoted_field();
  bool at_line_end() const;
  void skip_line_end();

  std::string_view rest_;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
};

}  // namespace ceems::grid

#include "grid/csv.h"

#include <algorithm>

#include <fmt/format.h>

namespace ceems::grid {

bool CsvReader::at_line_end() const {
  return rest_.empty() || rest_.front() == '\n' || rest_.starts_with("\r\n");
}

void CsvReader::skip_line_end() {
  if (rest_.empty()) return;
  rest_.remove_prefix(rest_.front() == '\r' ? 2 : 1);
  ++next_line_;
}

base::Result<std::string> CsvReader::quoted_field() {
  std::string value;
  rest_.remove_prefix(1);
  while (true) {
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) break;
    value += rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    if (rest_.starts_with('"')) {
      value += '"';
      rest_.remove_prefix(1);
      continue;
    }
    next_line_ += static_cast<std::size_t>(std::ranges::count(value, '\n'));
    if (at_line_end() || rest_.front() == ',') return value;
    break;
  }
  return base::fail(base::ErrorCode::kInvalid, fmt::format("line {}", line_), "a quoted field does not end");
}

base::Result<std::string> CsvReader::field() {
  if (rest_.starts_with('"')) return quoted_field();
  std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
  if (end > 0 && end < rest_.size() && rest_[end] == '\n' && rest_[end - 1] == '\r') --end;
  std::string value(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return value;
}

base::Result<std::vector<std::string>> CsvReader::next() {
  while (!rest_.empty() && at_line_end())
    skip_line_end();
  std::vector<std::string> fields;
  line_ = next_line_;
  if (rest_.empty()) return fields;
  while (true) {
    CEEMS_TRY(std::string value, field());
    fields.push_back(std::move(value));
    if (at_line_end()) break;
    rest_.remove_prefix(1);  // the comma
  }
  skip_line_end();
  return fields;
}

}  // namespace ceems::grid

#include "base/text.h"
#include "report/characters.h"
#include "report/styles.h"

namespace ceems::report {

namespace {

void append_cell(std::string& out, const std::string& text) {
  const std::string cell = printable_lines(text);
  if (cell.find_first_of("\",\r\n") == std::string::npos) {
    out += cell;
  } else {
    out += '"' + base::replace_all(cell, "\"", "\"\"") + '"';
  }
}

void append_row(std::string& out, const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += ',';
    append_cell(out, row[i]);
  }
  out += '\n';
}

}  // namespace

std::string render_csv(const Table& table, bool header) {
  if (table.columns.empty()) return "";
  std::string out;
  if (header) {
    append_row(out, head_row(table, &Column::title));
    append_row(out, head_row(table, &Column::key));
  }
  for (const Row& row : table.units)
    append_row(out, row);
  if (table.has_summary) append_row(out, summary_row(table));
  for (const Row& row : table.summaries)
    append_row(out, row);
  return out;
}

}  // namespace ceems::report

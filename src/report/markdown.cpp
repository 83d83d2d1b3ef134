#include "base/text.h"
#include "report/characters.h"
#include "report/styles.h"

namespace ceems::report {

namespace {

void append_row(std::string& out, const Row& row) {
  out += '|';
  for (const std::string& cell : row) {
    std::string text = base::replace_all(cell, "\r\n", "\n");
    text = base::replace_all(std::move(text), "|", "\\|");
    // Line ends are the one control character that has a form of its own here.
    std::string line;
    std::string_view separator;
    for (const std::string_view piece : base::split(text, '\n')) {
      line += separator;
      line += printable(piece);
      separator = "<br/>";
    }
    out += ' ' + line + " |";
  }
  out += '\n';
}

}  // namespace

std::string render_markdown(const Table& table, bool header) {
  if (table.columns.empty()) return "";
  std::string out;
  if (header) {
    Row titles;
    for (const Column& column : table.columns)
      titles.push_back(column.key.empty() ? column.title : column.title + " " + column.key);
    append_row(out, titles);
    out += '|';
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      out += " --- |";
    out += '\n';
  }
  for (const Row& row : table.units)
    append_row(out, row);
  if (table.has_summary) append_row(out, summary_row(table));
  for (const Row& row : table.summaries)
    append_row(out, row);
  return out;
}

}  // namespace ceems::report

#include "report/characters.h"
#include "report/styles.h"

#include <string_view>

namespace ceems::report {

namespace {

std::string escape(const std::string& text) {
  if (text.empty()) return "&nbsp;";
  std::string out;
  for (const char c : printable_lines(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\n':
        out += "<br/>";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void append_row(std::string& out, const Row& row, std::string_view tag, bool merge) {
  out += "  <tr>\n";
  for (std::size_t i = 0; i < row.size();) {
    std::size_t count = 1;
    while (merge && i + count < row.size() && row[i + count] == row[i])
      ++count;
    const std::string attributes = count > 1 ? fmt::format(" align=\"center\" colspan={}", count) : "";
    out += fmt::format("    <{0}{1}>{2}</{0}>\n", tag, attributes, escape(row[i]));
    i += count;
  }
  out += "  </tr>\n";
}

}  // namespace

std::string render_html(const Table& table, bool header) {
  if (table.columns.empty()) return "";
  std::string out = "<table class=\"go-pretty-table\">\n";
  if (header) {
    out += "  <thead>\n";
    append_row(out, head_row(table, &Column::title), "th", true);
    append_row(out, head_row(table, &Column::key), "th", false);
    out += "  </thead>\n";
  }
  out += "  <tbody>\n";
  for (const Row& row : table.units)
    append_row(out, row, "td", false);
  if (table.has_summary) append_row(out, summary_row(table), "td", true);
  out += "  </tbody>\n";
  if (!table.summaries.empty()) {
    out += "  <tfoot>\n";
    for (const Row& row : table.summaries)
      append_row(out, row, "td", false);
    out += "  </tfoot>\n";
  }
  return out + "</table>\n";
}

}  // namespace ceems::report

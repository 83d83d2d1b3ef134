#include "report/text_table.h"

#include "report/characters.h"
#include "report/grid.h"

namespace ceems::report {

namespace {

GridBlock head_of(const Table& table) {
  GridBlock head(2);
  head[0].merge_equal = true;
  for (const Column& column : table.columns) {
    head[0].cells.push_back(upper_case(printable(column.title)));
    head[1].cells.push_back(upper_case(printable(column.key)));
  }
  return head;
}

GridRow row_of(const Row& row) {
  GridRow result;
  for (const std::string& cell : row)
    result.cells.push_back(printable(cell));
  return result;
}

GridRow summary_title(std::size_t columns) {
  GridRow row;
  row.merge_equal = true;
  row.cells.resize(columns);
  row.cells.front() = kSummaryTitle;
  return row;
}

}  // namespace

std::string render_text(const Table& table, bool header) {
  if (table.columns.empty()) return "";
  Grid grid;
  for (const Column& column : table.columns)
    grid.columns.push_back({column.min_width, column.max_width});
  if (header) grid.blocks.push_back(head_of(table));

  GridBlock body;
  for (const Row& row : table.units)
    body.push_back(row_of(row));
  if (table.has_summary) body.push_back(summary_title(table.columns.size()));
  grid.blocks.push_back(std::move(body));

  GridBlock foot;
  for (const Row& row : table.summaries)
    foot.push_back(row_of(row));
  grid.blocks.push_back(std::move(foot));

  // The rule that sets the summary off the units; it also falls between other rows of the same number.
  const std::size_t units = table.units.size();
  if (units > 0) grid.separated_rows.push_back(units - 1);
  grid.separated_rows.push_back(units);
  return render_grid(grid);
}

}  // namespace ceems::report

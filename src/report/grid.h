// A boxed grid of cells: where text_table.h draws. Blocks of rows one below the other, rules between them,
// cells of several lines, merged neighbours. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ceems::report {

struct GridRow {
  std::vector<std::string> cells;  // one for each column
  bool merge_equal = false;        // equal neighbours share one cell, centred
};

// Rows of one kind: head, body or foot.
using GridBlock = std::vector<GridRow>;

struct GridColumn {
  std::size_t min_width = 0;
  std::size_t max_width = 0;  // cells are wrapped to it; 0: never
};

struct Grid {
  std::vector<GridColumn> columns;
  std::vector<GridBlock> blocks;            // empty ones are left out
  std::vector<std::size_t> separated_rows;  // in each block a rule follows these rows, unless they are last
};

std::string render_grid(const Grid& grid);

// The lines of a cell: `text` as it is if it fits into `width` (0: always), else its words joined by single
// blanks and cut every `width` characters; a blank never starts a line.
std::vector<std::u32string> wrap(const std::u32string& text, std::size_t width);

}  // namespace ceems::report

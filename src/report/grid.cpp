#include "report/grid.h"

#include "report/characters.h"

#include <algorithm>
#include <string_view>

namespace ceems::report {

namespace {

using Lines = std::vector<std::u32string>;

// A run of columns that shows one cell.
struct Span {
  std::size_t first = 0;
  std::size_t count = 1;
  Lines lines;
};

struct LaidOutRow {
  std::vector<Span> spans;
  std::vector<bool> joined;  // joined[i]: no rule between column i and column i + 1
  std::size_t height = 1;
};

std::size_t longest(const Lines& lines) {
  std::size_t width = 0;
  for (const std::u32string& line : lines)
    width = std::max(width, line.size());
  return width;
}

LaidOutRow lay_out(const GridRow& row, const std::vector<GridColumn>& columns) {
  LaidOutRow result;
  result.joined.assign(columns.size(), false);
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t count = 1;
    while (row.merge_equal && i + count < columns.size() && row.cells[i + count] == row.cells[i]) {
      result.joined[i + count - 1] = true;
      ++count;
    }
    Span span{i, count, wrap(decode_utf8(row.cells[i]), columns[i].max_width)};
    result.height = std::max(result.height, span.lines.size());
    result.spans.push_back(std::move(span));
    i += count;
  }
  return result;
}

// Widens the columns of a merged cell until its text fits: those that already have their share keep their
// width, the others get equal parts of the rest.
void make_room(const Span& span, std::vector<std::size_t>& widths) {
  const std::size_t inner_boundaries = span.count - 1;
  std::size_t needed = longest(span.lines);
  needed -= std::min(needed, inner_boundaries);
  std::size_t offered = 0;
  std::vector<std::size_t> narrow;
  for (std::size_t i = span.first; i < span.first + span.count; ++i) {
    offered += widths[i];
    narrow.push_back(i);
  }
  if (needed <= offered) return;
  bool changed = true;
  while (changed && !narrow.empty()) {
    const std::size_t share = needed / narrow.size();
    const auto wide = std::ranges::find_if(narrow, [&](std::size_t i) { return widths[i] >= share; });
    changed = wide != narrow.end();
    if (changed) {
      needed -= std::min(needed, widths[*wide]);
      narrow.erase(wide);
    }
  }
  std::size_t left = narrow.size();
  for (const std::size_t i : narrow) {
    widths[i] = needed / left;
    needed -= widths[i];
    --left;
  }
}

std::vector<std::size_t> column_widths(const Grid& grid, const std::vector<std::vector<LaidOutRow>>& blocks) {
  std::vector<std::size_t> widths(grid.columns.size(), 0);
  const auto each_span = [&](auto&& visit) {
    for (const auto& block : blocks) {
      for (const LaidOutRow& row : block) {
        for (const Span& span : row.spans)
          visit(span);
      }
    }
  };
  each_span([&](const Span& span) {
    if (span.count == 1) widths[span.first] = std::max(widths[span.first], longest(span.lines));
  });
  for (std::size_t i = 0; i < widths.size(); ++i)
    widths[i] = std::max(widths[i], grid.columns[i].min_width);
  each_span([&](const Span& span) {
    if (span.count > 1) make_room(span, widths);
  });
  return widths;
}

class Painter {
 public:
  explicit Painter(std::vector<std::size_t> widths) : widths_(std::move(widths)) {}

  // A rule between two rows; nullptr above for the top border, below for the bottom one.
  void rule(const LaidOutRow* above, const LaidOutRow* below) {
    text_ += above == nullptr ? "┌" : below == nullptr ? "└" : "├";
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      for (std::size_t n = 0; n < widths_[i] + 2; ++n)
        text_ += "─";
      if (i + 1 < widths_.size()) text_ += junction(above, below, i);
    }
    text_ += above == nullptr ? "┐\n" : below == nullptr ? "┘\n" : "┤\n";
  }

  void row(const LaidOutRow& row) {
    for (std::size_t line = 0; line < row.height; ++line) {
      for (const Span& span : row.spans) {
        const std::u32string_view content =
            line < span.lines.size() ? std::u32string_view(span.lines[line]) : std::u32string_view();
        text_ += "│ ";
        cell(content, width(span), span.count > 1);
        text_ += ' ';
      }
      text_ += "│\n";
    }
  }

  std::string take() { return std::move(text_); }

 private:
  static std::string_view junction(const LaidOutRow* above, const LaidOutRow* below, std::size_t i) {
    const bool closed_above = above == nullptr || above->joined[i];
    const bool closed_below = below == nullptr || below->joined[i];
    if (closed_above && closed_below) return "─";
    if (closed_above) return "┬";
    if (closed_below) return "┴";
    return "┼";
  }

  std::size_t width(const Span& span) const {
    std::size_t width = 3 * (span.count - 1);
    for (std::size_t i = span.first; i < span.first + span.count; ++i)
      width += widths_[i];
    return width;
  }

  void cell(std::u32string_view content, std::size_t width, bool centred) {
    const std::size_t blanks = width - std::min(width, content.size());
    const std::size_t left = centred ? (blanks + 1) / 2 : 0;
    text_.append(left, ' ');
    text_ += encode_utf8(content);
    text_.append(blanks - left, ' ');
  }

  std::vector<std::size_t> widths_;
  std::string text_;
};

bool is_blank(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::vector<std::u32string> wrap(const std::u32string& text, std::size_t width) {
  if (width == 0 || text.size() <= width) return {text};
  std::u32string joined;
  for (const char32_t c : text) {
    if (!is_blank(c)) {
      joined += c;
    } else if (!joined.empty() && joined.back() != ' ') {
      joined += ' ';
    }
  }
  if (!joined.empty() && joined.back() == ' ') joined.pop_back();
  std::vector<std::u32string> lines(1);
  for (const char32_t c : joined) {
    if (lines.back().size() == width) lines.emplace_back();
    if (c == ' ' && lines.back().empty()) continue;
    lines.back() += c;
  }
  return lines;
}

std::string render_grid(const Grid& grid) {
  if (grid.columns.empty()) return "";
  std::vector<std::vector<LaidOutRow>> blocks;
  for (const GridBlock& block : grid.blocks) {
    if (block.empty()) continue;
    auto& rows = blocks.emplace_back();
    for (const GridRow& row : block)
      rows.push_back(lay_out(row, grid.columns));
  }
  if (blocks.empty()) return "";

  Painter painter(column_widths(grid, blocks));
  const LaidOutRow* above = nullptr;
  for (const auto& block : blocks) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      const bool starts_block = i == 0;
      const bool separated =
          i > 0 && std::ranges::find(grid.separated_rows, i - 1) != grid.separated_rows.end();
      if (starts_block || separated) painter.rule(above, &block[i]);
      painter.row(block[i]);
      above = &block[i];
    }
  }
  painter.rule(above, nullptr);
  return painter.take();
}

}  // namespace ceems::report

// The table that every output style prints: columns, and rows of finished texts. Plain data.
#pragma once

#include "report/field.h"
#include "report/summary.h"
#include "report/unit.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::report {

struct Column {
  std::string title;
  std::string key;            // sub-metric, where a field needs several columns; else ""
  std::size_t min_width = 0;  // characters, in text output
  std::size_t max_width = 0;  // 0: unlimited
};

inline constexpr std::string_view kSummaryTitle = "Summary";

using Row = std::vector<std::string>;  // one text for each column

struct Table {
  std::vector<Column> columns;
  std::vector<Row> units;
  bool has_summary = false;  // a row with kSummaryTitle stands below the units, then come the `summaries`
  std::vector<Row> summaries;
};

// Columns in the order of `fields`; a metric that has several sub-metrics over all units gets one column for
// each, sorted by name. Columns that are empty for every unit are left out. With a summary the first column
// always stays, and the job id leads the table even if `fields` lacks it: that is where counts are shown.
Table make_table(const FieldList& fields, const std::vector<Unit>& units, bool summary);

// The titles, or the keys, of all columns.
Row head_row(const Table& table, std::string Column::* text);
// The row with kSummaryTitle.
Row summary_row(const Table& table);

}  // namespace ceems::report

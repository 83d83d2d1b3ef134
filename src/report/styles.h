// The output styles for other programs. Pure functions; each result ends with a newline.
#pragma once

#include "report/table.h"
#include "report/unit.h"

#include <string>

namespace ceems::report {

// Quoting of RFC 4180: a cell with a quote, comma or line end stands in quotes, with inner quotes doubled.
// Lines end in a bare newline. Two head lines (titles, then sub-metrics), the units, the line "Summary", the
// summaries; every line has a cell for each column.
std::string render_csv(const Table& table, bool header);

// One head line; a sub-metric stands behind its title.
std::string render_markdown(const Table& table, bool header);

// One <table>, with the head's equal neighbours merged.
std::string render_html(const Table& table, bool header);

// {"units":[…],"summary":[…]}: one object for each unit, with the API's own names and full precision, and
// with just the members of `fields` that the unit has; then one object for each user and project, unless
// without a `summary`.
std::string render_json(const FieldList& fields, const std::vector<Unit>& units, bool summary);

}  // namespace ceems::report

// The boxed table for terminals: UTF-8 rules, cells wrapped to the limits of their column, equal neighbours
// in the head merged. Scripts of many sites read this layout, so it is exact to the byte; tests/data/report
// holds it as cases.
#pragma once

#include "report/table.h"

#include <string>

namespace ceems::report {

// With a final newline; "" for a table without columns.
std::string render_text(const Table& table, bool header);

}  // namespace ceems::report

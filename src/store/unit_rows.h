// Finding units and reading their rows. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/pool.h"
#include "store/reader.h"

#include <memory>
#include <string>

namespace ceems::store {

class Conditions;

// What makes a row of units belong to the query.
Conditions unit_conditions(const UnitQuery& query);
// "ended in the window, or still runs".
void add_time_condition(Conditions& conditions, const TimeRange& ended, bool running);

// The selected columns and the reading of one row of them.
std::string unit_columns(const UnitFields& fields);
Unit read_unit(const Statement& row, const UnitFields& fields);

std::unique_ptr<UnitCursor> make_unit_cursor(ConnectionPool& pool, UnitQuery query);

}  // namespace ceems::store

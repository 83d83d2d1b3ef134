// The SQL functions that the statements of this room use, on maps and lists as JSON text:
//   add_metric_map(old, new), min_metric_map(old, new), max_metric_map(old, new)
//   avg_metric_map(old, new, old_weight, new_weight [, missing])     weights are numbers, not NULL
//   merge_list(old, new, replace)     replace: new; else the union, without duplicates, sorted
//   metric_value(map, key)            the number, 0 without one
// NULL is an empty map or list. So is text that cannot be read, which is logged once.
#pragma once

struct sqlite3;

namespace ceems::store {

// Returns an SQLite result code.
int register_functions(sqlite3* db);

}  // namespace ceems::store

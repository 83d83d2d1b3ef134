// Comparing the sums with what they were made of, a little at a time. For this room only.
#pragma once

#include "base/result.h"
#include "store/rollup.h"
#include "store/sqlite.h"

#include <cstddef>
#include <cstdint>

namespace ceems::store {

// How far that has come.
struct RollupCheck {
  std::int64_t day = Coverage::kNothing;  // the last that was looked at; days before it are next
  std::size_t mark = 0;                   // how many marks were looked at, of one kind after the other
  int level = 0;                          // of blocks of days, that was looked at last
  std::int64_t differences = 0;           // found so far
};

// Compares the sums of one day, of every kind, with their rows, and one mark with the mark and the days
// before it. Gives all sums up if they differ. They must be complete.
base::Status check_some(Connection& connection, RollupCheck& check);

}  // namespace ceems::store

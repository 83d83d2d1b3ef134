// Sets of times, as ranges in UTC milliseconds with both ends included. Pure functions.
#pragma once

#include "store/model.h"

#include <vector>

namespace ceems::access {

// All times that lie in none of `ranges`, which may overlap and come in any order: in order, none touching
// another. The first and the last number that there is stand for ever. A range that ends before it starts
// holds nothing.
std::vector<store::TimeRange> complement(std::vector<store::TimeRange> ranges);

}  // namespace ceems::access

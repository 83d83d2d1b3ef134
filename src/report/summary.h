// Sums over the listed units, one row for each user and project. Pure functions.
#pragma once

#include "report/unit.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace ceems::report {

struct SummaryRow {
  std::size_t units = 0;
  std::string project;
  std::string group;  // of the first unit in the row
  std::string user;
  double walltime_seconds = 0;
  // By Field::slot. Totals are added up. Averages, over the units that have the sub-metric, are weighted by
  // the allocated time that belongs to them; where no unit has any, by walltime; without that too they are
  // plain.
  std::array<Metrics, kMetricFields> metrics;
};

// Sorted by user, then project.
std::vector<SummaryRow> summarise(const std::vector<Unit>& units);

// 93784 → "1-02:03:04", 59 → "00:00:59"; "" for nothing and less.
std::string print_elapsed(double seconds);

}  // namespace ceems::report

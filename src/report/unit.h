// What cacct keeps of a compute unit, and how it is read from the API server's answer. Plain data.
#pragma once

#include "base/result.h"
#include "report/field.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::report {

// Sub-metric name and value, sorted by name.
using Metrics = std::vector<std::pair<std::string, double>>;

// The value of that name; nullptr when there is none.
const double* find_metric(const Metrics& metrics, std::string_view name);

struct Unit {
  std::array<std::string, kTextFields> texts;  // by Field::slot; "" when absent
  std::array<Metrics, kMetricFields> metrics;  // by Field::slot
  Metrics total_time_seconds;                  // walltime, alloc_cputime, …
  std::int64_t started_at_ms = 0;              // since the epoch; 0: unknown
  std::int64_t ended_at_ms = 0;                // 0: still running
};

struct UnitsAnswer {
  std::vector<Unit> units;            // in the server's order
  std::vector<std::string> warnings;  // for the user to read
};

// The envelope {"status":…,"data":[…]} of /api/v1/units. kInvalid for text that is not such an envelope,
// kUnavailable with the server's own words for an error that the server reports. Members of the wrong type
// are taken as absent.
base::Result<UnitsAnswer> parse_units(std::string_view json);

}  // namespace ceems::report

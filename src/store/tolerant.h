// Reading columns that another program may have written: what cannot be understood is empty, and said once
// per process in the log. Thread-safe.
#pragma once

#include "store/metric_map.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

MetricMap read_metric_map(std::string_view json);
std::vector<std::string> read_string_list(std::string_view json);
// "{}" for what is not an object.
std::string read_object(std::string_view json);

}  // namespace ceems::store

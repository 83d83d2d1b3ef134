// Making parts of metric names out of names that something else gave.
#pragma once

#include <string>
#include <string_view>

namespace ceems::collector {

// Each run of characters that a metric name can't hold, with the underscores around it, becomes one
// underscore: "System.Embedded.1" → "System_Embedded_1". Letters, digits and other underscores stay.
std::string metric_name_part(std::string_view name);

}  // namespace ceems::collector

// What the answers of services have in common. Internal to this room; pure.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace ceems::grid {

// "the answer has another shape: <what>".
std::unexpected<base::Error> another_shape(std::string_view what);

// The number as grams per kilowatt-hour; kInvalid for what no grid can emit.
base::Result<double> plausible_grams(double grams);

// What a service says of an error, of the forms that are usual; empty if it says nothing. At most 200 bytes.
std::string error_text(std::string_view body);

}  // namespace ceems::grid

// Picking values from JSON that a service sent and that may be anything. Internal to this room; pure.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace ceems::grid {

// kInvalid if the text is no JSON, or nested deeper than any answer is.
base::Result<boost::json::value> parse_json(std::string_view text);

// Null if the value is no object, or has no such member.
const boost::json::value* member(const boost::json::value& value, std::string_view name);
// Nothing if it is not there or of another type.
std::optional<std::string_view> text_member(const boost::json::value& value, std::string_view name);
std::optional<double> number_member(const boost::json::value& value, std::string_view name);
std::optional<bool> bool_member(const boost::json::value& value, std::string_view name);

// "the answer has another shape: <what>".
std::unexpected<base::Error> another_shape(std::string_view what);

// The number as grams per kilowatt-hour; kInvalid for what no grid can emit.
base::Result<double> plausible_grams(double grams);

// What a service says of an error, of the forms that are usual; empty if it says nothing. At most 200 bytes.
std::string error_text(std::string_view body);

}  // namespace ceems::grid

// Reading JSON of any origin, bounded in depth. Pure functions. For this room only.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace ceems::kube {

namespace json = boost::json;

// Errors: kInvalid. They tell nothing of the text.
base::Result<json::value> parse_json(std::string_view text);

// nullptr or "" where `value` is no object, lacks the member, or has it in another type.
const json::value* member(const json::value& value, std::string_view name);
std::string text_member(const json::value& value, std::string_view name);

}  // namespace ceems::kube

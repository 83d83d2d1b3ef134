// Picking values from an answer of the Prometheus HTTP API. Internal to this room; pure.
#pragma once

#include "base/result.h"

#include <optional>
#include <string_view>

#include <boost/json.hpp>

namespace ceems::tsdb {

std::unexpected<base::Error> invalid_answer(std::string_view what);

std::string_view view(const boost::json::string& text);
// Null if the value is no object, or has no such member.
const boost::json::value* member(const boost::json::value& value, std::string_view name);
std::optional<std::string_view> text_member(const boost::json::value& value, std::string_view name);

// The answer as a tree in `storage`, with status "success"; `data` of it.
base::Result<const boost::json::value*> parse_answer(std::string_view body, boost::json::value& tree);

}  // namespace ceems::tsdb

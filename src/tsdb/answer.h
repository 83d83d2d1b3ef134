// Reading what a Prometheus-compatible server answers. Pure functions over bytes that may be anything.
#pragma once

#include "base/result.h"
#include "tsdb/client.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::tsdb {

// The elements of an instant vector from the body of /api/v1/query. kInvalid, with what is wrong, for
// anything else, including an answer whose status is "error". Native histograms are left out.
base::Result<std::vector<Sample>> parse_vector(std::string_view body);

// "errorType: error" from the body of a refusal; nothing if it is not of that form.
std::optional<std::string> parse_refusal(std::string_view body);

// Take what they understand into `settings` and leave the rest as it is; kInvalid if the body is not an
// answer.
base::Status take_config(std::string_view body, Settings& settings);        // /api/v1/status/config
base::Status take_flags(std::string_view body, Settings& settings);         // /api/v1/status/flags
base::Status take_runtime_info(std::string_view body, Settings& settings);  // /api/v1/status/runtimeinfo

// Whether a selector asks for anything beyond labels that may be absent: {uuid=~""} does not.
bool selects_something(std::string_view selector);

}  // namespace ceems::tsdb

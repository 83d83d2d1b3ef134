// The page at "/".
#pragma once

#include <string>

namespace ceems::api {

// `api_root` is the path of the API's routes, "/api/v1".
std::string landing_page(const std::string& api_root, bool has_metrics);

}  // namespace ceems::api

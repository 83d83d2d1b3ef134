// One request on its way through a front: what is known of it so far.
#pragma once

#include "http/message.h"
#include "lb/tsdb_routes.h"

#include <chrono>
#include <optional>
#include <string>

namespace ceems::lb {

struct Asked {
  std::string cluster_id;
  std::string user;  // "" without access control
  bool admin = false;
  std::optional<TsdbRoute> route;
  std::chrono::steady_clock::time_point since{};
  bool had_to_ask = false;  // the decision was not in memory
};

// The only value of that field; nothing if it is absent, empty or there several times.
std::optional<std::string> only_value(const http::Request& request, std::string_view name);

// The fields that a server behind sees of a user's request: few, and none that the user can choose but what
// coding and form the answer has.
http::Fields fields_of_user(const http::Request& request, const Asked& asked);
// All fields of the request but those that only we may set.
http::Fields passed_fields(const http::Request& request, const Asked& asked);

}  // namespace ceems::lb

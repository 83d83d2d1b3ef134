// One request on its way through a front: what is known of it so far.
#pragma once

#include "base/result.h"
#include "http/message.h"
#include "lb/pyroscope_api.h"
#include "lb/tsdb_routes.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace ceems::lb {

struct Asked {
  std::string cluster_id;
  std::string user;  // "" without access control
  bool admin = false;
  std::optional<TsdbRoute> route;          // of a TSDB
  std::optional<PyroscopeRoute> profiles;  // of a Pyroscope server
  std::chrono::steady_clock::time_point since{};
  bool had_to_ask = false;  // the decision was not in memory

  bool is_known() const { return route || profiles; }
};

// The only value of that field; nothing if it is absent, empty or there several times.
std::optional<std::string> only_value(const http::Request& request, std::string_view name);

// Takes the compression off a body, and the field that says so. kTooLarge for more than `limit` bytes,
// kInvalid for what is broken or of another coding than gzip.
base::Status decompress_body(http::Request& request, std::size_t limit);

// The fields that a server behind sees of a user's request: few, and none that the user can choose but what
// coding and form the answer has.
http::Fields fields_of_user(const http::Request& request, const Asked& asked);
// All fields of the request but those that only we may set.
http::Fields passed_fields(const http::Request& request, const Asked& asked);

}  // namespace ceems::lb

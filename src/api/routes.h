// The HTTP interface of the API server: its routes, and what every request goes through on its way to one.
#pragma once

#include "access/directory.h"
#include "access/peer.h"
#include "base/result.h"
#include "http/server.h"
#include "store/reader.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::api {

struct Options {
  std::string route_prefix = "/";  // of the API's routes; "/" for none
  // Request headers that name the user; the first that is not empty counts.
  std::vector<std::string> user_headers = {"X-Grafana-User"};
  std::string external_url;  // of the server, for the OpenAPI document; "": where that came from
  access::PeerPolicy peers;
  std::string cors_origins = ".*";          // regular expression
  std::optional<std::int64_t> compression;  // level; absent: replies are never compressed
  std::int64_t max_requests = 0;            // per client and minute; 0: any number
  std::chrono::seconds max_period{0};       // longest window that may be asked for; 0: any
  bool exact_usage = false;                 // current usage counts days in the window, not whole units
  std::function<std::string()> metrics;     // makes the page of /metrics; empty: there is no such route
  // Told of each answered request of the API: its route below /api/v1, status and time. May be empty.
  std::function<void(std::string_view, int, std::chrono::nanoseconds)> count;
  std::function<std::chrono::sys_seconds()> now;
};

// What `reader` and `directory` refer to must outlive the routes. kInvalid where an option makes no sense.
base::Result<std::vector<http::Route>> make_routes(Options options, store::Reader& reader,
                                                   const access::Directory& directory);

}  // namespace ceems::api

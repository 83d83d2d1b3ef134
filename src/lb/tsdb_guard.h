// What becomes of a user's request to a Prometheus-compatible server: checked, narrowed to the user's units,
// and written anew from what was understood of it.
#pragma once

#include "access/guard.h"
#include "base/result.h"
#include "http/message.h"
#include "lb/settings.h"
#include "lb/tsdb_routes.h"

#include <cstdint>
#include <string>

namespace ceems::lb {

struct TsdbRequest {
  std::string method;
  std::string target;  // path and query
  std::string body;    // a form, for POST
};

// `now_ms`: the time of the request, in UTC milliseconds; a query without a time runs at that time.
// kInvalid (parameters, PromQL), kPermission, kTooLarge (units, parameters), kUnavailable (nobody can tell
// who owns what), kNoData (the guard's claims do not know it yet).
base::Result<TsdbRequest> guard_request(const TsdbRoute& route, const http::Request& request,
                                        const access::Guard& guard, const AccessSettings& settings,
                                        std::int64_t now_ms);

}  // namespace ceems::lb

// Claims that an API server tells, where its database is out of reach.
#pragma once

#include "access/claims.h"
#include "lb/api_server.h"

#include <chrono>
#include <functional>
#include <memory>

namespace ceems::lb {

struct RemoteOptions {
  std::chrono::milliseconds max_staleness{86'400'000};  // of the server's database, as with one of our own
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// They are those that the server's database would give. kUnavailable while the server cannot tell, or its
// database is too old; it is asked anew each time.
//
// A server that has no units/owned is asked about each id by units/verify instead, which tells of no times
// and not when anybody else had the id: an id of the user's is claimed for ever, any other is somebody else's
// for ever. Lists of units are refused then (kPermission), and more ids at once than is sensible (kTooLarge).
// Now and then it is looked whether the server has become a newer one.
//
// `server` must outlive them.
std::unique_ptr<access::Claims> make_remote_claims(ApiServer& server, RemoteOptions options);

}  // namespace ceems::lb

// One request whose sender is known, and what handlers need to answer it. Handlers run concurrently.
#pragma once

#include "access/caller.h"
#include "access/claims.h"
#include "access/directory.h"
#include "api/parameters.h"
#include "http/message.h"
#include "store/reader.h"

#include <chrono>
#include <functional>

namespace ceems::api {

struct Call {
  access::Caller caller;
  Parameters parameters;
};

// Shared by all handlers; thread-safe.
struct Backend {
  store::Reader& reader;
  const access::Directory& directory;
  access::Claims& claims;
  std::chrono::seconds max_period{0};  // longest window that may be asked for; 0: any
  bool exact_usage = false;            // see routes.h
  std::function<std::chrono::sys_seconds()> now;
};

using CallHandler = std::function<http::Response(const Backend&, const Call&)>;

}  // namespace ceems::api

// What every request goes through: rate limit, identity, permissions, parameters; and every reply:
// compression, cross-origin fields. Thread-safe.
#pragma once

#include "api/call.h"
#include "api/cors.h"
#include "api/rate_limit.h"
#include "api/route_table.h"
#include "api/routes.h"
#include "http/server.h"

#include <memory>
#include <optional>
#include <string>

namespace ceems::api {

class Pipeline {
 public:
  static base::Result<std::shared_ptr<Pipeline>> create(Options options, store::Reader& reader,
                                                        const access::Directory& directory);

  // Options are checked by create().
  Pipeline(Options options, Cors cors, store::Reader& reader, const access::Directory& directory);

  // A handler that answers the audience of a route; `route` must live on.
  static http::Handler for_callers(std::shared_ptr<Pipeline> pipeline, const ApiRoute& route);
  // A handler that answers anybody whom the web configuration lets in.
  static http::Handler for_anybody(std::shared_ptr<Pipeline> pipeline, http::Handler handler);

  const Options& options() const { return options_; }
  const Backend& backend() const { return backend_; }

 private:
  http::Response answer(const http::Request& request, const ApiRoute& route);
  http::Response finish(const http::Request& request, const http::Handler& handler);
  std::string_view user_of(const http::Request& request) const;

  const Options options_;
  const Cors cors_;
  const std::unique_ptr<access::Claims> claims_;
  const Backend backend_;
  std::optional<RateLimit> rate_limit_;
};

}  // namespace ceems::api

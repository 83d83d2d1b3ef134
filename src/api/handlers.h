// The routes' handlers. Each reads its parameters, asks the access room which rows the caller may see and the
// store for them. The *_admin ones must be reached by administrators only. Thread-safe.
#pragma once

#include "api/call.h"
#include "http/message.h"

namespace ceems::api {

http::Response units(const Backend& backend, const Call& call);
http::Response units_admin(const Backend& backend, const Call& call);
// Whether the caller may see each of the units that he names: 200 or 403.
http::Response verify(const Backend& backend, const Call& call);
// Which units a user may see, and at which times nobody else had one of the same id. For the service account.
http::Response owned(const Backend& backend, const Call& call);

http::Response current_usage(const Backend& backend, const Call& call);
http::Response current_usage_admin(const Backend& backend, const Call& call);
http::Response global_usage(const Backend& backend, const Call& call);
http::Response global_usage_admin(const Backend& backend, const Call& call);

http::Response users(const Backend& backend, const Call& call);
http::Response users_admin(const Backend& backend, const Call& call);
http::Response projects(const Backend& backend, const Call& call);
http::Response projects_admin(const Backend& backend, const Call& call);

http::Response current_stats_admin(const Backend& backend, const Call& call);
http::Response global_stats_admin(const Backend& backend, const Call& call);
http::Response clusters_admin(const Backend& backend, const Call& call);

}  // namespace ceems::api

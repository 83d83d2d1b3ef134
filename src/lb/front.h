// What becomes of a request to the load balancer: who asks, whether that may be answered, and by whom. One
// front for each kind of server.
#pragma once

#include "access/guard.h"
#include "access/peer.h"
#include "access/remembered_claims.h"
#include "http/forward.h"
#include "http/server.h"
#include "lb/backends.h"
#include "lb/self_metrics.h"
#include "lb/settings.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::lb {

inline constexpr const char* kClusterField = "X-Ceems-Cluster-Id";
inline constexpr const char* kUserField = "X-Grafana-User";
inline constexpr const char* kLoggedUserField = "X-Ceems-Logged-User";
inline constexpr const char* kAdminUserField = "X-Ceems-Admin-User";

// What a front works with; all of it outlives the front.
struct FrontParts {
  Backends* backends = nullptr;
  access::RememberedClaims* claims = nullptr;  // nullptr: no access control
  AccessSettings access{};
  access::PeerPolicy peers{};
  SelfMetrics* metrics = nullptr;
  // Lines for the audit log; may be empty.
  std::function<void(const std::string& line)> audit{};
  // UTC milliseconds.
  std::function<std::int64_t()> now_ms{};
};

// The route that takes every path. The handlers refer to what `parts` points to. With access control only
// requests to TSDBs are understood, and those to others are administrators' alone.
http::Route make_front_route(FrontParts parts);

}  // namespace ceems::lb

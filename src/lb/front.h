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

// What a front works with.
struct FrontParts {
  std::shared_ptr<Backends> backends{};
  std::shared_ptr<access::RememberedClaims> claims{};  // null: no access control
  AccessSettings access{};
  access::PeerPolicy peers{};
  SelfMetrics* metrics = nullptr;  // outlives all requests
  // Lines for the audit log; may be empty.
  std::function<void(const std::string& line)> audit{};
  // UTC milliseconds.
  std::function<std::int64_t()> now_ms{};
};

class Front;

// Where requests of one kind come in. What stands behind it may be exchanged while they run: each is ended by
// the front that it came to. Thread-safe.
class Entrance {
 public:
  explicit Entrance(FrontParts parts);
  void exchange(FrontParts parts);

  std::shared_ptr<const Backends> backends() const;
  // Takes every path. May outlive the entrance.
  http::Route route() const;

 private:
  struct Slot;
  std::shared_ptr<Slot> slot_;
};

}  // namespace ceems::lb

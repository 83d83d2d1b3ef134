#include "lb/front.h"

#include "access/caller.h"
#include "access/query_memory.h"
#include "base/log.h"
#include "lb/dispatch.h"
#include "lb/guarded.h"
#include "lb/pyroscope_guard.h"
#include "lb/refusal.h"
#include "lb/request.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace ceems::lb {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kNoCluster =
    "invalid cluster ID. Set cluster ID using X-Ceems-Cluster-Id header in Prometheus datasource.";
constexpr std::string_view kNoUser =
    "no user header found. Make sure to set send_user_header = true in [dataproxy] section of Grafana "
    "configuration "
    "file.";

bool is_name(std::string_view text) {
  return text.size() <= 256 &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

}  // namespace

// Immutable but for what it remembers; shared by the steps of all requests that came to it.
class Front : public std::enable_shared_from_this<Front> {
 public:
  explicit Front(FrontParts parts)
      : parts_(std::move(parts)),
        guard_options_{.unitless_metrics = parts_.access.unitless_metrics,
                       .max_units = parts_.access.max_units},
        queries_(std::make_unique<access::QueryMemory>(
            access::QueryMemoryOptions{.max_age = parts_.access.remember})) {}

  http::Answer decide(http::Request& request) const {
    Asked asked;
    asked.since = Clock::now();
    const auto cluster = only_value(request, kClusterField);
    if (!cluster || !parts_.backends->has_cluster(*cluster))
      return refuse(asked, refusal(400, "bad_request", kNoCluster), "no-cluster");
    asked.cluster_id = *cluster;
    if (kind() == Kind::kTsdb) {
      asked.route = find_tsdb_route(request.method, request.path());
    } else {
      asked.profiles = find_pyroscope_route(request.method, request.path());
    }
    if (parts_.claims == nullptr) return pass(request, std::move(asked));

    const auto user = only_value(request, kUserField);
    const access::Peer peer{.address = request.peer_address,
                            .authenticated = !request.authenticated_user.empty()};
    if (!user || !is_name(*user) || !believes(peer, *user))
      return refuse(asked, refusal(401, "unauthorized", kNoUser), "no-user");
    asked.user = *user;
    const auto admin = parts_.claims->knowing().is_admin(asked.user);
    if (!admin && admin.error().code == base::ErrorCode::kNoData) {
      asked.had_to_ask = true;
      return http::Later{[self = shared_from_this(), asked](http::Request& later) mutable {
        const auto answer = self->parts_.claims->asking().is_admin(asked.user);
        return self->with_role(later, std::move(asked), answer);
      }};
    }
    return with_role(request, std::move(asked), admin);
  }

 private:
  // Where claims come from.
  enum class Source : std::uint8_t { kMemory, kOwners };

  Kind kind() const { return parts_.backends->kind(); }

  bool believes(const access::Peer& peer, const std::string& user) const {
    return user == access::kServiceAccount ? parts_.peers.believes_service(peer)
                                           : parts_.peers.believes(peer);
  }

  http::Answer with_role(http::Request& request, Asked asked, const base::Result<bool>& admin) const {
    if (!admin) return refuse(asked, admin.error());
    asked.admin = *admin;
    if (asked.admin) return pass(request, std::move(asked));
    if (!asked.is_known()) {
      return refuse(asked, base::Error{.code = base::ErrorCode::kPermission,
                                       .message = "user do not have permissions to this resource",
                                       .subject = {}});
    }
    if (asked.profiles) {
      return http::ReadBody{profiles_limit(), [self = shared_from_this(),
                                               asked = std::move(asked)](http::Request& whole) mutable {
                              return self->decompress(whole, std::move(asked));
                            }};
    }
    return http::ReadBody{parts_.access.max_body_bytes,
                          [self = shared_from_this(), asked = std::move(asked)](
                              http::Request& whole) mutable { return self->guard(whole, std::move(asked)); }};
  }

  std::size_t profiles_limit() const { return std::min(parts_.access.max_body_bytes, kMaxPyroscopeBody); }

  http::Answer decompress(http::Request& request, Asked asked) const {
    if (const auto status = decompress_body(request, profiles_limit()); !status) {
      if (status.error().code == base::ErrorCode::kTooLarge)
        return refuse(asked, refusal(413, "too_large", "the body is too large"), "too-large");
      return refuse(asked, status.error(), &request);
    }
    return guard(request, std::move(asked));
  }

  // Decides from memory, or on a worker if that does not do.
  http::Answer guard(http::Request& request, Asked asked) const {
    auto guarded = guarded_by(Source::kMemory, request, asked);
    if (!guarded && guarded.error().code == base::ErrorCode::kNoData) {
      asked.had_to_ask = true;
      return http::Later{[self = shared_from_this(), asked = std::move(asked)](http::Request& later) mutable {
        auto answer = self->guarded_by(Source::kOwners, later, asked);
        return self->send(later, std::move(asked), std::move(answer));
      }};
    }
    return send(request, std::move(asked), std::move(guarded));
  }

  base::Result<GuardedRequest> guarded_by(Source source, const http::Request& request,
                                          const Asked& asked) const {
    access::RememberedClaims::Dated claims(*parts_.claims, source == Source::kOwners);
    const access::Reader reader{.user = asked.user,
                                .cluster_id = asked.cluster_id,
                                .clusters = parts_.backends->cluster_ids(),
                                .neighbours = parts_.backends->neighbours(asked.cluster_id)};
    const access::Guard guard(claims, guard_options_, reader, *queries_);
    return guard_any(asked, request, guard, parts_.access, parts_.now_ms());
  }

  http::Answer send(const http::Request& request, Asked asked, base::Result<GuardedRequest> guarded) const {
    parts_.metrics->count_decision(kind(), asked.had_to_ask, Clock::now() - asked.since);
    if (!guarded) return refuse(asked, guarded.error(), &request);
    audit(asked, "allowed", guarded->target, guarded->readable ? *guarded->readable : guarded->body);
    Outgoing outgoing;
    outgoing.method = std::move(guarded->method);
    outgoing.target = std::move(guarded->target);
    outgoing.fields = fields_of_user(request, asked);
    for (const auto& [name, value] : guarded->fields.entries())
      outgoing.fields.set(name, value);
    outgoing.body = std::move(guarded->body);
    outgoing.idempotent = true;
    outgoing.tames_errors = true;
    outgoing.edit = std::move(guarded->edit);
    return dispatch(parts_.backends, *parts_.metrics, std::move(asked), std::move(outgoing));
  }

  // As it came: administrators may see everything, and without access control everybody may.
  http::Answer pass(http::Request& request, Asked asked) const {
    // A query is kept, so that a second server can be asked.
    if (asked.is_known() && request.method == "POST") {
      return http::ReadBody{
          parts_.access.max_body_bytes,
          [self = shared_from_this(), asked = std::move(asked)](http::Request& whole) mutable {
            Outgoing outgoing = self->as_it_came(whole, asked);
            outgoing.body = std::move(whole.body);
            outgoing.idempotent = true;
            return dispatch(self->parts_.backends, *self->parts_.metrics, std::move(asked),
                            std::move(outgoing));
          }};
    }
    Outgoing outgoing = as_it_came(request, asked);
    outgoing.body = http::ClientBody{};
    return dispatch(parts_.backends, *parts_.metrics, std::move(asked), std::move(outgoing));
  }

  Outgoing as_it_came(const http::Request& request, const Asked& asked) const {
    if (parts_.audit) audit(asked, "passed", request.target, readable_body(asked, request));
    Outgoing outgoing;
    outgoing.method = request.method;
    outgoing.target = request.target;
    outgoing.fields = passed_fields(request, asked);
    return outgoing;
  }

  http::Response refuse(const Asked& asked, http::Response response, std::string_view reason) const {
    if (kind() == Kind::kPyroscope) response.body = with_connect_error(response.status, response.text());
    parts_.metrics->count_refusal(kind(), reason);
    parts_.metrics->count_request(kind(), asked.cluster_id, response.status, Clock::now() - asked.since);
    return response;
  }

  http::Response refuse(const Asked& asked, const base::Error& error,
                        const http::Request* request = nullptr) const {
    const base::Logger log;
    if (error.code == base::ErrorCode::kUnavailable) {
      log.warn("access cannot be decided", {{"user", asked.user}, {"err", error}});
    } else {
      log.debug("refused", {{"user", asked.user}, {"cluster", asked.cluster_id}, {"err", error}});
    }
    if (parts_.audit) {
      audit(asked, error.text(), request != nullptr ? request->target : "",
            request != nullptr ? readable_body(asked, *request) : "");
    }
    return refuse(asked, refusal(error), refusal_reason(error));
  }

  void audit(const Asked& asked, std::string_view decision, std::string_view target,
             std::string_view body) const {
    if (!parts_.audit) return;
    boost::json::object line;
    line["time_ms"] = parts_.now_ms();
    line["cluster"] = asked.cluster_id;
    line["user"] = asked.user;
    line["admin"] = asked.admin;
    line["decision"] = decision;
    line["target"] = target;
    line["form"] = body;
    parts_.audit(boost::json::serialize(line) + "\n");
  }

  const FrontParts parts_;
  const access::GuardOptions guard_options_;
  const std::unique_ptr<access::QueryMemory> queries_;
};

struct Entrance::Slot {
  mutable std::mutex mutex;
  std::shared_ptr<const Front> front;      // guarded by mutex
  std::shared_ptr<const Backends> behind;  // guarded by mutex

  std::shared_ptr<const Front> current() const {
    const std::scoped_lock lock(mutex);
    return front;
  }
};

Entrance::Entrance(FrontParts parts) : slot_(std::make_shared<Slot>()) {
  exchange(std::move(parts));
}

void Entrance::exchange(FrontParts parts) {
  std::shared_ptr<const Backends> behind = parts.backends;
  std::shared_ptr<const Front> front = std::make_shared<const Front>(std::move(parts));
  // The former ones end outside of the lock.
  const std::scoped_lock lock(slot_->mutex);
  slot_->front.swap(front);
  slot_->behind.swap(behind);
}

std::shared_ptr<const Backends> Entrance::backends() const {
  const std::scoped_lock lock(slot_->mutex);
  return slot_->behind;
}

http::Route Entrance::route() const {
  http::Route route;
  route.path = "/…";
  route.decide = [slot = slot_](http::Request& request) { return slot->current()->decide(request); };
  return route;
}

}  // namespace ceems::lb

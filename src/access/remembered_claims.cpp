#include "access/remembered_claims.h"

#include "access/generations.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::access {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

// Whole minutes around a window, so that one that ends now is asked for once a minute. What is found too much
// is harmless: every claim is held against the exact window.
store::TimeRange whole_minutes(const store::TimeRange& window) {
  store::TimeRange rounded = window;
  constexpr std::int64_t kFar = std::int64_t{1} << 60;
  if (window.from_ms > -kFar) rounded.from_ms -= ((window.from_ms % kMinuteMs) + kMinuteMs) % kMinuteMs;
  if (window.to_ms < kFar)
    rounded.to_ms += (kMinuteMs - ((window.to_ms % kMinuteMs) + kMinuteMs) % kMinuteMs) % kMinuteMs;
  return rounded;
}

// Lengths before the parts keep two keys apart whatever the names hold.
std::string key_of(const std::string& user, const std::string& cluster_id, const std::string& rest) {
  return fmt::format("{}:{}{}:{}{}", user.size(), user, cluster_id.size(), cluster_id, rest);
}

}  // namespace

class RememberedClaims::Memory {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Memory(MemoryOptions options)
      : options_(std::move(options)),
        admins_(options_.max_claims),
        claims_(options_.max_claims),
        lists_(options_.max_claims) {}

  TimePoint now() const { return options_.now(); }

  std::optional<bool> admin(const std::string& user) {
    const std::scoped_lock lock(mutex_);
    return admins_.find(user, oldest());
  }
  void admin_is(const std::string& user, bool admin) {
    const std::scoped_lock lock(mutex_);
    admins_.put(user, admin, options_.now());
  }

  // `since`: becomes the time of the answer, if that is earlier.
  std::optional<Claim> claim(const std::string& user, const std::string& cluster_id, const std::string& uuid,
                             TimePoint& since) {
    const std::scoped_lock lock(mutex_);
    return claims_.find(key_of(user, cluster_id, uuid), oldest(), since);
  }
  void claim_is(const std::string& user, const std::string& cluster_id, const Claim& claim) {
    const std::scoped_lock lock(mutex_);
    claims_.put(key_of(user, cluster_id, claim.uuid), claim, options_.now());
  }

  std::optional<ClaimList> list(const std::string& key, TimePoint& since) {
    const std::scoped_lock lock(mutex_);
    return lists_.find(key, oldest(), since);
  }
  void list_is(const std::string& key, const ClaimList& list) {
    const std::scoped_lock lock(mutex_);
    lists_.put(key, list, options_.now(), list->size() + 1);
  }

 private:
  TimePoint oldest() const { return options_.now() - options_.max_age; }

  const MemoryOptions options_;
  std::mutex mutex_;  // guards what follows
  Generations<bool> admins_;
  Generations<Claim> claims_;
  Generations<ClaimList> lists_;
};

// Looks into the memory; what it lacks comes from `source`, or not at all where there is none.
class RememberedClaims::Lookup final : public Claims {
 public:
  using TimePoint = Memory::TimePoint;

  Lookup(Memory& memory, Claims* source) : memory_(memory), source_(source) {}

  TimePoint now() const { return memory_.now(); }

  base::Result<bool> is_admin(const std::string& user) override {
    if (const auto known = memory_.admin(user)) return *known;
    if (source_ == nullptr) return unknown();
    CEEMS_TRY(const bool admin, source_->is_admin(user));
    memory_.admin_is(user, admin);
    return admin;
  }

  base::Result<std::vector<Claim>> of_ids(const std::string& user, const std::string& cluster_id,
                                          const std::vector<std::string>& uuids) override {
    TimePoint since;
    return of_ids_since(user, cluster_id, uuids, since);
  }

  // The same; `since` becomes the time of the oldest answer, if that is earlier.
  base::Result<std::vector<Claim>> of_ids_since(const std::string& user, const std::string& cluster_id,
                                                const std::vector<std::string>& uuids, TimePoint& since) {
    std::vector<Claim> claims(uuids.size());
    std::vector<std::string> asked;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < uuids.size(); ++i) {
      if (auto known = memory_.claim(user, cluster_id, uuids[i], since)) {
        claims[i] = *std::move(known);
      } else {
        asked.push_back(uuids[i]);
        places.push_back(i);
      }
    }
    if (asked.empty()) return claims;
    if (source_ == nullptr) return unknown();
    CEEMS_TRY(auto found, source_->of_ids(user, cluster_id, asked));
    for (std::size_t i = 0; i < found.size(); ++i) {
      memory_.claim_is(user, cluster_id, found[i]);
      claims[places[i]] = std::move(found[i]);
    }
    return claims;
  }

  base::Result<ClaimList> in_window(const std::string& user, const std::string& cluster_id,
                                    const store::TimeRange& window, std::size_t limit) override {
    TimePoint since;
    return in_window_since(user, cluster_id, window, limit, since);
  }

  base::Result<ClaimList> in_window_since(const std::string& user, const std::string& cluster_id,
                                          const store::TimeRange& window, std::size_t limit,
                                          TimePoint& since) {
    const store::TimeRange rounded = whole_minutes(window);
    const std::string key =
        key_of(user, cluster_id, fmt::format("{} {} {}", rounded.from_ms, rounded.to_ms, limit));
    if (auto known = memory_.list(key, since)) return *std::move(known);
    if (source_ == nullptr) return unknown();
    CEEMS_TRY(auto found, source_->in_window(user, cluster_id, rounded, limit));
    memory_.list_is(key, found);
    // Whoever asks for a list asks for its ids next, also on other grounds.
    for (const Claim& claim : *found)
      memory_.claim_is(user, cluster_id, claim);
    return found;
  }

 private:
  static std::unexpected<base::Error> unknown() {
    return base::fail(base::ErrorCode::kNoData, "", "not in memory");
  }

  Memory& memory_;
  Claims* const source_;
};

RememberedClaims::RememberedClaims(Claims& source, MemoryOptions options)
    : memory_(std::make_unique<Memory>(std::move(options))),
      asking_(std::make_unique<Lookup>(*memory_, &source)),
      knowing_(std::make_unique<Lookup>(*memory_, nullptr)) {}

RememberedClaims::~RememberedClaims() = default;

Claims& RememberedClaims::asking() {
  return *asking_;
}

Claims& RememberedClaims::knowing() {
  return *knowing_;
}

// What is asked for is at most as old as the decision, which begins here.
RememberedClaims::Dated::Dated(RememberedClaims& memory, bool asks)
    : lookup_(asks ? *memory.asking_ : *memory.knowing_), grounds_{.since = lookup_.now()} {}

base::Result<bool> RememberedClaims::Dated::is_admin(const std::string& user) {
  // Remembered for a time of its own.
  grounds_.at_all_times = false;
  grounds_.since = {};
  return lookup_.is_admin(user);
}

base::Result<std::vector<Claim>> RememberedClaims::Dated::of_ids(const std::string& user,
                                                                 const std::string& cluster_id,
                                                                 const std::vector<std::string>& uuids) {
  CEEMS_TRY(auto claims, lookup_.of_ids_since(user, cluster_id, uuids, grounds_.since));
  grounds_.at_all_times = grounds_.at_all_times && std::ranges::all_of(claims, [](const Claim& claim) {
                            return claim.foreign.empty();
                          });
  return claims;
}

base::Result<ClaimList> RememberedClaims::Dated::in_window(const std::string& user,
                                                           const std::string& cluster_id,
                                                           const store::TimeRange& window,
                                                           std::size_t limit) {
  grounds_.at_all_times = false;
  return lookup_.in_window_since(user, cluster_id, window, limit, grounds_.since);
}

}  // namespace ceems::access

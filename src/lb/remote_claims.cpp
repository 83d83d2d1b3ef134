#include "lb/remote_claims.h"

#include "access/caller.h"
#include "base/log.h"
#include "base/text.h"
#include "http/message.h"
#include "lb/api_server_answer.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

using access::Claim;
using std::chrono::nanoseconds;

constexpr std::string_view kOwned = "units/owned";
constexpr std::string_view kVerify = "units/verify";
constexpr std::string_view kAdmins = "users/admin";

// No unit has a longer id.
constexpr std::size_t kLongestId = 1'000;
// So long a URL passes every proxy.
constexpr std::size_t kMaxIdBytes = 6'000;
constexpr std::size_t kServersLimit = 100'000;
// Ids that are asked about one by one.
constexpr std::size_t kMaxVerified = 200;
constexpr std::chrono::minutes kUntilNextLook{5};
constexpr store::TimeRange kAlways{std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()};

std::int64_t whole_seconds(std::int64_t time_ms) {
  constexpr std::int64_t kSecondMs = 1'000;
  return time_ms / kSecondMs - (time_ms % kSecondMs < 0 ? 1 : 0);
}

// What is no text cannot be asked about, and names nobody and nothing.
bool is_text(std::string_view name) {
  return !name.empty() && name.find('\0') == std::string_view::npos && base::is_valid_utf8(name);
}

// Of a unit that somebody else has, as far as anybody can tell.
Claim nobodys(const std::string& uuid) {
  return {.uuid = uuid, .owned = false, .foreign = {kAlways}};
}

// The end of the ids from `begin` on that go into one URL.
std::size_t batch_end(const std::vector<std::string>& uuids, std::size_t begin) {
  std::size_t bytes = 0;
  std::size_t end = begin;
  while (end < uuids.size() && (end == begin || bytes < kMaxIdBytes))
    bytes += http::percent_encode(uuids[end++]).size() + std::string_view("&uuid=").size();
  return end;
}

class RemoteClaims final : public access::Claims {
 public:
  RemoteClaims(ApiServer& server, RemoteOptions options)
      : server_(server),
        options_(std::move(options)),
        older_until_ns_(std::numeric_limits<std::int64_t>::min()) {}

  base::Result<bool> is_admin(const std::string& user) override {
    CEEMS_TRY(const auto answer,
              server_.get(kAdmins, {{"role", "admin"}}, std::string(access::kServiceAccount)));
    if (answer.status == 403) {
      // An older server may not count the service account among its administrators: then nobody is one.
      CEEMS_TRY(const bool older, look_whether_older());
      if (older) return false;
    }
    if (answer.status != 200) return unexpected(kAdmins, answer.status);
    // Older servers do not tell it.
    if (answer.database_age) CEEMS_TRY_VOID(check_age(kAdmins, answer));
    const auto names = parse_texts(answer.body, "name");
    if (!names) return unavailable(kAdmins, names.error().message);
    return std::ranges::find(*names, user) != names->end();
  }

  base::Result<std::vector<Claim>> of_ids(const std::string& user, const std::string& cluster_id,
                                          const std::vector<std::string>& uuids) override {
    std::vector<std::string> asked;
    for (const std::string& uuid : uuids)
      if (is_text(user) && is_text(uuid) && uuid.size() <= kLongestId) asked.push_back(uuid);
    CEEMS_TRY(const ById known, ask(user, cluster_id, asked));
    std::vector<Claim> claims;
    claims.reserve(uuids.size());
    for (const std::string& uuid : uuids) {
      const auto found = known.find(uuid);
      claims.push_back(found == known.end() ? nobodys(uuid) : found->second);
    }
    return claims;
  }

  base::Result<access::ClaimList> in_window(const std::string& user, const std::string& cluster_id,
                                            const store::TimeRange& window, std::size_t limit) override {
    if (!is_text(user)) return std::make_shared<const std::vector<Claim>>();
    if (is_older()) return cannot_list();
    CEEMS_TRY(auto claims, owned({{"user", user},
                                  {"cluster_id", cluster_id},
                                  {"from", fmt::format("{}", whole_seconds(window.from_ms))},
                                  {"to", fmt::format("{}", whole_seconds(window.to_ms))},
                                  {"limit", fmt::format("{}", std::min(limit, kServersLimit))}}));
    if (!claims) return cannot_list();
    if (claims->size() > limit) return too_many();
    std::ranges::sort(*claims, {}, &Claim::uuid);
    return std::make_shared<const std::vector<Claim>>(*std::move(claims));
  }

 private:
  using ById = std::unordered_map<std::string, Claim>;

  // Of all of them, by whatever the server knows.
  base::Result<ById> ask(const std::string& user, const std::string& cluster_id,
                         const std::vector<std::string>& uuids) {
    if (is_older()) return verified(user, cluster_id, uuids);
    ById known;
    for (std::size_t begin = 0; begin < uuids.size();) {
      const std::size_t end = batch_end(uuids, begin);
      std::vector<http::Parameter> parameters{{"user", user}, {"cluster_id", cluster_id}};
      for (std::size_t i = begin; i < end; ++i)
        parameters.push_back({"uuid", uuids[i]});
      CEEMS_TRY(auto claims, owned(parameters));
      if (!claims) return verified(user, cluster_id, uuids);
      for (Claim& claim : *claims) {
        std::string uuid = claim.uuid;
        known.insert_or_assign(std::move(uuid), std::move(claim));
      }
      for (; begin < end; ++begin)
        if (!known.contains(uuids[begin])) return unavailable(kOwned, "an id that was asked for is missing");
    }
    return known;
  }

  std::unexpected<base::Error> unavailable(std::string_view path, std::string_view what) const {
    return base::fail(base::ErrorCode::kUnavailable, server_.shown(path), "cannot tell who owns what: {}",
                      what);
  }

  std::unexpected<base::Error> unexpected(std::string_view path, int status) const {
    if (status == 401 || status == 403)
      return unavailable(path, fmt::format("the service account is not let in (status {})", status));
    return unavailable(path, fmt::format("status {}", status));
  }

  static std::unexpected<base::Error> too_many() {
    return base::fail(base::ErrorCode::kTooLarge, "", "too many units in that time");
  }

  static std::unexpected<base::Error> cannot_list() {
    return base::fail(base::ErrorCode::kPermission, "",
                      "the API server is too old to list the units of a user: name them, as in uuid=\"42\" "
                      "or uuid=~\"42|43\"");
  }

  base::Status check_age(std::string_view path, const ApiServer::Answer& answer) const {
    if (!answer.database_age) return unavailable(path, "the server does not say how old its database is");
    if (*answer.database_age <= options_.max_staleness) return {};
    return unavailable(path,
                       fmt::format("the database was not written to for {} s", answer.database_age->count()));
  }

  // Nothing where the server has no such route.
  base::Result<std::optional<std::vector<Claim>>> owned(const std::vector<http::Parameter>& parameters) {
    CEEMS_TRY(const auto answer, server_.get(kOwned, parameters, std::string(access::kServiceAccount)));
    if (answer.status == 404) {
      take_for_older(true);
      return std::nullopt;
    }
    if (answer.status == 422) return too_many();
    if (answer.status != 200) return unexpected(kOwned, answer.status);
    take_for_older(false);
    CEEMS_TRY_VOID(check_age(kOwned, answer));
    auto claims = parse_claims(answer.body);
    if (!claims) return unavailable(kOwned, claims.error().message);
    return std::optional(*std::move(claims));
  }

  // One by one: an older server counts the rows of all ids together, and a row of one that was used again
  // would pay for another.
  base::Result<ById> verified(const std::string& user, const std::string& cluster_id,
                              const std::vector<std::string>& uuids) {
    if (uuids.size() > kMaxVerified)
      return base::fail(base::ErrorCode::kTooLarge, "", "more than {} units", kMaxVerified);
    ById claims;
    for (const std::string& uuid : uuids) {
      CEEMS_TRY(const auto answer, server_.get(kVerify, {{"cluster_id", cluster_id}, {"uuid", uuid}}, user));
      if (answer.status != 200 && answer.status != 403) return unexpected(kVerify, answer.status);
      claims.insert_or_assign(
          uuid, answer.status == 200 ? Claim{.uuid = uuid, .owned = true, .foreign = {}} : nobodys(uuid));
    }
    return claims;
  }

  std::int64_t now_ns() const { return nanoseconds(options_.now().time_since_epoch()).count(); }

  bool is_older() const { return now_ns() < older_until_ns_.load(); }

  base::Result<bool> look_whether_older() {
    if (is_older()) return true;
    CEEMS_TRY(const auto answer, server_.get(kOwned, {}, std::string(access::kServiceAccount)));
    if (answer.status == 404) take_for_older(true);
    return answer.status == 404;
  }

  void take_for_older(bool older) {
    if (older) older_until_ns_ = now_ns() + nanoseconds(kUntilNextLook).count();
    if (older_.exchange(older) == older) return;
    if (older) {
      base::Logger().warn(
          "the API server is an older one: users may only ask for units by their ids, whose "
          "former owners are not told apart",
          {{"url", server_.shown(kOwned)}});
    } else {
      base::Logger().info("the API server tells who owns what and when", {{"url", server_.shown(kOwned)}});
    }
  }

  ApiServer& server_;
  const RemoteOptions options_;
  std::atomic<std::int64_t> older_until_ns_;  // by options_.now
  std::atomic<bool> older_{false};
};

}  // namespace

std::unique_ptr<access::Claims> make_remote_claims(ApiServer& server, RemoteOptions options) {
  return std::make_unique<RemoteClaims>(server, std::move(options));
}

}  // namespace ceems::lb

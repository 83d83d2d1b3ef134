#include "access/claims.h"

#include "store/reader.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <unordered_map>
#include <utility>

namespace ceems::access {

namespace {

std::int64_t later(std::int64_t time_ms, std::int64_t by_ms) {
  return time_ms > std::numeric_limits<std::int64_t>::max() - by_ms ? std::numeric_limits<std::int64_t>::max()
                                                                    : time_ms + by_ms;
}

std::int64_t earlier(std::int64_t time_ms, std::int64_t by_ms) {
  return time_ms < std::numeric_limits<std::int64_t>::min() + by_ms ? std::numeric_limits<std::int64_t>::min()
                                                                    : time_ms - by_ms;
}

// Nobody may see anything by a database that cannot be read.
std::unexpected<base::Error> unavailable(base::Error error) {
  error.code = base::ErrorCode::kUnavailable;
  return base::wrap(std::move(error), "cannot tell who owns what");
}

base::Result<std::vector<std::string>> projects_on(store::Reader& reader, const std::string& user,
                                                   const std::string& cluster_id) {
  std::vector<std::string> names;
  if (user.empty() || cluster_id.empty()) return names;
  auto projects = reader.projects_of({user});
  if (!projects) return unavailable(std::move(projects).error());
  for (store::ProjectKey& key : *projects)
    if (key.cluster_id == cluster_id) names.push_back(std::move(key.project));
  return names;
}

base::Result<std::vector<std::string>> ids_of(store::Reader& reader, const std::string& cluster_id,
                                              const std::vector<std::string>& projects,
                                              const store::TimeRange& window, std::size_t limit) {
  auto ids = reader.ids_in(cluster_id, projects, {earlier(window.from_ms, kTailMs), window.to_ms}, limit);
  if (ids || ids.error().code == base::ErrorCode::kTooLarge) return ids;
  return unavailable(std::move(ids).error());
}

class DatabaseClaims final : public Claims {
 public:
  DatabaseClaims(store::Reader& reader, std::int64_t max_age_ms) : reader_(reader), max_age_ms_(max_age_ms) {}

  base::Result<bool> is_admin(const std::string& user) override {
    CEEMS_TRY_VOID(check_age());
    auto admin = reader_.is_admin(user);
    if (!admin) return unavailable(std::move(admin).error());
    return admin;
  }

  base::Result<std::vector<Claim>> of_ids(const std::string& user, const std::string& cluster_id,
                                          const std::vector<std::string>& uuids) override {
    CEEMS_TRY_VOID(check_age());
    CEEMS_TRY(const auto projects, projects_on(reader_, user, cluster_id));
    return claims(cluster_id, uuids, projects);
  }

  base::Result<ClaimList> in_window(const std::string& user, const std::string& cluster_id,
                                    const store::TimeRange& window, std::size_t limit) override {
    CEEMS_TRY_VOID(check_age());
    CEEMS_TRY(const auto projects, projects_on(reader_, user, cluster_id));
    CEEMS_TRY(const auto ids, ids_of(reader_, cluster_id, projects, window, limit));
    CEEMS_TRY(auto made, claims(cluster_id, ids, projects));
    return std::make_shared<const std::vector<Claim>>(std::move(made));
  }

 private:
  base::Status check_age() const {
    const auto written = reader_.last_write();
    if (!written) return unavailable(written.error());
    const auto age =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() - *written);
    if (age.count() <= max_age_ms_) return {};
    return base::fail(base::ErrorCode::kUnavailable, "",
                      "cannot tell who owns what: the database was not written to for {} s",
                      age.count() / 1000);
  }

  base::Result<std::vector<Claim>> claims(const std::string& cluster_id,
                                          const std::vector<std::string>& uuids,
                                          const std::vector<std::string>& projects) const {
    std::vector<Claim> made;
    if (uuids.empty()) return made;
    auto runs = reader_.runs_of(cluster_id, uuids);
    if (!runs) return unavailable(std::move(runs).error());
    std::unordered_map<std::string_view, Claim> by_id;
    for (const store::UnitRun& run : *runs) {
      Claim& claim = by_id[run.uuid];
      if (std::ranges::find(projects, run.project) != projects.end())
        claim.owned = true;
      else
        claim.foreign.push_back({run.from_ms, later(run.to_ms, kTailMs)});
    }
    made.reserve(uuids.size());
    for (const std::string& uuid : uuids) {
      const auto known = by_id.find(uuid);
      made.push_back(known == by_id.end() ? Claim() : known->second);
      made.back().uuid = uuid;
    }
    return made;
  }

  store::Reader& reader_;
  const std::int64_t max_age_ms_;
};

}  // namespace

bool Claim::holds(const store::TimeRange& window) const {
  return std::ranges::none_of(foreign, [&](const store::TimeRange& other) {
    return other.from_ms <= window.to_ms && other.to_ms >= window.from_ms;
  });
}

base::Result<std::vector<std::string>> ids_in_window(store::Reader& reader, const std::string& user,
                                                     const std::string& cluster_id,
                                                     const store::TimeRange& window, std::size_t limit) {
  CEEMS_TRY(const auto projects, projects_on(reader, user, cluster_id));
  return ids_of(reader, cluster_id, projects, window, limit);
}

std::unique_ptr<Claims> make_database_claims(store::Reader& reader, std::int64_t max_age_ms) {
  return std::make_unique<DatabaseClaims>(reader, max_age_ms);
}

}  // namespace ceems::access

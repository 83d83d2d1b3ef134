// Whose unit an id names, and when. A resource manager uses ids again: what counts is not that the user once
// had a unit of that id, but that nobody else had one at the time.
#pragma once

#include "base/result.h"
#include "store/model.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace ceems::store {
class Reader;
}

namespace ceems::access {

// What a user may say about one id on one cluster. Times are UTC milliseconds, both ends included.
struct Claim {
  std::string uuid{};
  bool owned = false;                       // a unit of that id belongs to a project of the user
  std::vector<store::TimeRange> foreign{};  // when units of that id of anybody else ran
  // Whether nobody else had a unit of that id in the window.
  bool holds(const store::TimeRange& window) const;
  friend bool operator==(const Claim&, const Claim&) = default;
};

using ClaimList = std::shared_ptr<const std::vector<Claim>>;

// Where claims come from. Thread-safe; calls may block. Errors: kUnavailable when ownership cannot be told at
// present, kTooLarge when a list would be longer than its limit.
class Claims {
 public:
  virtual ~Claims() = default;

  virtual base::Result<bool> is_admin(const std::string& user) = 0;
  // One for each id, in that order.
  virtual base::Result<std::vector<Claim>> of_ids(const std::string& user, const std::string& cluster_id,
                                                  const std::vector<std::string>& uuids) = 0;
  // Of all units of the user's projects that may have samples in the window, in order of their ids.
  virtual base::Result<ClaimList> in_window(const std::string& user, const std::string& cluster_id,
                                            const store::TimeRange& window, std::size_t limit) = 0;
};

// A unit may have samples for so long after its end: the scrape that follows it, and rates over a range that
// reaches back into its time.
inline constexpr std::int64_t kTailMs = 10 * 60 * 1000;

// The ids of all units of the user's projects on that cluster that may have samples in the window, in order.
// As store::Reader::ids_in(), kTooLarge with more than `limit`.
base::Result<std::vector<std::string>> ids_in_window(store::Reader& reader, const std::string& user,
                                                     const std::string& cluster_id,
                                                     const store::TimeRange& window, std::size_t limit);

// The claims that the database knows of. kUnavailable once it was not written to for longer than
// `max_age_ms`. The reader must outlive it.
std::unique_ptr<Claims> make_database_claims(store::Reader& reader, std::int64_t max_age_ms);

}  // namespace ceems::access

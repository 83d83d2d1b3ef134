// Narrows a selector of PromQL to what its reader may see. Decided on the syntax tree and by what matchers
// match, never by their text; what cannot be decided is refused.
#pragma once

#include "access/claims.h"
#include "access/remembered_claims.h"
#include "base/result.h"
#include "promql/ast.h"
#include "store/model.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::access {

class QueryMemory;

// Labels of the series that CEEMS makes.
inline constexpr std::string_view kUnitLabel = "uuid";
inline constexpr std::string_view kServiceLabel = "service_name";  // of profiles: the unit's id too
inline constexpr std::string_view kClusterLabel = "ceems_id";

struct GuardOptions {
  // Names of metrics that are nobody's: a selector of these alone reads the series without a unit.
  std::vector<std::string> unitless_metrics{};
  std::size_t max_units = 5'000;  // that a selector may be narrowed to
};

// For whom, and on which data.
struct Reader {
  std::string user{};
  std::string cluster_id{};                   // of the request
  std::span<const std::string> clusters{};    // every configured one
  std::span<const std::string> neighbours{};  // those whose series lie in the same TSDB, this one included
};

// Not thread-safe; makes no copy of what it is given.
class Guard {
 public:
  Guard(Claims& claims, const GuardOptions& options, const Reader& reader)
      : claims_(claims), options_(options), reader_(reader) {}
  // The same, for a single decision: whole queries are recalled from `queries`, and kept there. That is for
  // guards with these options and these clusters and neighbours alone.
  Guard(RememberedClaims::Dated& claims, const GuardOptions& options, const Reader& reader,
        QueryMemory& queries)
      : claims_(claims), options_(options), reader_(reader), dated_(&claims), queries_(&queries) {}

  const Reader& reader() const { return reader_; }
  QueryMemory* queries() const { return queries_; }  // null: none
  // What its decisions rest on; with queries() only.
  const Grounds& grounds() const { return dated_->grounds(); }

  // Adds matchers so that no series pass but those that are the reader's for all of `reach`, which holds
  // every sample that the server may read for the selector; `window` is the part of it that was asked for.
  // What that comes to:
  //   - uuid="…" of a unit that is the reader's stays; of any other: kPermission;
  //   - every other selector gets uuid=~"…" of the reader's units in the window that pass its own matchers,
  //   or a
  //     matcher that nothing passes. Where it asks for service_name, which series without a
  //     unit may have, both labels are held to these units;
  //   - without ceems_id=… of configured clusters it gets the cluster of the request; series without that
  //     label pass as long as no neighbour has such a unit in all that time;
  //   - a unitless metric of the options gets a matcher for series without a unit.
  // Matchers are patterns throughout: an equality would show in what absent() returns.
  // kPermission, kTooLarge past max_units, and what Claims returns.
  base::Status narrow(promql::VectorSelector& selector, const store::TimeRange& window,
                      const store::TimeRange& reach) const;

  // For the series that info() joins, chosen by `selector` (null: target_info). No unit's id stands in them:
  // kPermission unless their names are unitless metrics of the options.
  base::Status check_info(const promql::VectorSelector* selector) const;

  // A selector of all that the reader may see.
  base::Result<promql::VectorSelector> everything(const store::TimeRange& window,
                                                  const store::TimeRange& reach) const;

 private:
  struct Unit {
    std::string uuid;
    bool labelled_only = false;  // without ceems_id it may be a neighbour's
  };
  struct Place {
    std::vector<std::string> clusters;  // that the selector is judged against
    bool named = false;                 // by the selector itself
  };

  // A pattern of exactly these.
  static std::string alternation(const std::vector<Unit>& units);
  bool is_listed(std::string_view metric) const;
  bool is_unitless(const promql::VectorSelector& selector) const;
  Place place_of(const promql::VectorSelector& selector) const;
  // Those of `uuids` that are the reader's and nobody else's.
  base::Result<std::vector<Unit>> own_units(const std::vector<std::string>& uuids, const Place& place,
                                            const store::TimeRange& window) const;
  base::Result<std::vector<std::string>> candidates(const promql::VectorSelector& selector,
                                                    std::string_view label, const Place& place,
                                                    const store::TimeRange& window) const;
  base::Status narrow_to_cluster(promql::VectorSelector& selector, const Place& place,
                                 bool labelled_only) const;

  Claims& claims_;
  const GuardOptions& options_;
  const Reader& reader_;
  const RememberedClaims::Dated* dated_ = nullptr;
  QueryMemory* queries_ = nullptr;
};

}  // namespace ceems::access

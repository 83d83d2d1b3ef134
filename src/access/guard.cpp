#include "access/guard.h"

#include "base/text.h"
#include "promql/regex.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ceems::access {

namespace {

using promql::Matcher;
using promql::MatchType;
using promql::VectorSelector;

// No character at all: what consists of one passes, and the empty string does not.
constexpr const char* kNothing = "[^\\x00-\\x{10FFFF}]";

// Of a label that no series has.
constexpr const char* kNoLabel = "__ceems_nowhere__";

std::unexpected<base::Error> forbidden() {
  return base::fail(base::ErrorCode::kPermission, "", "user do not have permissions to view unit metrics");
}

bool has_label(const VectorSelector& selector, std::string_view label) {
  return std::ranges::find(selector.matchers, label, &Matcher::name) != selector.matchers.end();
}

bool passes(const VectorSelector& selector, std::string_view label, std::string_view value) {
  return std::ranges::all_of(selector.matchers, [&](const Matcher& matcher) {
    return matcher.name() != label || matcher.matches(value);
  });
}

base::Status add(VectorSelector& selector, base::Result<Matcher> matcher) {
  if (!matcher) return std::unexpected(std::move(matcher).error());
  selector.matchers.push_back(*std::move(matcher));
  return {};
}

}  // namespace

std::string Guard::alternation(const std::vector<Unit>& units) {
  std::string pattern;
  for (const Unit& unit : units) {
    if (!pattern.empty()) pattern += '|';
    pattern += promql::escape_regex(unit.uuid);
  }
  return pattern;
}

bool Guard::is_listed(std::string_view metric) const {
  return std::ranges::find(options_.unitless_metrics, metric) != options_.unitless_metrics.end();
}

// By its name alone, which no pattern may leave open.
bool Guard::is_unitless(const VectorSelector& selector) const {
  if (has_label(selector, kUnitLabel) || has_label(selector, kServiceLabel)) return false;
  if (!selector.name.empty()) return is_listed(selector.name);
  return std::ranges::any_of(selector.matchers, [&](const Matcher& matcher) {
    return matcher.name() == "__name__" && !matcher.literals().empty() &&
           std::ranges::all_of(matcher.literals(),
                               [this](const std::string& name) { return is_listed(name); });
  });
}

Guard::Place Guard::place_of(const VectorSelector& selector) const {
  const Matcher* only = nullptr;
  std::size_t count = 0;
  for (const Matcher& matcher : selector.matchers) {
    if (matcher.name() != kClusterLabel) continue;
    only = &matcher;
    ++count;
  }
  const auto configured = [this](const std::string& id) {
    return !id.empty() && std::ranges::find(reader_.clusters, id) != reader_.clusters.end();
  };
  if (count == 1 && !only->literals().empty() && std::ranges::all_of(only->literals(), configured))
    return {.clusters = {only->literals().begin(), only->literals().end()}, .named = true};
  return {.clusters = {reader_.cluster_id}, .named = false};
}

base::Result<std::vector<Guard::Unit>> Guard::own_units(const std::vector<std::string>& uuids,
                                                        const Place& place,
                                                        const store::TimeRange& window) const {
  // An id has to be nobody else's on any cluster whose series pass, and the reader's on one.
  std::vector<bool> owned(uuids.size(), false);
  std::vector<bool> held(uuids.size(), true);
  for (const std::string& cluster : place.clusters) {
    CEEMS_TRY(const auto claims, claims_.of_ids(reader_.user, cluster, uuids));
    for (std::size_t i = 0; i < uuids.size(); ++i) {
      if (claims[i].owned) owned[i] = true;
      if (!claims[i].holds(window)) held[i] = false;
    }
  }
  std::vector<Unit> units;
  units.reserve(uuids.size());
  for (std::size_t i = 0; i < uuids.size(); ++i)
    if (owned[i] && held[i]) units.push_back({.uuid = uuids[i], .labelled_only = false});
  if (place.named || units.empty() || reader_.neighbours.size() < 2) return units;

  std::vector<std::string> ids;
  ids.reserve(units.size());
  for (const Unit& unit : units)
    ids.push_back(unit.uuid);
  for (const std::string& neighbour : reader_.neighbours) {
    if (neighbour == reader_.cluster_id) continue;
    CEEMS_TRY(const auto claims, claims_.of_ids(reader_.user, neighbour, ids));
    for (std::size_t i = 0; i < units.size(); ++i)
      if (!claims[i].holds(window)) units[i].labelled_only = true;
  }
  return units;
}

base::Result<std::vector<std::string>> Guard::candidates(const VectorSelector& selector,
                                                         std::string_view label, const Place& place,
                                                         const store::TimeRange& window) const {
  std::vector<std::string> ids;
  const auto wanted = [&](const std::string& id) {
    // No series has a label that is no UTF-8.
    return !id.empty() && base::is_valid_utf8(id) && passes(selector, label, id);
  };
  const auto named = std::ranges::find_if(selector.matchers, [&](const Matcher& matcher) {
    return matcher.name() == label && !matcher.literals().empty();
  });
  if (named != selector.matchers.end()) {
    std::ranges::copy_if(named->literals(), std::back_inserter(ids), wanted);
  } else {
    for (const std::string& cluster : place.clusters) {
      CEEMS_TRY(const ClaimList claims, claims_.in_window(reader_.user, cluster, window, options_.max_units));
      ids.reserve(ids.size() + claims->size());
      for (const Claim& claim : *claims)
        if (wanted(claim.uuid)) ids.push_back(claim.uuid);
    }
    if (place.clusters.size() > 1) {
      std::ranges::sort(ids);
      const auto repeated = std::ranges::unique(ids);
      ids.erase(repeated.begin(), repeated.end());
    }
  }
  if (ids.size() > options_.max_units)
    return base::fail(base::ErrorCode::kTooLarge, "", "more than {} units", options_.max_units);
  return ids;
}

base::Status Guard::narrow_to_cluster(VectorSelector& selector, const Place& place,
                                      bool labelled_only) const {
  if (place.named) return {};
  // absent() returns the labels that are asked for by an equality, each only while it is asked for once.
  const bool elsewhere = std::ranges::any_of(selector.matchers, [&](const Matcher& matcher) {
    return matcher.name() == kClusterLabel && matcher.type() == MatchType::kEqual &&
           !matcher.value().empty() && matcher.value() != reader_.cluster_id;
  });
  if (elsewhere) return add(selector, Matcher::make(MatchType::kRegex, kNoLabel, kNothing));
  std::string pattern = promql::escape_regex(reader_.cluster_id);
  if (!labelled_only) pattern += '|';
  return add(selector, Matcher::make(MatchType::kRegex, std::string(kClusterLabel), std::move(pattern)));
}

base::Status Guard::narrow(VectorSelector& selector, const store::TimeRange& window,
                           const store::TimeRange& reach) const {
  if (is_unitless(selector)) {
    CEEMS_TRY_VOID(add(selector, Matcher::make(MatchType::kRegex, std::string(kServiceLabel), "")));
    return add(selector, Matcher::make(MatchType::kRegex, std::string(kUnitLabel), ""));
  }
  const Place place = place_of(selector);
  const bool by_service = has_label(selector, kServiceLabel) && !passes(selector, kServiceLabel, "");
  const std::string_view label = by_service ? kServiceLabel : kUnitLabel;

  std::vector<std::string> equal;
  for (const Matcher& matcher : selector.matchers)
    if (matcher.name() == label && matcher.type() == MatchType::kEqual && !matcher.value().empty())
      equal.push_back(matcher.value());

  std::vector<Unit> units;
  if (!equal.empty()) {
    CEEMS_TRY(units, own_units(equal, place, reach));
    if (units.size() != equal.size()) return forbidden();
  } else {
    CEEMS_TRY(const auto ids, candidates(selector, label, place, window));
    CEEMS_TRY(units, own_units(ids, place, reach));
  }
  std::string pattern;
  if (equal.empty() || by_service) pattern = units.empty() ? kNothing : alternation(units);
  if (equal.empty())
    CEEMS_TRY_VOID(add(selector, Matcher::make(MatchType::kRegex, std::string(label), pattern)));
  // A series may have both labels: the other one must not be of a unit of somebody else.
  if (by_service) {
    pattern += '|';
    CEEMS_TRY_VOID(
        add(selector, Matcher::make(MatchType::kRegex, std::string(kUnitLabel), std::move(pattern))));
  }
  const bool labelled_only = std::ranges::any_of(units, &Unit::labelled_only);
  return narrow_to_cluster(selector, place, labelled_only);
}

base::Status Guard::check_info(const VectorSelector* selector) const {
  if (selector == nullptr || (selector->name.empty() && !has_label(*selector, "__name__"))) {
    if (is_listed("target_info")) return {};
  } else if (is_unitless(*selector)) {
    return {};
  }
  return base::fail(base::ErrorCode::kPermission, "",
                    "info() reads series of no unit, which are not open to users");
}

base::Result<VectorSelector> Guard::everything(const store::TimeRange& window,
                                               const store::TimeRange& reach) const {
  VectorSelector selector;
  CEEMS_TRY_VOID(narrow(selector, window, reach));
  return selector;
}

}  // namespace ceems::access

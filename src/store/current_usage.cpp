#include "store/current_usage.h"

#include "store/calendar.h"
#include "store/extremes.h"
#include "store/keys.h"
#include "store/owners.h"
#include "store/rollup_window.h"
#include "store/usage_columns.h"
#include "store/usage_cursor.h"
#include "store/usage_groups.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::store {

namespace {

class Gathering {
 public:
  Gathering(Connection& connection, const CurrentUsageQuery& query)
      : connection_(connection),
        query_(query),
        wanted_(wanted_metrics(query.rows)),
        kind_(query.source == UsageSource::kUnits ? RollupKind::kUnits : RollupKind::kDays),
        groups_(query.group_by) {}

  base::Result<std::unique_ptr<UsageCursor>> run(const TimeZone& time_zone);

 private:
  bool wants(Metric metric) const { return std::ranges::find(wanted_, metric) != wanted_.end(); }
  bool wants_extremes() const { return wants(Metric::kMinCustomStats) || wants(Metric::kMaxCustomStats); }
  KeyFilter wanted_keys() const {
    return added_.keys.filter([this](Metric metric) { return wants(metric); });
  }
  // What the sums can be used for.
  base::Result<Coverage> usable();
  base::Status add_sums(const std::vector<RollupTerm>& terms);
  base::Status add_extremes(const std::vector<RollupTerm>& terms);
  // Calls `each` for what is stored of owners that are wanted, with their places. False from it: that cannot
  // be read.
  using EachStored = std::function<bool(std::size_t place, std::string_view text, int sign)>;
  base::Status for_stored(const std::vector<RollupTerm>& terms, const EachStored& each);
  void widen_group(std::size_t group, const ExtremeEntries& extremes);
  base::Status add_rows(const RowRange& range, bool whole_window);
  std::size_t group_of(std::size_t place);
  std::vector<AddedUp::Row> sorted_rows();
  void name_extremes();

  Connection& connection_;
  const CurrentUsageQuery& query_;
  std::vector<Metric> wanted_;
  RollupKind kind_;
  UsageGroups groups_;
  std::vector<std::uint32_t> group_of_owner_;  // by place, + 1; 0: not yet known
  std::vector<ExtremeEntries> extremes_;       // by group
  AddedUp added_;
};

base::Result<Coverage> Gathering::usable() {
  CEEMS_TRY_VOID(added_.keys.load_weights(connection_));
  const auto coverage = read_coverage(connection_);
  if (!coverage || query_.terminated_only) return Coverage();
  CEEMS_TRY_VOID(added_.keys.load(connection_));
  CEEMS_TRY_VOID(added_.owners.load(connection_, usage_conditions(query_.rows)));
  return *coverage;
}

std::size_t Gathering::group_of(std::size_t place) {
  if (place >= group_of_owner_.size())
    group_of_owner_.resize(std::max(place + 1, added_.owners.entries().size()));
  std::uint32_t& group = group_of_owner_[place];
  if (group == 0) {
    const std::size_t known = groups_.size();
    group = static_cast<std::uint32_t>(groups_.group_of(added_.owners.entries()[place].owner) + 1);
    if (groups_.size() > known) added_.totals.add_group();
  }
  return group - 1;
}

base::Status Gathering::add_sums(const std::vector<RollupTerm>& terms) {
  return for_stored(terms, [this](std::size_t place, std::string_view text, int sign) {
    std::int64_t rows = 0;
    if (!added_.totals.add_encoded(group_of(place), text, sign, rows)) return false;
    added_.owners.entries()[place].rows += rows;
    return true;
  });
}

base::Status Gathering::add_extremes(const std::vector<RollupTerm>& terms) {
  ExtremeEntries extremes;
  return for_stored(terms, [&](std::size_t place, std::string_view text, int /*sign*/) {
    if (!decode_extremes(text, extremes)) return false;
    widen_group(group_of(place), extremes);
    return true;
  });
}

void Gathering::widen_group(std::size_t group, const ExtremeEntries& extremes) {
  if (extremes.empty()) return;
  if (group >= extremes_.size()) extremes_.resize(std::max(group + 1, groups_.size()));
  widen(extremes_[group], extremes, added_.keys);
}

base::Status Gathering::for_stored(const std::vector<RollupTerm>& terms, const EachStored& each) {
  if (terms.empty()) return {};
  // Past this share of all owners, walking over everybody's sums is faster than looking each of them up.
  constexpr std::int64_t kFewer = 16;
  CEEMS_TRY(const std::int64_t everybody, connection_.integer_of("select count(*) from ceems_rollup_owners"));
  std::vector<std::int64_t> numbers;
  for (const OwnerList::Entry& entry : added_.owners.entries())
    if (entry.number != 0) numbers.push_back(entry.number);
  const bool few = static_cast<std::int64_t>(numbers.size()) * kFewer <= everybody;
  return read_sums(connection_, kind_, terms, numbers, few,
                   [&](std::int64_t number, std::string_view text, int sign) -> base::Status {
                     const std::size_t place = added_.owners.place_of(number);
                     if (place != OwnerList::none() && !each(place, text, sign))
                       return base::fail(base::ErrorCode::kInternal, connection_.path(),
                                         "sums for usage cannot be read");
                     return {};
                   });
}

base::Status Gathering::add_rows(const RowRange& range, bool whole_window) {
  const bool daily = kind_ == RollupKind::kDays;
  RowReader reader(added_.keys, wanted_);
  // A part of a day has fewer rows than a project.
  Conditions conditions = usage_conditions(query_.rows, whole_window ? "" : "+");
  conditions.add("last_updated_at >= ? and last_updated_at < ?",
                 {std::get<std::string>(range.from), std::get<std::string>(range.to)});
  if (!daily && query_.terminated_only) conditions.add("ended_at_ts > 0");
  CEEMS_TRY(Statement statement,
            connection_.prepare(fmt::format("select {}, {}, last_updated_at{} from {}{}", kOwnerColumns,
                                            daily ? "num_units" : "1", reader.columns(),
                                            daily ? "daily_usage" : "units", conditions.where())));
  conditions.bind(statement);
  constexpr int kFact = static_cast<int>(kOwnerTexts);
  std::string owner;
  Sums row;
  for (;;) {
    CEEMS_TRY(const bool found, statement.step());
    if (!found) return {};
    // A row without a time is in no window.
    if (!day_of(statement.text(kFact + 1))) continue;
    read_owner(statement, 0, owner);
    const std::size_t place = added_.owners.place_of(owner);
    added_.owners.entries()[place].rows += range.sign;
    const std::size_t group = group_of(place);
    added_.totals.expect(group);
    reader.read(statement, kFact + 2, row);
    row.units = statement.integer(kFact);
    added_.totals.add(group, row, range.sign);
    if (range.sign > 0) widen_group(group, reader.extremes());
  }
}

void Gathering::name_extremes() {
  for (std::size_t group = 0; group < extremes_.size(); ++group) {
    for (const Metric metric : {Metric::kMinCustomStats, Metric::kMaxCustomStats}) {
      MetricMap values;
      for (const ExtremeEntry& entry : extremes_[group])
        if (entry.key < added_.keys.size() && added_.keys[entry.key].metric == metric)
          values.set(added_.keys[entry.key].name, to_double(entry.value));
      if (wants(metric) && !values.empty())
        added_.extremes[group].push_back({.metric = metric, .values = std::move(values)});
    }
  }
}

std::vector<AddedUp::Row> Gathering::sorted_rows() {
  constexpr auto kNobody = static_cast<std::size_t>(-1);
  const std::vector<OwnerList::Entry>& owners = added_.owners.entries();
  std::vector<std::size_t> first(groups_.size(), kNobody);  // owner of each group
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (owners[i].rows <= 0) continue;
    std::size_t& place = first[group_of(i)];
    if (place == kNobody || owners[i].owner < owners[place].owner) place = i;
  }
  std::vector<std::size_t> shown;
  std::vector<OwnerTexts> texts;
  for (std::size_t group = 0; group < first.size(); ++group) {
    if (first[group] == kNobody) continue;
    shown.push_back(group);
    texts.push_back(split_owner(owners[first[group]].owner));
  }
  std::vector<AddedUp::Row> rows;
  rows.reserve(shown.size());
  for (const std::uint32_t place : order_of(texts))
    rows.push_back({shown[place], texts[place]});
  return rows;
}

base::Result<std::unique_ptr<UsageCursor>> Gathering::run(const TimeZone& time_zone) {
  // Texts of times are ordered as the times are in years of four digits.
  constexpr std::int64_t kLastMs = 253'370'764'800'000;  // 9999-01-01
  const auto text = [&](std::int64_t ms) {
    return time_zone.local(std::clamp<std::int64_t>(ms, 0, kLastMs));
  };
  const std::string from = text(query_.window.from_ms);
  // Behind that text itself, and before all others.
  const std::string to = text(query_.window.to_ms) + "!";
  CEEMS_TRY(const Coverage coverage, usable());
  added_.totals.begin(added_.keys, wanted_keys());
  groups_.reserve(added_.owners.entries().size());
  added_.totals.reserve(added_.owners.entries().size());
  const bool extremes = wants_extremes() && added_.keys.has_extremes();
  CEEMS_TRY(const WindowParts parts, split_window(connection_, kind_, coverage, from, to, extremes));
  CEEMS_TRY_VOID(add_sums(parts.sums));
  CEEMS_TRY_VOID(add_extremes(parts.extremes));
  for (const RowRange& range : parts.rows)
    CEEMS_TRY_VOID(add_rows(range, parts.sums.empty()));

  name_extremes();
  added_.rows = sorted_rows();
  added_.wanted = wanted_keys();
  return make_added_up_cursor(std::move(added_));
}

}  // namespace

base::Result<std::unique_ptr<UsageCursor>> read_current_usage(Connection& connection,
                                                              const CurrentUsageQuery& query,
                                                              const TimeZone& time_zone) {
  return Gathering(connection, query).run(time_zone);
}

}  // namespace ceems::store

#include "store/current_usage.h"

#include "store/calendar.h"
#include "store/keys.h"
#include "store/owners.h"
#include "store/rollup_window.h"
#include "store/tolerant.h"
#include "store/usage_columns.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::size_t kPage = 256;

// Smallest and largest values of one metric, which only rows tell.
struct Extremes {
  Metric metric = Metric::kMinCustomStats;
  MetricMap values{};
};

struct Group {
  Sums sums{};
  std::vector<Extremes> extremes{};
  std::string shown{};  // the first of its owners: what columns show that are not grouped by
};

MetricMap& extremes_of(Group& group, Metric metric) {
  for (Extremes& extremes : group.extremes)
    if (extremes.metric == metric) return extremes.values;
  return group.extremes.emplace_back(Extremes{.metric = metric}).values;
}

class CurrentCursor final : public UsageCursor {
 public:
  CurrentCursor(KeyTable keys, std::vector<Group> groups)
      : keys_(std::move(keys)), groups_(std::move(groups)) {}

  base::Result<std::vector<Usage>> next() override {
    std::vector<Usage> page;
    page.reserve(kPage);
    for (; page.size() < kPage && next_ < groups_.size(); ++next_) {
      page.push_back(to_usage(groups_[next_]));
      groups_[next_] = Group();
    }
    return page;
  }

 private:
  Usage to_usage(const Group& group) const {
    Usage usage;
    usage.num_units = group.sums.units;
    set_owner(usage, group.shown);
    for (const SumEntry& entry : group.sums.sums)
      if (entry.rows > 0)
        usage.metrics[keys_[entry.key].metric].set(keys_[entry.key].name, to_double(entry.sum));
    for (const MeanEntry& entry : group.sums.means)
      if (entry.rows > 0)
        usage.metrics[keys_[entry.key].metric].set(keys_[entry.key].name, mean(entry.product, entry.weight));
    for (const Extremes& extremes : group.extremes)
      usage.metrics[extremes.metric] = extremes.values;
    return usage;
  }

  KeyTable keys_;
  std::vector<Group> groups_;
  std::size_t next_ = 0;
};

class Gathering {
 public:
  Gathering(Connection& connection, const CurrentUsageQuery& query)
      : connection_(connection),
        query_(query),
        wanted_(wanted_metrics(query.rows)),
        kind_(query.source == UsageSource::kUnits ? RollupKind::kUnits : RollupKind::kDays) {}

  base::Result<std::unique_ptr<UsageCursor>> run(const TimeZone& time_zone);

 private:
  bool wants(Metric metric) const { return std::ranges::find(wanted_, metric) != wanted_.end(); }
  bool wants_extremes() const { return wants(Metric::kMinCustomStats) || wants(Metric::kMaxCustomStats); }
  // What the sums can be used for.
  base::Result<Coverage> usable();
  base::Status add_sums(const std::vector<RollupTerm>& terms);
  base::Status add_rows(const RowRange& range, bool whole_window);
  Group& group_of(std::size_t place);

  Connection& connection_;
  const CurrentUsageQuery& query_;
  std::vector<Metric> wanted_;
  RollupKind kind_;
  KeyTable keys_;
  OwnerList owners_;
  std::vector<std::uint32_t> group_of_owner_;  // + 1; 0: not yet known
  std::unordered_map<std::string, std::size_t> group_by_key_;
  std::vector<Group> groups_;
};

base::Result<Coverage> Gathering::usable() {
  const auto coverage = read_coverage(connection_);
  if (!coverage || query_.terminated_only) return Coverage();
  CEEMS_TRY_VOID(keys_.load(connection_));
  if (wants_extremes() && keys_.has_extremes()) return Coverage();
  CEEMS_TRY_VOID(owners_.load(connection_, usage_conditions(query_.rows)));
  return *coverage;
}

Group& Gathering::group_of(std::size_t place) {
  if (place >= group_of_owner_.size()) group_of_owner_.resize(std::max(place + 1, owners_.entries().size()));
  std::uint32_t& group = group_of_owner_[place];
  if (group == 0) {
    const std::string& owner = owners_.entries()[place].owner;
    std::string key;
    for (std::size_t i = 0; i < kOwnerTexts; ++i) {
      constexpr UsageField kFields[] = {UsageField::kClusterId, UsageField::kResourceManager,
                                        UsageField::kProject, UsageField::kGroupname, UsageField::kUsername};
      const UsageField field = kFields[i];
      if (field == UsageField::kUsername || field == UsageField::kProject ||
          std::ranges::find(query_.group_by, field) != query_.group_by.end())
        key += owner_text(owner, static_cast<OwnerText>(i));
      key += '\0';
    }
    const auto [at, is_new] = group_by_key_.try_emplace(std::move(key), groups_.size());
    if (is_new) groups_.emplace_back();
    group = static_cast<std::uint32_t>(at->second + 1);
  }
  return groups_[group - 1];
}

base::Status Gathering::add_sums(const std::vector<RollupTerm>& terms) {
  if (terms.empty()) return {};
  // Past this share of all owners, walking over everybody's sums is faster than looking each of them up.
  constexpr std::int64_t kFewer = 16;
  CEEMS_TRY(const std::int64_t everybody, connection_.integer_of("select count(*) from ceems_rollup_owners"));
  std::vector<std::int64_t> numbers;
  for (const OwnerList::Entry& entry : owners_.entries())
    if (entry.number != 0) numbers.push_back(entry.number);
  const bool few = static_cast<std::int64_t>(numbers.size()) * kFewer <= everybody;
  const KeyFilter filter = keys_.filter([this](Metric metric) { return wants(metric); });
  return read_sums(connection_, kind_, terms, numbers, few,
                   [&](std::int64_t number, std::string_view text, int sign) -> base::Status {
                     const std::size_t place = owners_.place_of(number);
                     if (place == OwnerList::none()) return {};
                     Sums& sums = group_of(place).sums;
                     const std::int64_t before = sums.rows;
                     if (!add_encoded(sums, text, sign, filter))
                       return base::fail(base::ErrorCode::kInternal, connection_.path(),
                                         "sums for usage cannot be read");
                     owners_.entries()[place].rows += sums.rows - before;
                     return {};
                   });
}

base::Status Gathering::add_rows(const RowRange& range, bool whole_window) {
  const bool daily = kind_ == RollupKind::kDays;
  RowReader reader(keys_, wanted_);
  // A part of a day has fewer rows than a project.
  Conditions conditions = usage_conditions(query_.rows, whole_window ? "" : "+");
  conditions.add("last_updated_at >= ? and last_updated_at < ?",
                 {std::get<std::string>(range.from), std::get<std::string>(range.to)});
  if (!daily && query_.terminated_only) conditions.add("ended_at_ts > 0");
  const bool extremes = range.sign > 0 && wants_extremes();
  CEEMS_TRY(Statement statement,
            connection_.prepare(fmt::format(
                "select {}, {}, last_updated_at, {}{} from {}{}", kOwnerColumns, daily ? "num_units" : "1",
                extremes ? "min_custom_stats, max_custom_stats" : "'', ''", reader.columns(),
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
    reader.read(statement, kFact + 4, row);
    row.units = statement.integer(kFact);
    const std::size_t place = owners_.place_of(owner);
    owners_.entries()[place].rows += range.sign;
    Group& group = group_of(place);
    group.sums.add(row, range.sign);
    if (!extremes) continue;
    if (wants(Metric::kMinCustomStats)) {
      MetricMap& values = extremes_of(group, Metric::kMinCustomStats);
      values = minimum(values, read_metric_map(statement.text(kFact + 2)));
    }
    if (wants(Metric::kMaxCustomStats)) {
      MetricMap& values = extremes_of(group, Metric::kMaxCustomStats);
      values = maximum(values, read_metric_map(statement.text(kFact + 3)));
    }
  }
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
  CEEMS_TRY(const WindowParts parts, split_window(connection_, kind_, coverage, from, to));
  CEEMS_TRY_VOID(add_sums(parts.sums));
  for (const RowRange& range : parts.rows)
    CEEMS_TRY_VOID(add_rows(range, parts.sums.empty()));

  for (std::size_t i = 0; i < owners_.entries().size(); ++i) {
    const OwnerList::Entry& entry = owners_.entries()[i];
    if (entry.rows <= 0) continue;
    Group& group = group_of(i);
    if (group.shown.empty() || entry.owner < group.shown) group.shown = entry.owner;
  }
  // In the order of cluster, user, project, manager and group.
  std::vector<std::pair<std::string, std::size_t>> order;
  order.reserve(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const std::string_view owner = groups_[i].shown;
    if (owner.empty()) continue;
    std::string key;
    for (const OwnerText which : {OwnerText::kCluster, OwnerText::kUser, OwnerText::kProject,
                                  OwnerText::kManager, OwnerText::kGroup}) {
      key += owner_text(owner, which);
      key += '\0';
    }
    order.emplace_back(std::move(key), i);
  }
  std::ranges::sort(order);
  std::vector<Group> sorted;
  sorted.reserve(order.size());
  for (const auto& [key, place] : order)
    sorted.push_back(std::move(groups_[place]));
  return std::make_unique<CurrentCursor>(std::move(keys_), std::move(sorted));
}

}  // namespace

base::Result<std::unique_ptr<UsageCursor>> read_current_usage(Connection& connection,
                                                              const CurrentUsageQuery& query,
                                                              const TimeZone& time_zone) {
  return Gathering(connection, query).run(time_zone);
}

}  // namespace ceems::store

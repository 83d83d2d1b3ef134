#include "site_maker.h"

#include "site.h"
#include "site_sums.h"
#include "store/model.h"
#include "store/time_zone.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace ceems::bench {

namespace {

constexpr std::int64_t kWindowS = 900;
constexpr std::int64_t kDayS = 86'400;
constexpr std::size_t kMostProjectsOfUser = 3;

// A transaction of gigabytes in a write-ahead log is looked through for every page that is read again.
constexpr const char* kQuickly =
    "pragma journal_mode = off; pragma locking_mode = exclusive; pragma synchronous = off; "
    "pragma cache_size = -200000; pragma mmap_size = 137438953472; pragma threads = 2;";

constexpr const char* kDropIndexes =
    "drop index idx_cluster_id_usr_uuid; drop index uq_cluster_id_uuid_start; "
    "drop index idx_cluster_id_project_user_ended; drop index uq_cluster_id_project_usr_lastupdated;";
constexpr const char* kIndexes =
    "create index idx_cluster_id_usr_uuid on units (cluster_id, username, uuid);"
    "create unique index uq_cluster_id_uuid_start on units (cluster_id, uuid, started_at);"
    "create index idx_cluster_id_project_user_ended on units (cluster_id, project, username, ended_at);"
    "create unique index uq_cluster_id_project_usr_lastupdated on daily_usage (cluster_id, username, "
    "project, last_updated_at);";

std::string metric_columns() {
  std::string columns;
  for (const store::Metric metric : store::all_metrics())
    columns += fmt::format(", {}", store::metric_name(metric));
  return columns;
}

std::string marks(std::size_t count) {
  std::string text = "?";
  for (std::size_t i = 1; i < count; ++i)
    text += ", ?";
  return text;
}

std::string usage_sql(std::string_view table) {
  return fmt::format(
      "insert into {} (resource_manager, cluster_id, num_units, project, groupname, username, num_updates, "
      "last_updated_at{}) values ({})",
      table, metric_columns(), marks(8 + store::kMetricCount));
}

class Maker {
 public:
  Maker(store::Connection& db, const SiteShape& shape)
      : db_(db),
        units_(shape.units),
        extremes_(shape.extremes),
        days_(kSiteUsers * kMostProjectsOfUser),
        usage_(days_.size()) {}

  base::Status run() {
    CEEMS_TRY_VOID(db_.execute(std::string(kQuickly) + kDropIndexes + "begin"));
    CEEMS_TRY_VOID(people());
    for (std::size_t i = 0; i < units_; ++i)
      CEEMS_TRY_VOID(ended(i));
    if (day_ != kSiteEndS / kDayS) CEEMS_TRY_VOID(flush_day());
    day_ = kSiteEndS / kDayS;
    for (std::size_t i = 0; i < kSiteRunning; ++i)
      CEEMS_TRY_VOID(unit(units_ + i, kSiteEndS - 1 - number(200'000), 0, kSiteEndS));
    CEEMS_TRY_VOID(flush_day());
    CEEMS_TRY_VOID(global());
    return db_.execute(std::string("commit;") + kIndexes);
  }

 private:
  // A user's projects are numbered by their place among his.
  struct Owner {
    std::size_t user = 0;
    std::size_t choice = 0;
    std::size_t place() const { return user * kMostProjectsOfUser + choice; }
    static Owner at(std::size_t place) { return {place / kMostProjectsOfUser, place % kMostProjectsOfUser}; }
    std::size_t project() const { return projects_of_user(user)[choice]; }
  };

  std::int64_t number(std::int64_t below) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
  }

  base::Status people() {
    std::vector<std::vector<std::string>> members(kSiteProjects);
    const auto list = [](const std::vector<std::string>& names) {
      return names.empty() ? std::string("[]") : fmt::format("[\"{}\"]", fmt::join(names, "\",\""));
    };
    CEEMS_TRY(store::Statement user,
              db_.prepare(
                  "insert into users (cluster_id, resource_manager, name, projects) values ('hpc', 'slurm', "
                  "?, ?)"));
    for (std::size_t i = 0; i < kSiteUsers; ++i) {
      std::vector<std::string> names;
      for (const std::size_t project : projects_of_user(i)) {
        names.push_back(site_project(project));
        members[project].push_back(site_user(i));
      }
      CEEMS_TRY_VOID(user.bind(1, site_user(i)).bind(2, list(names)).run());
      user.reset();
    }
    CEEMS_TRY(store::Statement project,
              db_.prepare(
                  "insert into projects (cluster_id, resource_manager, name, users) values ('hpc', 'slurm', "
                  "?, ?)"));
    for (std::size_t i = 0; i < kSiteProjects; ++i) {
      CEEMS_TRY_VOID(project.bind(1, site_project(i)).bind(2, list(members[i])).run());
      project.reset();
    }
    return db_.execute("insert into admin_users (name, tags) values ('root', '[\"ceems\"]')");
  }

  base::Status ended(std::size_t i) {
    constexpr std::int64_t kSpan = kSiteDays * kDayS;
    const std::int64_t end =
        kSiteEndS - kSpan +
        static_cast<std::int64_t>(static_cast<double>(i) / static_cast<double>(units_) * kSpan);
    const std::int64_t updated = (end / kWindowS + 1) * kWindowS;
    if (updated / kDayS != day_) CEEMS_TRY_VOID(flush_day());
    day_ = updated / kDayS;
    return unit(i, end - 60 - number(i % 10 == 0 ? 86'400 : 7'200), end, updated);
  }

  base::Status unit(std::size_t i, std::int64_t start, std::int64_t end, std::int64_t updated) {
    // Some use more than others.
    const double share = static_cast<double>(random_() >> 11) * 0x1p-53;
    Owner owner{.user = static_cast<std::size_t>(share * std::sqrt(share) * kSiteUsers)};
    const std::vector<std::size_t> projects = projects_of_user(owner.user);
    owner.choice = static_cast<std::size_t>(number(static_cast<std::int64_t>(projects.size())));
    const bool gpus = i % 4 == 0;
    SiteValues values{};
    const auto seconds = static_cast<double>((end == 0 ? updated : end) - start);
    const auto cpus = static_cast<double>(1 + number(64));
    values[0] = seconds * cpus * 2'000;
    values[1] = seconds * cpus;
    values[2] = gpus ? seconds : 0;
    values[3] = gpus ? seconds : 0;
    values[4] = seconds;
    for (std::size_t n = 5; n < values.size(); ++n)
      values[n] = n >= kFirstCount ? static_cast<double>(number(std::int64_t{1} << (10 + n % 3 * 10)))
                                   : static_cast<double>(number(10'000'000'000)) * 1e-8;
    SiteSums& of_day = days_[owner.place()];
    if (of_day.units == 0) active_.push_back(owner.place());
    of_day.add(values, gpus);
    usage_[owner.place()].add(values, gpus);
    static const std::string kSql = fmt::format(
        "insert into units (resource_manager, cluster_id, uuid, name, project, groupname, username, "
        "created_at, started_at, ended_at, created_at_ts, started_at_ts, ended_at_ts, elapsed, state, "
        "allocation, tags, \"ignore\", last_updated_at{}) values ({})",
        metric_columns(), marks(19 + store::kMetricCount));
    CEEMS_TRY(store::Statement row, db_.prepare(kSql));
    const std::string started = zone_.zoned(start * 1'000);
    row.bind(1, "slurm")
        .bind(2, kSiteCluster)
        .bind(3, fmt::format("{}", 1'000'000 + i))
        .bind(4, fmt::format("job {}", i % 1'000))
        .bind(5, site_project(projects[owner.choice]))
        .bind(6, fmt::format("group{:03}", owner.user % 100))
        .bind(7, site_user(owner.user))
        .bind(8, started)
        .bind(9, started)
        .bind(10, end == 0 ? std::string("Unknown") : zone_.zoned(end * 1'000))
        .bind(11, start * 1'000)
        .bind(12, start * 1'000)
        .bind(13, end * 1'000)
        .bind(14, store::format_timespan(static_cast<std::int64_t>(seconds)))
        .bind(15, end == 0 ? "RUNNING" : "COMPLETED")
        .bind(16, R"({"billing":8,"cpus":8,"gpus":2,"mem":16642998272,"nodes":2})")
        .bind(17, R"({"exit_code":"0:0","nodelist":"n[1-2]","partition":"main","qos":"normal","uid":1000})")
        .bind(18, std::int64_t{0})
        .bind(19, zone_.local(updated * 1'000));
    bind_metrics(row, 20, values, {.gpus = gpus, .extremes = extremes_});
    return row.run();
  }

  base::Status usage_row(const std::string& sql, std::size_t place, const SiteSums& sums,
                         const std::string& updated) {
    const Owner owner = Owner::at(place);
    CEEMS_TRY(store::Statement row, db_.prepare(sql));
    row.bind(1, "slurm")
        .bind(2, kSiteCluster)
        .bind(3, sums.units)
        .bind(4, site_project(owner.project()))
        .bind(5, fmt::format("group{:03}", owner.user % 100))
        .bind(6, site_user(owner.user))
        .bind(7, sums.units)
        .bind(8, updated);
    bind_metrics(row, 9, sums.result(), {.gpus = sums.gpus, .extremes = extremes_});
    return row.run();
  }

  base::Status flush_day() {
    static const std::string kSql = usage_sql("daily_usage");
    const std::string updated = zone_.local(day_ * kDayS * 1'000);
    std::ranges::sort(active_);
    for (const std::size_t place : active_) {
      CEEMS_TRY_VOID(usage_row(kSql, place, days_[place], updated));
      days_[place] = {};
    }
    active_.clear();
    return {};
  }

  base::Status global() {
    static const std::string kSql = usage_sql("usage");
    for (std::size_t place = 0; place < usage_.size(); ++place)
      if (usage_[place].units > 0)
        CEEMS_TRY_VOID(usage_row(kSql, place, usage_[place], zone_.local(kSiteEndS * 1'000)));
    return {};
  }

  store::Connection& db_;
  std::size_t units_;
  bool extremes_;
  std::mt19937_64 random_{1};
  store::TimeZone zone_;
  std::int64_t day_ = 0;
  std::vector<SiteSums> days_;       // of the present day, by place of the owner
  std::vector<std::size_t> active_;  // who has any
  std::vector<SiteSums> usage_;      // of all time
};

}  // namespace

base::Status write_site(store::Connection& db, const SiteShape& shape) {
  return Maker(db, shape).run();
}

}  // namespace ceems::bench

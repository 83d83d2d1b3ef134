#include "site.h"

#include "store/metric_map.h"
#include "store/model.h"
#include "store/sqlite.h"
#include "store/time_zone.h"
#include "store/writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::bench {

namespace {

using store::Connection;
using store::Metric;

constexpr std::int64_t kWindowS = 900;
constexpr std::int64_t kDayS = 86'400;

// The numbers of a unit, sorted by column and name. Those of GPUs come last but for reading and writing.
struct Number {
  Metric metric;
  std::string_view name;
};
constexpr std::array kNumbers = {
    Number{Metric::kTotalTimeSeconds, "alloc_cpumemtime"},
    Number{Metric::kTotalTimeSeconds, "alloc_cputime"},
    Number{Metric::kTotalTimeSeconds, "alloc_gpumemtime"},
    Number{Metric::kTotalTimeSeconds, "alloc_gputime"},
    Number{Metric::kTotalTimeSeconds, "walltime"},
    Number{Metric::kAvgCpuUsage, "global"},
    Number{Metric::kAvgCpuMemUsage, "global"},
    Number{Metric::kTotalCpuEnergyUsageKwh, "total"},
    Number{Metric::kTotalCpuEmissionsGms, "emaps_total"},
    Number{Metric::kTotalCpuEmissionsGms, "owid_total"},
    Number{Metric::kTotalCpuEmissionsGms, "rte_total"},
    Number{Metric::kAvgGpuUsage, "global"},
    Number{Metric::kAvgGpuMemUsage, "global"},
    Number{Metric::kTotalGpuEnergyUsageKwh, "total"},
    Number{Metric::kTotalGpuEmissionsGms, "emaps_total"},
    Number{Metric::kTotalGpuEmissionsGms, "owid_total"},
    Number{Metric::kTotalGpuEmissionsGms, "rte_total"},
    Number{Metric::kTotalIoWriteStats, "bytes_total"},
    Number{Metric::kTotalIoWriteStats, "errors_total"},
    Number{Metric::kTotalIoWriteStats, "requests_total"},
    Number{Metric::kTotalIoReadStats, "bytes_total"},
    Number{Metric::kTotalIoReadStats, "errors_total"},
    Number{Metric::kTotalIoReadStats, "requests_total"},
    Number{Metric::kTotalIngressStats, "bytes_total"},
    Number{Metric::kTotalEgressStats, "bytes_total"},
};
using Values = std::array<double, kNumbers.size()>;

bool is_gpu(Metric metric) {
  return metric == Metric::kAvgGpuUsage || metric == Metric::kAvgGpuMemUsage ||
         metric == Metric::kTotalGpuEnergyUsageKwh || metric == Metric::kTotalGpuEmissionsGms;
}

// Place of the number that weighs each mean; the size of the table for sums.
const std::array<std::size_t, kNumbers.size()>& weights() {
  static const auto kWeights = [] {
    std::array<std::size_t, kNumbers.size()> places{};
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::string_view key = store::weight_key(kNumbers[i].metric);
      const auto at = std::ranges::find(kNumbers, key, &Number::name);
      places[i] = key.empty() ? kNumbers.size() : static_cast<std::size_t>(at - kNumbers.begin());
    }
    return places;
  }();
  return kWeights;
}

// What a user used in a project.
struct Sums {
  std::int64_t units = 0;
  Values values{};
  bool gpus = false;

  void add(const Values& unit, bool has_gpus) {
    ++units;
    gpus |= has_gpus;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t weight = weights()[i];
      values[i] += weight < unit.size() ? unit[i] * unit[weight] : unit[i];
    }
  }

  Values result() const {
    Values means = values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t weight = weights()[i];
      if (weight < values.size()) means[i] = values[weight] > 0 ? values[i] / values[weight] : 0;
    }
    return means;
  }
};

void bind_metrics(store::Statement& statement, int first, const Values& values, bool gpus) {
  std::string text;
  std::size_t at = 0;
  for (const Metric metric : store::all_metrics()) {
    text = "{";
    for (; at < kNumbers.size() && kNumbers[at].metric == metric; ++at) {
      if (is_gpu(metric) && !gpus) continue;
      if (text.size() > 1) text += ',';
      text += '"';
      text += kNumbers[at].name;
      text += "\":";
      store::append_number(text, values[at]);
    }
    text += '}';
    statement.bind(first++, text);
  }
}

std::string metric_columns() {
  std::string columns;
  for (const Metric metric : store::all_metrics())
    columns += fmt::format(", {}", store::metric_name(metric));
  return columns;
}

std::string marks(std::size_t count) {
  std::string text = "?";
  for (std::size_t i = 1; i < count; ++i)
    text += ", ?";
  return text;
}

class Maker {
 public:
  Maker(Connection& db, std::size_t units) : db_(db), units_(units) {}

  base::Status run() {
    CEEMS_TRY_VOID(db_.execute("pragma synchronous = off; begin;" + drop_indexes()));
    CEEMS_TRY_VOID(people());
    for (std::size_t i = 0; i < units_; ++i)
      CEEMS_TRY_VOID(ended(i));
    if (day_ != kSiteEndS / kDayS) CEEMS_TRY_VOID(flush_day());
    day_ = kSiteEndS / kDayS;
    for (std::size_t i = 0; i < kSiteRunning; ++i)
      CEEMS_TRY_VOID(unit(units_ + i, kSiteEndS - 1 - number(200'000), 0, kSiteEndS));
    CEEMS_TRY_VOID(flush_day());
    CEEMS_TRY_VOID(global());
    CEEMS_TRY_VOID(db_.execute(kIndexes));
    CEEMS_TRY_VOID(db_.execute(
        fmt::format("insert or replace into ceems_state (name, value) values ('bench_units', '{}'); commit; "
                    "pragma wal_checkpoint(truncate)",
                    units_)));
    return {};
  }

 private:
  static std::string drop_indexes() {
    return "drop index idx_cluster_id_usr_uuid; drop index uq_cluster_id_uuid_start; "
           "drop index idx_cluster_id_project_user_ended; drop index uq_cluster_id_project_usr_lastupdated;";
  }
  static constexpr const char* kIndexes =
      "create index idx_cluster_id_usr_uuid on units (cluster_id, username, uuid);"
      "create unique index uq_cluster_id_uuid_start on units (cluster_id, uuid, started_at);"
      "create index idx_cluster_id_project_user_ended on units (cluster_id, project, username, ended_at);"
      "create unique index uq_cluster_id_project_usr_lastupdated on daily_usage (cluster_id, username, "
      "project,"
      " last_updated_at);";

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
    const auto user = static_cast<std::size_t>(share * std::sqrt(share) * kSiteUsers);
    const std::vector<std::size_t> choice = projects_of_user(user);
    const std::size_t project =
        choice[static_cast<std::size_t>(number(static_cast<std::int64_t>(choice.size())))];
    const bool gpus = i % 4 == 0;
    Values values{};
    const auto seconds = static_cast<double>((end == 0 ? updated : end) - start);
    const auto cpus = static_cast<double>(1 + number(64));
    values[0] = seconds * cpus * 2'000;
    values[1] = seconds * cpus;
    values[2] = gpus ? seconds : 0;
    values[3] = gpus ? seconds : 0;
    values[4] = seconds;
    for (std::size_t n = 5; n < values.size(); ++n) {
      const bool counts = n >= 17;
      values[n] = counts ? static_cast<double>(number(std::int64_t{1} << (10 + n % 3 * 10)))
                         : static_cast<double>(number(10'000'000'000)) * 1e-8;
    }
    const std::pair owner(user, project);
    days_[owner].add(values, gpus);
    usage_[owner].add(values, gpus);
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
        .bind(5, site_project(project))
        .bind(6, fmt::format("group{:03}", user % 100))
        .bind(7, site_user(user))
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
    bind_metrics(row, 20, values, gpus);
    return row.run();
  }

  base::Status usage_row(std::string_view table, std::pair<std::size_t, std::size_t> owner, const Sums& sums,
                         std::int64_t updated) {
    CEEMS_TRY(store::Statement row,
              db_.prepare(
                  fmt::format("insert into {} (resource_manager, cluster_id, num_units, project, groupname, "
                              "username, num_updates, last_updated_at{}) values ({})",
                              table, metric_columns(), marks(8 + store::kMetricCount))));
    row.bind(1, "slurm")
        .bind(2, kSiteCluster)
        .bind(3, sums.units)
        .bind(4, site_project(owner.second))
        .bind(5, fmt::format("group{:03}", owner.first % 100))
        .bind(6, site_user(owner.first))
        .bind(7, sums.units)
        .bind(8, zone_.local(updated * 1'000));
    bind_metrics(row, 9, sums.result(), sums.gpus);
    return row.run();
  }

  base::Status flush_day() {
    for (const auto& [owner, sums] : days_)
      CEEMS_TRY_VOID(usage_row("daily_usage", owner, sums, day_ * kDayS));
    days_.clear();
    return {};
  }

  base::Status global() {
    for (const auto& [owner, sums] : usage_)
      CEEMS_TRY_VOID(usage_row("usage", owner, sums, kSiteEndS));
    return {};
  }

  Connection& db_;
  std::size_t units_;
  std::mt19937_64 random_{1};
  store::TimeZone zone_;
  std::int64_t day_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, Sums> days_;
  std::map<std::pair<std::size_t, std::size_t>, Sums> usage_;
};

}  // namespace

std::string site_user(std::size_t number) {
  return fmt::format("user{:04}", number);
}

std::string site_project(std::size_t number) {
  return fmt::format("project{:03}", number);
}

std::vector<std::size_t> projects_of_user(std::size_t user) {
  std::vector<std::size_t> projects;
  for (std::size_t i = 0; i <= user % 3; ++i)
    projects.push_back((user + i * 331) % kSiteProjects);
  return projects;
}

base::Status make_site(const std::string& directory, std::size_t units) {
  {
    CEEMS_TRY(const auto writer, store::Writer::open({.directory = directory}));
  }
  CEEMS_TRY(auto db, Connection::open(store::database_path(directory), Connection::Mode::kReadWrite,
                                      std::chrono::milliseconds(5'000)));
  CEEMS_TRY(const std::string made, db->text_of("select value from ceems_state where name = 'bench_units'"));
  if (made == fmt::format("{}", units)) return {};
  CEEMS_TRY(const std::int64_t rows, db->integer_of("select count(*) from (select 1 from units limit 1)"));
  if (rows > 0)
    return base::fail(base::ErrorCode::kInvalid, directory,
                      "holds a database of another size or of somebody");
  return Maker(*db, units).run();
}

}  // namespace ceems::bench

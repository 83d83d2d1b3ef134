#include "store/reader.h"

#include "base/file.h"
#include "store/clusters.h"
#include "store/conditions.h"
#include "store/current_usage.h"
#include "store/global_usage.h"
#include "store/members.h"
#include "store/pool.h"
#include "store/runs.h"
#include "store/stats.h"
#include "store/tolerant.h"
#include "store/unit_rows.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// One row of users, projects or admin_users; `list` is its list column.
template <class Person>
Person read_person(const Statement& row, std::vector<std::string> Person::* list) {
  Person person;
  person.uid = row.text(0);
  person.cluster_id = row.text(1);
  person.resource_manager = row.text(2);
  person.name = row.text(3);
  person.*list = read_string_list(row.text(4));
  person.tags = read_string_list(row.text(5));
  person.last_updated_at = row.text(6);
  return person;
}

template <class Person>
base::Result<std::vector<Person>> read_people(Connection& connection, std::string_view table,
                                              std::string_view list_column, const Conditions& conditions,
                                              std::vector<std::string> Person::* list) {
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format("select uid, cluster_id, resource_manager, name, {}, tags, "
                                           "last_updated_at from {}{} order by cluster_id, name",
                                           list_column, table, conditions.where())));
  conditions.bind(statement);
  std::vector<Person> people;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return people;
    people.push_back(read_person(statement, list));
  }
}

class DatabaseReader final : public Reader {
 public:
  explicit DatabaseReader(ReaderOptions options)
      : time_zone_(options.time_zone),
        path_(options.path),
        pool_(path_, options.busy_timeout, options.idle_connections),
        members_(path_, options.busy_timeout) {}

  base::Status ping() override;
  base::Result<std::chrono::system_clock::time_point> last_write() const override;
  base::Result<std::unique_ptr<UnitCursor>> units(UnitQuery query) override;
  base::Result<std::vector<std::string>> owned_uuids(const std::vector<std::string>& uuids,
                                                     const std::vector<std::string>& clusters,
                                                     const std::vector<ProjectKey>& projects) override;
  base::Result<std::vector<UnitRun>> runs_of(const std::string& cluster_id,
                                             const std::vector<std::string>& uuids) override;
  base::Result<std::vector<std::string>> ids_in(const std::string& cluster_id,
                                                const std::vector<std::string>& projects,
                                                const TimeRange& window, std::size_t limit) override;
  base::Result<std::vector<User>> users(const NameQuery& query) override;
  base::Result<std::vector<Project>> projects(const ProjectQuery& query) override;
  base::Result<std::vector<User>> admin_users() override;
  base::Result<bool> is_admin(std::string_view user) override;
  base::Result<std::vector<ProjectKey>> projects_of(const std::vector<std::string>& users) override;
  base::Result<std::unique_ptr<UsageCursor>> global_usage(UsageQuery query) override;
  base::Result<std::unique_ptr<UsageCursor>> current_usage(const CurrentUsageQuery& query) override;
  base::Result<std::vector<Stat>> stats(const std::vector<std::string>& clusters,
                                        std::optional<TimeRange> window) override;
  base::Result<std::vector<Cluster>> clusters() override;

 private:
  TimeZone time_zone_;
  std::string path_;
  ConnectionPool pool_;
  Members members_;
};

base::Status DatabaseReader::ping() {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY_VOID(connection->integer_of("select count(*) from (select 1 from units limit 1)"));
  return {};
}

base::Result<std::chrono::system_clock::time_point> DatabaseReader::last_write() const {
  std::int64_t newest = 0;  // nanoseconds
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) return base::fail_errno(errno, path_);
  newest = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  // What was committed since the last checkpoint stands in the log beside it.
  if (::stat((path_ + "-wal").c_str(), &status) == 0)
    newest = std::max(newest, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec);
  return std::chrono::system_clock::time_point(std::chrono::nanoseconds(newest));
}

base::Result<std::unique_ptr<UnitCursor>> DatabaseReader::units(UnitQuery query) {
  return make_unit_cursor(pool_, std::move(query));
}

base::Result<std::vector<std::string>> DatabaseReader::owned_uuids(const std::vector<std::string>& uuids,
                                                                   const std::vector<std::string>& clusters,
                                                                   const std::vector<ProjectKey>& projects) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  Conditions conditions;
  conditions.add("uuid in (select value from json_each(?))", {json_list(uuids)});
  conditions.add("cluster_id in (select value from json_each(?))", {json_list(clusters)});
  // The plus keeps SQLite on the index by cluster and uuid, which finds the fewest rows.
  conditions.add_pairs("+cluster_id", "+project", projects);
  CEEMS_TRY(Statement statement,
            connection->prepare("select distinct uuid from units" + conditions.where() + " order by uuid"));
  conditions.bind(statement);
  std::vector<std::string> owned;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return owned;
    owned.emplace_back(statement.text(0));
  }
}

base::Result<std::vector<UnitRun>> DatabaseReader::runs_of(const std::string& cluster_id,
                                                           const std::vector<std::string>& uuids) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  return read_runs(*connection, cluster_id, uuids);
}

base::Result<std::vector<std::string>> DatabaseReader::ids_in(const std::string& cluster_id,
                                                              const std::vector<std::string>& projects,
                                                              const TimeRange& window, std::size_t limit) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  return read_ids_in(*connection, cluster_id, projects, window, limit);
}

base::Result<std::vector<User>> DatabaseReader::users(const NameQuery& query) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  Conditions conditions;
  conditions.add_list("name", query.names);
  conditions.add_list("cluster_id", query.clusters);
  return read_people(*connection, "users", "projects", conditions, &User::projects);
}

base::Result<std::vector<Project>> DatabaseReader::projects(const ProjectQuery& query) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  Conditions conditions;
  conditions.add_list("name", query.names);
  conditions.add_list("cluster_id", query.clusters);
  if (query.membership) conditions.add_pairs("cluster_id", "name", *query.membership);
  return read_people(*connection, "projects", "users", conditions, &Project::users);
}

base::Result<std::vector<User>> DatabaseReader::admin_users() {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  return read_people(*connection, "admin_users", "projects", Conditions(), &User::projects);
}

base::Result<bool> DatabaseReader::is_admin(std::string_view user) {
  if (user.empty()) return false;
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY(Statement statement, connection->prepare("select 1 from admin_users where name = ? limit 1"));
  statement.bind(1, user);
  return statement.step();
}

base::Result<std::vector<ProjectKey>> DatabaseReader::projects_of(const std::vector<std::string>& users) {
  if (users.size() == 1) return members_.projects_of(users.front());
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  return read_projects_of(*connection, users);
}

base::Result<std::unique_ptr<UsageCursor>> DatabaseReader::global_usage(UsageQuery query) {
  return make_global_cursor(pool_, std::move(query));
}

base::Result<std::unique_ptr<UsageCursor>> DatabaseReader::current_usage(const CurrentUsageQuery& query) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY(const Transaction transaction, Transaction::begin(*connection, Transaction::Kind::kRead));
  return read_current_usage(*connection, query, time_zone_);
}

base::Result<std::vector<Stat>> DatabaseReader::stats(const std::vector<std::string>& clusters,
                                                      std::optional<TimeRange> window) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY(const Transaction transaction, Transaction::begin(*connection, Transaction::Kind::kRead));
  return read_stats(*connection, clusters, window);
}

base::Result<std::vector<Cluster>> DatabaseReader::clusters() {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY(const Transaction transaction, Transaction::begin(*connection, Transaction::Kind::kRead));
  return read_clusters(*connection);
}

}  // namespace

base::Result<std::vector<Usage>> read_all(base::Result<std::unique_ptr<UsageCursor>> cursor) {
  if (!cursor) return std::unexpected(std::move(cursor).error());
  std::vector<Usage> rows;
  const auto keep = [&rows](const UsageText& row) {
    Usage& usage = rows.emplace_back();
    usage.cluster_id = row.cluster_id;
    usage.resource_manager = row.resource_manager;
    usage.num_units = row.num_units;
    usage.project = row.project;
    usage.groupname = row.groupname;
    usage.username = row.username;
    for (const Metric metric : all_metrics())
      usage.metrics[metric] = read_metric_map(row.metrics[static_cast<std::size_t>(metric)]);
  };
  for (;;) {
    CEEMS_TRY(const bool more, (*cursor)->next(keep));
    if (!more) return rows;
  }
}

base::Result<std::unique_ptr<Reader>> Reader::create(ReaderOptions options) {
  if (options.path.empty()) return base::fail(base::ErrorCode::kInvalid, "", "no database file is named");
  return std::make_unique<DatabaseReader>(std::move(options));
}

}  // namespace ceems::store

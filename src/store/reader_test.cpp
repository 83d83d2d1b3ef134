#include "store/reader.h"

#include "store/conditions.h"
#include "store/test_database.h"
#include "store/unit_rows.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01T00:00:00Z
constexpr std::int64_t kHourMs = 3'600'000;

// Rows as another program would write them.
constexpr const char* kRows = R"sql(
insert into units (cluster_id, resource_manager, uuid, name, project, username, started_at, started_at_ts, ended_at,
  ended_at_ts, state, "ignore", allocation, tags, total_time_seconds, avg_cpu_usage, last_updated_at) values
 ('hpc','slurm','10','one','bio','ann','2030-01-01T00:00:00+0000',1893456000000,'2030-01-01T01:00:00+0000',1893459600000,
  'COMPLETED',0,'{"cpus":2}','{"x":"<y>"}','{"alloc_cputime":100,"walltime":50}','{"global":10}','2030-01-01T01:00:00'),
 ('hpc','slurm','9','two','bio','bob','2030-01-01T00:00:00+0000',1893456000000,'Unknown',0,
  'RUNNING',0,'{"cpus":2}','{}','{"alloc_cputime":300,"walltime":50}','{"global":50,"other":7}','2030-01-01T02:00:00'),
 ('cloud','openstack','10','three','bio','ann','2030-01-01T00:00:00+0000',1893456000000,'2030-01-01T03:00:00+0000',
  1893466800000,'COMPLETED',0,NULL,'oops',NULL,NULL,'2030-01-01T03:00:00'),
 ('hpc','slurm','11','hidden','art','ann','2030-01-01T00:00:00+0000',1893456000000,'2030-01-01T01:00:00+0000',1893459600000,
  'COMPLETED',1,'{}','{}','{}','{}','2030-01-01T01:00:00');
insert into units (cluster_id, uuid, username, project, started_at) values ('hpc','12','cat','art',NULL);
insert into usage (cluster_id, resource_manager, num_units, project, username, avg_cpu_usage) values
 ('hpc','slurm',3,'bio','bob','{"global":5}'), ('hpc','slurm',2,'bio','ann','null'), ('cloud','openstack',1,'bio','ann','{}');
insert into daily_usage (cluster_id, num_units, project, username, total_time_seconds, last_updated_at) values
 ('hpc',3,'bio','ann','{"walltime":10}','2030-01-01T00:00:00'), ('hpc',2,'bio','ann','{"walltime":5}','2030-01-02T00:00:00');
insert into users (cluster_id, name, projects, tags) values ('hpc','ann','["art","bio"]',NULL), ('hpc','bob','["bio"]','[]'),
 ('cloud','ann','["bio"]','x');
insert into projects (cluster_id, name, users) values ('hpc','bio','["ann","bob"]'), ('hpc','art','["ann"]'),
 ('cloud','bio','["eve"]'), ('cloud','none','not json');
insert into admin_users (name, tags) values ('root','["ceems"]');
)sql";

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    const auto status = connect(writer_->path())->execute(kRows);
    EXPECT_TRUE(status) << status.error().text();
  }

  // "cluster/uuid" of each unit.
  std::vector<std::string> list(UnitQuery query) {
    std::vector<std::string> names;
    auto cursor = reader_->units(std::move(query));
    EXPECT_TRUE(cursor);
    for (;;) {
      auto page = (*cursor)->next();
      EXPECT_TRUE(page) << page.error().text();
      if (!page || page->empty()) return names;
      for (const Unit& unit : *page)
        names.push_back(unit.cluster_id + "/" + unit.uuid);
    }
  }

  Unit first(UnitQuery query) {
    auto page = (*reader_->units(std::move(query)))->next();
    EXPECT_TRUE(page && !page->empty());
    return page && !page->empty() ? page->front() : Unit();
  }

  TestDirectory directory_;
  std::unique_ptr<Writer> writer_ = open_writer(directory_.path());
  std::unique_ptr<Reader> reader_ = open_reader(directory_.path());
};

using Names = std::vector<std::string>;

TEST_F(ReaderTest, ListsUnitsByClusterAndUuidWithoutIgnoredOnes) {
  EXPECT_EQ(list({}), (Names{"cloud/10", "hpc/10", "hpc/12", "hpc/9"}));
}

TEST_F(ReaderTest, FiltersUnits) {
  EXPECT_EQ(list({.clusters = {"hpc"}}), (Names{"hpc/10", "hpc/12", "hpc/9"}));
  EXPECT_EQ(list({.owners = {{"", "ann"}}}), (Names{"cloud/10", "hpc/10"}));
  EXPECT_EQ(list({.owners = {{"hpc", "ann"}, {"", "bob"}}}), (Names{"hpc/10", "hpc/9"}));
  EXPECT_EQ(list({.owners = {{"hpc", "ann"}}}), (Names{"hpc/10"}));
  EXPECT_EQ(list({.projects = {"art"}}), (Names{"hpc/12"}));
  EXPECT_EQ(list({.clusters = {"hpc"}, .uuids = {"10", "9", "nope"}}), (Names{"hpc/10", "hpc/9"}));
  EXPECT_EQ(list({.uuids = {"10", "9"}}), (Names{"cloud/10", "hpc/10", "hpc/9"}));
  EXPECT_EQ(list({.owners = {{"", "ann"}}, .uuids = {"10", "9"}}), (Names{"cloud/10", "hpc/10"}));
  EXPECT_EQ(list({.owners = {{"", "a' or 1=1 --"}}}), Names{});
}

TEST_F(ReaderTest, FindsUnitsByTheirEnd) {
  EXPECT_EQ(list({.ended = TimeRange{kStart + kHourMs, kStart + 2 * kHourMs}}), (Names{"hpc/10"}));
  EXPECT_EQ(list({.ended = TimeRange{kStart + kHourMs, kStart + 2 * kHourMs}, .running = true}),
            (Names{"hpc/10", "hpc/12", "hpc/9"}));
  EXPECT_EQ(list({.ended = TimeRange{kStart + kHourMs, kStart}}), Names{});
}

TEST_F(ReaderTest, ReadsTheFileThatTookThePlaceOfAnother) {
  // Without writers nothing lies beside the files.
  writer_.reset();
  const TestDirectory other;
  open_writer(other.path());
  EXPECT_TRUE(*reader_->is_admin("root"));
  std::filesystem::rename(database_path(other.path()), database_path(directory_.path()));
  for (const char* const suffix : {"-wal", "-shm"})
    std::filesystem::remove(database_path(directory_.path()) + suffix);
  EXPECT_FALSE(*reader_->is_admin("root"));
}

TEST_F(ReaderTest, TellsWhenItWasLastWrittenTo) {
  const auto before = std::chrono::system_clock::now();
  ASSERT_TRUE(connect(writer_->path())->execute("update units set name = 'x'"));
  const auto written = reader_->last_write();
  ASSERT_TRUE(written);
  // The kernel's clock for files is a few milliseconds behind.
  EXPECT_GE(*written, before - std::chrono::milliseconds(50));
  EXPECT_LE(*written, std::chrono::system_clock::now());
  const auto none = open_reader(directory_.path() + "/none")->last_write();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::ErrorCode::kNotFound);
}

TEST_F(ReaderTest, TellsWhenTheUnitsOfAnIdRanAndWhoseTheyWere) {
  ASSERT_TRUE(
      connect(writer_->path())
          ->execute("insert into units (cluster_id, uuid, project, started_at, started_at_ts, created_at_ts,"
                    " ended_at_ts) values ('hpc','10','art','2031',1924992000000,7,0),"
                    " ('hpc','13','art','Unknown',0,1893456000007,0)"));
  const auto runs = reader_->runs_of("hpc", {"10", "11", "13", "nope"});
  ASSERT_TRUE(runs);
  std::vector<std::string> found;
  for (const UnitRun& run : *runs)
    found.push_back(
        fmt::format("{} {} {} {}", run.uuid, run.project, run.from_ms - kStart,
                    run.to_ms == std::numeric_limits<std::int64_t>::max() ? -1 : run.to_ms - kStart));
  EXPECT_EQ(found, (Names{"10 bio 0 3600000", "10 art 31536000000 -1", "11 art 0 3600000", "13 art 7 -1"}));
}

TEST_F(ReaderTest, FindsTheIdsThatRanInAWindow) {
  const auto ids = [&](const std::string& cluster, const Names& projects, TimeRange window) {
    return *reader_->ids_in(cluster, projects, window, 10);
  };
  EXPECT_EQ(ids("hpc", {"bio"}, {kStart, kStart}), (Names{"10", "9"}));
  EXPECT_EQ(ids("hpc", {"bio"}, {kStart + kHourMs + 1, kStart + 2 * kHourMs}), (Names{"9"}));
  EXPECT_EQ(ids("hpc", {"bio", "art"}, {kStart + kHourMs, kStart + kHourMs}), (Names{"10", "11", "12", "9"}));
  EXPECT_EQ(ids("cloud", {"bio"}, {0, kStart}), (Names{"10"}));
  EXPECT_EQ(ids("cloud", {"bio"}, {0, kStart - 1}), Names{});
  EXPECT_EQ(ids("hpc", {}, {0, kStart}), Names{});
  const auto many = reader_->ids_in("hpc", {"bio", "art"}, {kStart, kStart}, 2);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, base::ErrorCode::kTooLarge);
}

TEST_F(ReaderTest, ReadsNullsAndNonsenseAsEmpty) {
  const Unit unit = first({.clusters = {"cloud"}});
  EXPECT_EQ(unit.allocation, "{}");
  EXPECT_EQ(unit.tags, "{}");
  EXPECT_EQ(unit.groupname, "");
  EXPECT_TRUE(unit.metrics[Metric::kTotalTimeSeconds].empty());
}

TEST_F(ReaderTest, ReadsOnlyTheFieldsThatWereAskedFor) {
  UnitQuery query = {.clusters = {"hpc"}, .uuids = {"10"}};
  query.fields = UnitFields().set(index(UnitField::kState)).set(index(field_of_unit(Metric::kAvgCpuUsage)));
  const Unit unit = first(query);
  EXPECT_EQ(unit.state, "COMPLETED");
  EXPECT_EQ(unit.metrics[Metric::kAvgCpuUsage], (MetricMap{{"global", 10}}));
  EXPECT_EQ(unit.uuid, "");
  EXPECT_EQ(unit.tags, "{}");
}

TEST_F(ReaderTest, GivesJsonThatIsSafeInAPage) {
  EXPECT_EQ(first({.clusters = {"hpc"}, .uuids = {"10"}}).tags, "{\"x\":\"\\u003cy\\u003e\"}");
}

TEST_F(ReaderTest, LimitsAndSkips) {
  EXPECT_EQ(list({.limit = 2}), (Names{"cloud/10", "hpc/10"}));
  EXPECT_EQ(list({.limit = 2, .offset = 1}), (Names{"hpc/10", "hpc/12"}));
  EXPECT_EQ(list({.limit = 0}), Names{});
  EXPECT_EQ(list({.offset = 9}), Names{});
}

TEST_F(ReaderTest, WalksResultsThatAreLargerThanAPageAndAChunk) {
  ASSERT_TRUE(
      connect(writer_->path())
          ->execute(
              "delete from units; with recursive n(i) as (select 1 union all select i + 1 from n where i "
              "< 100003) insert into units (cluster_id, uuid, started_at) "
              "select 'hpc', printf('%06d', i), '' from n"));
  const Names all = list({});
  EXPECT_EQ(all.size(), 100'003U);
  EXPECT_TRUE(std::ranges::is_sorted(all));
  EXPECT_TRUE(std::ranges::adjacent_find(all) == all.end());
  EXPECT_EQ(list({.limit = 60'000, .offset = 3}).size(), 60'000U);
}

TEST_F(ReaderTest, GoesOnWhileRowsComeAndGo) {
  ASSERT_TRUE(
      connect(writer_->path())
          ->execute(
              "delete from units; with recursive n(i) as (select 1 union all select i + 1 from n where i "
              "< 1000) insert into units (cluster_id, uuid, started_at) "
              "select 'hpc', printf('%06d', i), '' from n"));
  auto cursor = *reader_->units({});
  std::size_t seen = cursor->next()->size();
  // The reader holds no lock between pages.
  ASSERT_TRUE(connect(writer_->path())->execute("delete from units where uuid > '000500'; vacuum"));
  for (;;) {
    const auto page = cursor->next();
    ASSERT_TRUE(page) << page.error().text();
    if (page->empty()) break;
    seen += page->size();
  }
  EXPECT_EQ(seen, 500U);
}

TEST_F(ReaderTest, UsesTheIndexThatFitsTheQuestion) {
  ASSERT_TRUE(writer_->create_indexes());
  const auto connection = connect(writer_->path());
  const auto plan = [&](const UnitQuery& query) {
    const Conditions conditions = unit_conditions(query);
    auto statement = connection->prepare("explain query plan select id, cluster_id, uuid from units" +
                                         conditions.where() + " order by cluster_id, uuid, id limit 50000");
    EXPECT_TRUE(statement) << statement.error().text();
    conditions.bind(*statement);
    std::string text;
    while (statement->step().value_or(false))
      text += std::string(statement->text(3)) + "\n";
    EXPECT_EQ(text.find("SCAN units"), std::string::npos) << text;
    return text;
  };
  const TimeRange window = {1, 2};
  for (const bool running : {false, true}) {
    EXPECT_NE(plan({.owners = {{"", "ann"}}, .ended = window, .running = running})
                  .find("ceems_units_user_ended (username=? AND ended_at_ts"),
              std::string::npos);
    EXPECT_NE(plan({.projects = {"bio"}, .ended = window, .running = running})
                  .find("ceems_units_project_ended (project=? AND ended_at_ts"),
              std::string::npos);
    EXPECT_NE(plan({.ended = window, .running = running}).find("ceems_units_ended (ended_at_ts"),
              std::string::npos);
  }
  EXPECT_NE(plan({.owners = {{"", "ann"}}, .uuids = {"1"}})
                .find("uq_cluster_id_uuid_start (cluster_id=? AND uuid=?"),
            std::string::npos);
  EXPECT_NE(
      plan({.clusters = {"hpc"}, .uuids = {"1"}}).find("uq_cluster_id_uuid_start (cluster_id=? AND uuid=?"),
      std::string::npos);
}

TEST_F(ReaderTest, TellsWhichUnitsBelongToProjectsOfThatCluster) {
  const std::vector<ProjectKey> bio_on_hpc = {{"hpc", "bio"}};
  EXPECT_EQ(reader_->owned_uuids({"10", "9", "12", "9"}, {"hpc"}, bio_on_hpc), (Names{"10", "9"}));
  EXPECT_EQ(reader_->owned_uuids({"10"}, {"cloud"}, bio_on_hpc), Names{});
  EXPECT_EQ(reader_->owned_uuids({"10"}, {"hpc"}, {}), Names{});
}

TEST_F(ReaderTest, ListsUsersAndProjects) {
  const auto users = reader_->users({.names = {"ann"}});
  ASSERT_TRUE(users);
  ASSERT_EQ(users->size(), 2U);
  EXPECT_EQ((*users)[0].cluster_id, "cloud");
  EXPECT_EQ((*users)[1].projects, (Names{"art", "bio"}));
  EXPECT_EQ(reader_->users({.names = {"ann"}, .clusters = {"hpc"}})->size(), 1U);
  EXPECT_EQ(reader_->users({})->size(), 3U);
  EXPECT_EQ(reader_->projects({.names = {"bio"}})->size(), 2U);
  EXPECT_EQ(reader_->projects({.membership = std::vector<ProjectKey>{{"hpc", "art"}}})->front().users,
            Names{"ann"});
  EXPECT_TRUE(reader_->projects({.membership = std::vector<ProjectKey>{}})->empty());
}

TEST_F(ReaderTest, KnowsMembershipPerCluster) {
  EXPECT_EQ(reader_->projects_of({"ann"}), (std::vector<ProjectKey>{{"hpc", "art"}, {"hpc", "bio"}}));
  EXPECT_EQ(reader_->projects_of({"eve", "bob"}),
            (std::vector<ProjectKey>{{"cloud", "bio"}, {"hpc", "bio"}}));
  EXPECT_TRUE(reader_->projects_of({})->empty());
  ASSERT_TRUE(connect(writer_->path())->execute(R"sql(
insert into projects (cluster_id, name, users) values ('x','escaped','["\u0061nn","d\"e"]'), ('x','other','["annabel"]'),
 ('x','é','["zoé"]'), ('x','è','["zo\u00e9"]');)sql"));
  EXPECT_EQ(reader_->projects_of({"ann"}),
            (std::vector<ProjectKey>{{"hpc", "art"}, {"hpc", "bio"}, {"x", "escaped"}}));
  EXPECT_EQ(reader_->projects_of({"d\"e"}), (std::vector<ProjectKey>{{"x", "escaped"}}));
  EXPECT_EQ(reader_->projects_of({"zoé"}), (std::vector<ProjectKey>{{"x", "è"}, {"x", "é"}}));
  EXPECT_EQ(reader_->projects_of({"annabel", "zoé", "nobody"})->size(), 3U);
  EXPECT_EQ(reader_->projects_of({"1", "2", "3", "4", "5", "6", "7", "8", "annabel"})->size(), 1U);
}

TEST_F(ReaderTest, NoticesAtOnceThatAMemberLeft) {
  EXPECT_EQ(reader_->projects_of({"bob"})->size(), 1U);
  EXPECT_EQ(reader_->projects_of({"bob"})->size(), 1U);
  ASSERT_TRUE(connect(writer_->path())->execute("update projects set users = '[]' where name = 'bio'"));
  EXPECT_TRUE(reader_->projects_of({"bob"})->empty());
  // And that the whole file is another one.
  const std::string other = directory_.path() + "/other.db";
  {
    const auto made = connect(other);
    ASSERT_TRUE(
        made->execute("create table projects (cluster_id text, name text, users text); "
                      "insert into projects values ('new', 'p', '[\"bob\"]')"));
  }
  for (const char* suffix : {"-wal", "-shm"})
    std::filesystem::remove(writer_->path() + suffix);
  std::filesystem::rename(other, writer_->path());
  EXPECT_EQ(reader_->projects_of({"bob"}), (std::vector<ProjectKey>{{"new", "p"}}));
}

TEST_F(ReaderTest, KnowsAdministrators) {
  EXPECT_EQ(reader_->is_admin("root"), true);
  EXPECT_EQ(reader_->is_admin("ann"), false);
  EXPECT_EQ(reader_->is_admin(""), false);
  ASSERT_EQ(reader_->admin_users()->size(), 1U);
  EXPECT_EQ(reader_->admin_users()->front().tags, Names{"ceems"});
}

TEST_F(ReaderTest, ReadsUsageOfALifetime) {
  const auto rows = read_all(reader_->global_usage({}));
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].cluster_id, "cloud");
  EXPECT_EQ((*rows)[1].username, "ann");
  EXPECT_TRUE((*rows)[1].metrics[Metric::kAvgCpuUsage].empty());
  EXPECT_EQ((*rows)[2].num_units, 3);
  EXPECT_EQ(read_all(reader_->global_usage({.membership = std::vector<ProjectKey>{{"hpc", "bio"}}}))->size(),
            2U);
  EXPECT_TRUE(read_all(reader_->global_usage({.membership = std::vector<ProjectKey>{}}))->empty());
}

TEST_F(ReaderTest, AddsUpUnitsOfAWindow) {
  const CurrentUsageQuery query = {.rows = {.clusters = {"hpc"}}, .window = {kStart, kStart + 2 * kHourMs}};
  const auto rows = read_all(reader_->current_usage(query));
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);  // art of ann counts although it is ignored in lists
  EXPECT_EQ((*rows)[0].project, "art");
  EXPECT_EQ((*rows)[1].metrics[Metric::kTotalTimeSeconds],
            (MetricMap{{"alloc_cputime", 100}, {"walltime", 50}}));
  EXPECT_EQ((*rows)[2].username, "bob");
}

TEST_F(ReaderTest, WeighsMeansOnlyOverRowsThatHaveThem) {
  ASSERT_TRUE(connect(writer_->path())->execute("update units set username = 'ann'"));
  const CurrentUsageQuery query = {.rows = {.clusters = {"hpc"}, .projects = {"bio"}},
                                   .window = {kStart, kStart + 2 * kHourMs}};
  const auto rows = read_all(reader_->current_usage(query));
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().num_units, 2);
  EXPECT_EQ(rows->front().metrics[Metric::kAvgCpuUsage], (MetricMap{{"global", 40}, {"other", 7}}));
}

TEST_F(ReaderTest, CountsRowsEvenWithoutMetrics) {
  const CurrentUsageQuery query = {.rows = {.fields = UsageFields().set(index(UsageField::kNumUnits))},
                                   .window = {kStart, kStart + 4 * kHourMs}};
  const auto rows = read_all(reader_->current_usage(query));
  ASSERT_TRUE(rows);
  // Projects of the same name on two clusters are one row, unless grouped by cluster.
  EXPECT_EQ(rows->size(), 3U);
  CurrentUsageQuery grouped = query;
  grouped.group_by = {UsageField::kClusterId};
  EXPECT_EQ(read_all(reader_->current_usage(grouped))->size(), 4U);
  grouped.terminated_only = true;
  EXPECT_EQ(read_all(reader_->current_usage(grouped))->size(), 3U);
}

TEST_F(ReaderTest, AddsUpDays) {
  const CurrentUsageQuery query = {.window = {kStart, kStart + 48 * kHourMs},
                                   .source = UsageSource::kDailyUsage};
  const auto rows = read_all(reader_->current_usage(query));
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().num_units, 5);
  EXPECT_EQ(rows->front().metrics[Metric::kTotalTimeSeconds].find("walltime"), 15);
}

TEST_F(ReaderTest, CountsUnitsUsersAndProjects) {
  const auto stats = reader_->stats({}, std::nullopt);
  ASSERT_TRUE(stats);
  ASSERT_EQ(stats->size(), 2U);
  const Stat& hpc = (*stats)[1];
  EXPECT_EQ(
      std::tie(hpc.num_units, hpc.num_active_units, hpc.num_inactive_units, hpc.num_projects, hpc.num_users),
      std::make_tuple(4, 2, 2, 2, 3));
  EXPECT_EQ(reader_->stats({"hpc"}, TimeRange{kStart, kStart + 1})->front().num_units, 2);
}

std::string list_clusters(Reader& reader) {
  const auto clusters = reader.clusters();
  EXPECT_TRUE(clusters);
  std::string text;
  for (const Cluster& cluster : clusters.value_or(std::vector<Cluster>()))
    text += cluster.id + "/" + cluster.manager + " ";
  return text;
}

TEST_F(ReaderTest, ListsClustersAndTheirManagers) {
  EXPECT_EQ(list_clusters(*reader_), "cloud/openstack hpc/ hpc/slurm ");
  ASSERT_TRUE(writer_->create_indexes());
  EXPECT_EQ(list_clusters(*reader_), "cloud/openstack hpc/ hpc/slurm ");
}

// A thousand units each, one of which has another manager; `hidden` is among the others by id, `newest` is
// not.
constexpr const char* kLargeClusters = R"sql(
insert into units (cluster_id, resource_manager, uuid, started_at)
 select cluster, iif(n = which, 'pbs', 'slurm'), 1000 + n, '2030-01-01T00:00:00+0000'
 from (with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < 999) select n from numbers),
      (select 'hidden' as cluster, 500 as which union all select 'newest', 999);
insert into usage (cluster_id, resource_manager, num_units, project, username) values
 ('hidden','slurm',1,'bio','ann'), ('hidden','lsf',1,'bio','eve'), ('newest','slurm',1,'bio','ann'), ('gone','slurm',1,'bio','ann');
)sql";

TEST_F(ReaderTest, ListsManagersThatUsageNamesBeforeThereAreIndexes) {
  ASSERT_TRUE(connect(writer_->path())->execute(kLargeClusters));
  EXPECT_EQ(list_clusters(*reader_),
            "cloud/openstack hidden/lsf hidden/slurm hpc/ hpc/slurm newest/pbs newest/slurm ");
  ASSERT_TRUE(writer_->create_indexes());
  EXPECT_EQ(list_clusters(*reader_),
            "cloud/openstack hidden/pbs hidden/slurm hpc/ hpc/slurm newest/pbs newest/slurm ");
  ASSERT_TRUE(connect(writer_->path())->execute("drop index ceems_units_manager"));
  EXPECT_EQ(list_clusters(*reader_),
            "cloud/openstack hidden/lsf hidden/slurm hpc/ hpc/slurm newest/pbs newest/slurm ");
}

TEST_F(ReaderTest, IsAsHealthyAsTheDatabase) {
  EXPECT_TRUE(reader_->ping());
  const auto nowhere = Reader::create({.path = directory_.path() + "/missing.db"});
  ASSERT_TRUE(nowhere);
  EXPECT_FALSE((*nowhere)->ping());
}

TEST_F(ReaderTest, ServesManyThreadsWhileOthersWrite) {
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this] {
        for (int n = 0; n < 50; ++n) {
          EXPECT_TRUE(reader_->projects_of({"ann"}));
          EXPECT_TRUE((*reader_->units({}))->next());
        }
      });
    }
    for (int n = 0; n < 50; ++n)
      EXPECT_TRUE(writer_->replace_admins("ceems", {fmt::format("u{}", n)}, kStart));
  }
  EXPECT_EQ(reader_->is_admin("u49"), true);
}

}  // namespace
}  // namespace ceems::store

// What each route of the API server costs on the database of a large site, beside the same SQL through the
// sqlite3 library, and how an update fares beside readers. Prints Markdown tables. Requests go through the
// routes as the server calls them, without a network.
//
//   api_bench [--units N] [--database DIRECTORY] [--rounds N] [--only PART OF A NAME] [--sql yes|no]
//
// --only "an update" is the last table alone; --sql no leaves the SQL out, which takes most of the time.
// The database is made where the directory has none, and kept there; without a directory it is a temporary
// one.
#include "access/directory.h"
#include "api/routes.h"
#include "base/log.h"
#include "base/text.h"
#include "http/message.h"
#include "sample.h"
#include "site.h"
#include "store/reader.h"
#include "store/sqlite.h"
#include "store/writer.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace ceems::bench {
namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kYearS = 365 * kDayS;
constexpr std::size_t kChanged = 5'000;
constexpr double kPatienceUsec = 10e6;  // for all rounds of one row

struct Settings {
  std::size_t units = 2'000'000;
  std::size_t rounds = 20;
  std::string directory;
  std::string only;  // requests whose name contains it
  bool sql = true;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems-api-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The server's side of a site.
class Server {
 public:
  base::Status open(const std::string& directory, bool exact) {
    CEEMS_TRY(reader_, store::Reader::create({.path = store::database_path(directory)}));
    members_ = access::make_directory(*reader_);
    api::Options options;
    options.exact_usage = exact;
    options.now = [] { return std::chrono::sys_seconds(std::chrono::seconds(kSiteEndS)); };
    CEEMS_TRY(routes_, api::make_routes(std::move(options), *reader_, *members_));
    return {};
  }

  // Bytes of the answer's body; each piece is thrown away as soon as it is there.
  base::Result<std::size_t> ask(std::string_view user, const std::string& target) const {
    http::Request request;
    request.target = target;
    request.peer_address = "192.0.2.1";
    request.fields.add("X-Grafana-User", std::string(user));
    for (const http::Route& route : routes_) {
      if (route.path != request.path()) continue;
      const http::Response response = route.handler(request);
      if (response.status != 200)
        return base::fail(base::ErrorCode::kInternal, target, "status {}: {}", response.status,
                          response.text());
      const auto* producer = std::get_if<http::BodyProducer>(&response.body);
      if (producer == nullptr) return response.text().size();
      std::size_t bytes = 0;
      std::string chunk;
      for (bool more = true; more;) {
        chunk.clear();
        CEEMS_TRY(more, (*producer)(chunk));
        bytes += chunk.size();
      }
      return bytes;
    }
    return base::fail(base::ErrorCode::kNotFound, target, "no such route");
  }

 private:
  std::unique_ptr<store::Reader> reader_;
  std::unique_ptr<access::Directory> members_;
  std::vector<http::Route> routes_;
};

struct Times {
  std::vector<double> usec;
  std::vector<double> cpu_usec;  // of the thread that asks
  double worst() const { return usec.empty() ? 0 : *std::ranges::max_element(usec); }
};

template <class Action>
base::Result<Times> measure(std::size_t rounds, const Action& action) {
  Times times;
  const double begin = wall_usec();
  for (std::size_t round = 0; round < rounds && wall_usec() - begin < kPatienceUsec; ++round) {
    const double start = wall_usec();
    const double cpu = thread_cpu_usec();
    CEEMS_TRY_VOID(action(round));
    times.cpu_usec.push_back(thread_cpu_usec() - cpu);
    times.usec.push_back(wall_usec() - start);
  }
  return times;
}

// Each a parameter's worth of a request: changes from round to round, so that no answer repeats.
std::string window(std::int64_t seconds, std::size_t round) {
  const std::int64_t shift = static_cast<std::int64_t>(round) * 900 * 7;
  return fmt::format("from={}&to={}", kSiteEndS - seconds - shift, kSiteEndS - shift);
}

std::string local(std::int64_t second) {
  return store::TimeZone().local(second * 1'000);
}

// Every sum that usage tells, as SQL has them.
std::string sums() {
  std::string columns;
  for (const auto& [metric, names] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"total_time_seconds", {"alloc_cputime", "alloc_gputime", "walltime"}},
           {"total_cpu_energy_usage_kwh", {"total"}},
           {"total_cpu_emissions_gms", {"owid_total", "rte_total"}},
           {"total_gpu_energy_usage_kwh", {"total"}},
           {"total_gpu_emissions_gms", {"owid_total", "rte_total"}}})
    for (const std::string& name : names)
      columns += fmt::format(", sum(json_extract({}, '$.{}'))", metric, name);
  return columns;
}

class Floor {
 public:
  base::Status open(const std::string& directory) {
    CEEMS_TRY(db_,
              store::Connection::open(store::database_path(directory), store::Connection::Mode::kReadOnly,
                                      std::chrono::milliseconds(5'000)));
    return {};
  }
  // Steps through all rows and looks at each of `columns` texts.
  base::Status read(const std::string& sql, const std::vector<std::string>& values, int columns) {
    CEEMS_TRY(store::Statement statement, db_->prepare(sql));
    for (std::size_t i = 0; i < values.size(); ++i)
      statement.bind(static_cast<int>(i) + 1, values[i]);
    for (;;) {
      CEEMS_TRY(const bool row, statement.step());
      if (!row) return {};
      for (int column = 0; column < columns; ++column)
        bytes_ += statement.text(column).size();
    }
  }

 private:
  std::unique_ptr<store::Connection> db_;
  std::size_t bytes_ = 0;
};

struct Row {
  std::string what;
  std::string user;
  std::function<std::string(std::size_t round)> target;
  std::string sql;
  std::function<std::vector<std::string>(std::size_t round)> values;
  int columns = 1;
  bool exact = false;
};

std::vector<std::string> between(std::int64_t seconds, std::size_t round) {
  const std::int64_t to = kSiteEndS - static_cast<std::int64_t>(round) * 900 * 7;
  return {local(to - seconds), local(to)};
}

std::vector<std::string> ended(std::int64_t seconds, std::size_t round) {
  const std::int64_t to = kSiteEndS - static_cast<std::int64_t>(round) * 900 * 7;
  return {fmt::format("{}", (to - seconds) * 1'000), fmt::format("{}", to * 1'000 + 999)};
}

Row units_row(std::string what, std::int64_t seconds) {
  return {.what = std::move(what),
          .user = site_user(1'000),
          .target = [seconds](std::size_t round) { return "/api/v1/units?" + window(seconds, round); },
          .sql = fmt::format(
              "select * from units where username = '{}' and ended_at_ts between cast(? as integer) "
              "and cast(? as integer) order by cluster_id, uuid",
              site_user(1'000)),
          .values = [seconds](std::size_t round) { return ended(seconds, round); },
          .columns = 38};
}

Row usage_row(std::string what, std::string path, std::string user, const std::string& condition,
              bool exact) {
  return {.what = std::move(what),
          .user = std::move(user),
          .target = [path](std::size_t round) { return path + window(kYearS, round); },
          .sql = fmt::format(
              "select username, project, count(*){} from {} where last_updated_at between ? and ?{} "
              "group by username, project order by cluster_id, username, project",
              sums(), exact ? "daily_usage" : "units", condition),
          .values = [](std::size_t round) { return between(kYearS, round); },
          .columns = 12,
          .exact = exact};
}

std::string uuids(std::size_t round, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < 20; ++i)
    text += fmt::format("{}{}", separator, 1'000'000 + (round * 20 + i) * 97);
  return text;
}

// Some units of that user, so that verifying them succeeds.
base::Result<std::vector<std::string>> units_of(const std::string& directory, const std::string& user) {
  constexpr std::uint64_t kUnits = 2'000;
  CEEMS_TRY(const auto reader, store::Reader::create({.path = store::database_path(directory)}));
  CEEMS_TRY(const auto cursor,
            reader->units({.owners = {{.cluster_id = "", .username = user}},
                           .fields = store::UnitFields().set(index(store::UnitField::kUuid)),
                           .limit = kUnits}));
  std::vector<std::string> uuids;
  for (;;) {
    CEEMS_TRY(const auto page, cursor->next());
    if (page.empty()) break;
    for (const store::Unit& unit : page)
      uuids.push_back(unit.uuid);
  }
  if (uuids.empty()) return base::fail(base::ErrorCode::kNotFound, user, "has no units");
  return uuids;
}

Row verify_row(const std::string& user, const std::string& own_projects, std::vector<std::string> uuids) {
  const auto some = [uuids = std::move(uuids)](std::size_t round, std::string_view before) {
    constexpr std::size_t kAtOnce = 20;
    std::string text;
    for (std::size_t i = 0; i < kAtOnce; ++i)
      text += fmt::format("{}{}", before, uuids[(round * kAtOnce + i) % uuids.size()]);
    return text;
  };
  return {
      .what = "verify 20 units",
      .user = user,
      .target =
          [some](std::size_t round) { return "/api/v1/units/verify?cluster_id=hpc" + some(round, "&uuid="); },
      .sql = fmt::format("select distinct uuid from units where cluster_id = 'hpc' and uuid in (select "
                         "cast(value as text) from json_each(?)) and +project in ({})",
                         own_projects),
      .values =
          [some](std::size_t round) {
            return std::vector<std::string>{"[" + some(round, ",").substr(1) + "]"};
          },
      .columns = 1};
}

std::vector<Row> rows(const std::vector<std::string>& own_units) {
  const std::string user = site_user(1'000);
  std::string own;
  for (const std::size_t project : projects_of_user(1'000))
    own += fmt::format("{}'{}'", own.empty() ? "" : ", ", site_project(project));
  const std::string mine = fmt::format(" and project in ({})", own);
  const auto nothing = [](std::size_t) { return std::vector<std::string>{}; };
  const std::string stats =
      "select cluster_id, max(resource_manager), count(*), count(distinct project), count(distinct username) "
      "from "
      "units";
  return {
      units_row("a user's units of a week", 7 * kDayS),
      units_row("a user's units of 400 days", 400 * kDayS),
      usage_row("usage, a year, a user's projects", "/api/v1/usage/current?", user, mine, false),
      usage_row("the same, energy alone",
                "/api/v1/usage/current?field=username&field=project&field=total_cpu_energy_usage_kwh&", user,
                mine, false),
      usage_row("usage, a year, everybody", "/api/v1/usage/current/admin?", "root", "", false),
      usage_row("the same, energy alone",
                "/api/v1/usage/current/admin?field=username&field=project&field=total_cpu_energy_usage_kwh&",
                "root", "", false),
      usage_row("daily usage, a year, a user's projects", "/api/v1/usage/current?experimental=1&", user, mine,
                true),
      usage_row("daily usage, a year, everybody", "/api/v1/usage/current/admin?experimental=1&", "root", "",
                true),
      {.what = "usage of all time, a user's projects",
       .user = user,
       .target = [](std::size_t) { return std::string("/api/v1/usage/global"); },
       .sql = fmt::format("select * from usage where project in ({}) order by cluster_id, username, project",
                          own),
       .values = nothing,
       .columns = 26},
      {.what = "usage of all time, everybody",
       .user = "root",
       .target = [](std::size_t) { return std::string("/api/v1/usage/global/admin"); },
       .sql = "select * from usage order by cluster_id, username, project",
       .values = nothing,
       .columns = 26},
      {.what = "statistics of all time",
       .user = "root",
       .target = [](std::size_t) { return std::string("/api/v1/stats/global/admin"); },
       .sql = stats + " group by cluster_id",
       .values = nothing,
       .columns = 5},
      {.what = "statistics of a day",
       .user = "root",
       .target = [](std::size_t round) { return "/api/v1/stats/current/admin?" + window(kDayS, round); },
       .sql =
           stats +
           " where ended_at_ts between cast(? as integer) and cast(? as integer) or ended_at_ts = 0 group by "
           "cluster_id",
       .values = [](std::size_t round) { return ended(kDayS, round); },
       .columns = 5},
      {.what = "statistics of a year",
       .user = "root",
       .target = [](std::size_t round) { return "/api/v1/stats/current/admin?" + window(kYearS, round); },
       .sql =
           stats +
           " where ended_at_ts between cast(? as integer) and cast(? as integer) or ended_at_ts = 0 group by "
           "cluster_id",
       .values = [](std::size_t round) { return ended(kYearS, round); },
       .columns = 5},
      {.what = "which of 20 units are a user's",
       .user = user,
       .target =
           [](std::size_t round) {
             // Found out first which are his, as a dashboard does: others are answered 403.
             return "/api/v1/units?field=uuid" + uuids(round, "&uuid=");
           },
       .sql = fmt::format("select uuid from units where cluster_id = 'hpc' and uuid in (select value from "
                          "json_each(?)) and username = '{}'",
                          user),
       .values =
           [](std::size_t round) {
             return std::vector<std::string>{"[" + uuids(round, ",").substr(1) + "]"};
           },
       .columns = 1},
      verify_row(user, own, own_units),
      {.what = "a user's projects",
       .user = user,
       .target = [](std::size_t) { return std::string("/api/v1/projects"); },
       .sql = fmt::format("select * from projects where name in ({}) order by cluster_id, name", own),
       .values = nothing,
       .columns = 8},
      {.what = "clusters",
       .user = "root",
       .target = [](std::size_t) { return std::string("/api/v1/clusters/admin"); },
       .sql = "select distinct cluster_id, resource_manager from units",
       .values = nothing,
       .columns = 2},
  };
}

base::Status print_row(const Server& server, Floor& floor, const Settings& settings, const Row& row) {
  std::size_t bytes = 0;
  CEEMS_TRY(const Times times, measure(settings.rounds, [&](std::size_t round) -> base::Status {
              CEEMS_TRY(bytes, server.ask(row.user, row.target(round)));
              return {};
            }));
  CEEMS_TRY(const Times least, measure(settings.sql ? settings.rounds : 0, [&](std::size_t round) {
              return floor.read(row.sql, row.values(round), row.columns);
            }));
  const double p50 = median(times.usec) / 1'000;
  const double floor_p50 = median(least.usec) / 1'000;
  fmt::print("| {} | {} | {:.2f} | {:.2f} | {:.2f} |", row.what, bytes / 1'000, p50, times.worst() / 1'000,
             median(times.cpu_usec) / 1'000);
  if (settings.sql) {
    fmt::print(" {:.2f} | {:.2f} |\n", floor_p50, p50 / floor_p50);
  } else {
    fmt::print(" - | - |\n");
  }
  std::fflush(stdout);
  return {};
}

// Readers that ask for a user's units without a pause.
class Readers {
 public:
  Readers(const Server& server, std::size_t count) : times_(count) {
    for (std::size_t i = 0; i < count; ++i)
      threads_.emplace_back([this, &server, i] {
        for (std::size_t round = 0; !stop_; ++round) {
          const double start = wall_usec();
          const auto bytes =
              server.ask(site_user(1'000 + i), "/api/v1/units?" + window(7 * kDayS, round % 500));
          if (bytes) times_[i].push_back(wall_usec() - start);
        }
      });
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  ~Readers() { stop(); }

  Times stop() {
    stop_ = true;
    threads_.clear();
    Times all;
    for (const auto& times : times_)
      all.usec.insert(all.usec.end(), times.begin(), times.end());
    return all;
  }

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::vector<double>> times_;
  std::vector<std::jthread> threads_;
};

// What a unit used in a quarter of an hour, if it always used as much as it did.
void keep_a_quarter_of_an_hour(store::Metrics& metrics) {
  constexpr double kQuarterS = 900;
  const double walltime = metrics[store::Metric::kTotalTimeSeconds].value_or("walltime", 0);
  const double share = walltime > 0 ? kQuarterS / walltime : 0;
  for (const store::Metric metric : store::all_metrics()) {
    if (store::combination(metric) != store::Combination::kSum) continue;
    store::MetricMap used;
    for (const auto& [name, value] : metrics[metric])
      used.set(name, value * share);
    metrics[metric] = used;
  }
}

// As many units that run, each with a quarter of an hour more.
std::vector<store::Unit> changed_units(const std::string& database) {
  std::vector<store::Unit> units;
  auto reader = store::Reader::create({.path = database});
  if (!reader) return units;
  auto cursor = (*reader)->units({.ended = store::TimeRange{1, 1}, .running = true});
  while (cursor && units.size() < kChanged) {
    auto page = (*cursor)->next();
    if (!page || page->empty()) break;
    for (store::Unit& unit : *page) {
      keep_a_quarter_of_an_hour(unit.metrics);
      units.push_back(std::move(unit));
    }
  }
  return units;
}

struct Updates {
  Times wall;
  Times cpu;  // of the thread that writes
};

base::Result<Updates> update(store::Writer& writer, const std::vector<store::Unit>& units) {
  constexpr std::int64_t kWindowMs = 900'000;
  Updates updates;
  for (int round = 0; round < 3; ++round) {
    CEEMS_TRY(const std::int64_t start, writer.window_start(kSiteCluster, kSiteEndS * 1'000));
    const double wall = wall_usec();
    const double cpu = thread_cpu_usec();
    CEEMS_TRY_VOID(writer.commit_window({.cluster_id = kSiteCluster,
                                         .manager = "slurm",
                                         .start_ms = start,
                                         .end_ms = start + kWindowMs,
                                         .units = units,
                                         .membership = {},
                                         .pending = {}}));
    updates.cpu.usec.push_back(thread_cpu_usec() - cpu);
    updates.wall.usec.push_back(wall_usec() - wall);
  }
  return updates;
}

constexpr std::string_view kUpdateTable = "an update and a reader";

base::Status print_update(store::Writer& writer, const Server& server) {
  const std::vector<store::Unit> units = changed_units(writer.path());
  Times quiet;
  {
    Readers readers(server, 1);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    quiet = readers.stop();
  }
  CEEMS_TRY(const Updates alone, update(writer, units));
  Readers readers(server, 1);
  CEEMS_TRY(const Updates beside, update(writer, units));
  const Times busy = readers.stop();
  fmt::print("\n| {} | p50 ms | worst ms |\n| --- | ---: | ---: |\n", kUpdateTable);
  const auto print = [](std::string_view what, const Times& times) {
    fmt::print("| {} | {:.2f} | {:.2f} |\n", what, median(times.usec) / 1'000, times.worst() / 1'000);
  };
  print(fmt::format("{} changed units written, alone", units.size()), alone.wall);
  print("processor time of it", alone.cpu);
  print("the same, while a reader asks without a pause", beside.wall);
  print("processor time of it", beside.cpu);
  print("a user's units of a week, before", quiet);
  print("a user's units of a week, meanwhile", busy);
  return {};
}

base::Status run(const Settings& settings) {
  base::configure_logging(base::LogLevel::kWarn, base::LogFormat::kLogfmt);
  const TemporaryDirectory temporary;
  const std::string directory = settings.directory.empty() ? temporary.path() : settings.directory;
  double begin = wall_usec();
  CEEMS_TRY_VOID(make_site(directory, settings.units));
  const double made = wall_usec() - begin;
  begin = wall_usec();
  CEEMS_TRY(const auto writer, store::Writer::open({.directory = directory}));
  Server server;
  CEEMS_TRY_VOID(server.open(directory, false));
  CEEMS_TRY_VOID(server.ask("root", "/api/v1/clusters/admin"));
  const double opened = wall_usec() - begin;
  begin = wall_usec();
  CEEMS_TRY_VOID(writer->create_indexes());
  const double indexed = wall_usec() - begin;
  begin = wall_usec();
  double longest_step = 0;
  for (bool more = true; more;) {
    const double step = wall_usec();
    CEEMS_TRY(more, writer->advance_rollups());
    longest_step = std::max(longest_step, wall_usec() - step);
  }
  const double summed = wall_usec() - begin;
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(store::database_path(directory), ignored);
  fmt::print(
      "{} units, {} users, {} projects, {} days: {} MB. Made in {:.0f} s; opened and answering after {:.0f} "
      "ms; "
      "indexes after {:.1f} s, rollups after {:.1f} s (longest step {:.0f} ms)\n\n",
      settings.units, kSiteUsers, kSiteProjects, kSiteDays, bytes / 1'000'000, made / 1e6, opened / 1e3,
      indexed / 1e6, summed / 1e6, longest_step / 1e3);
  Floor floor;
  CEEMS_TRY_VOID(floor.open(directory));
  fmt::print(
      "| request | kB | p50 ms | worst ms | processor ms | SQL alone p50 ms | ratio |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  CEEMS_TRY(const auto own_units, units_of(directory, site_user(1'000)));
  for (const Row& row : rows(own_units))
    if (row.what.find(settings.only) != std::string::npos)
      CEEMS_TRY_VOID(print_row(server, floor, settings, row));
  if (kUpdateTable.find(settings.only) == std::string_view::npos) return {};
  return print_update(*writer, server);
}

bool read_number(std::string_view text, std::size_t& number) {
  const auto value = base::parse_u64(text);
  if (!value || *value == 0) return false;
  number = static_cast<std::size_t>(*value);
  return true;
}

bool read_argument(std::string_view name, std::string_view value, Settings& settings) {
  if (name == "--units") return read_number(value, settings.units);
  if (name == "--rounds") return read_number(value, settings.rounds);
  if (name == "--only") settings.only = value;
  if (name == "--only") return true;
  if (name == "--sql") settings.sql = value == "yes";
  if (name == "--sql") return value == "yes" || value == "no";
  if (name != "--database" || value.empty()) return false;
  settings.directory = value;
  return true;
}

}  // namespace
}  // namespace ceems::bench

int main(int count, char** words) {
  ceems::bench::Settings settings;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 >= count || !ceems::bench::read_argument(words[i], words[i + 1], settings)) {
      fmt::print(
          stderr,
          "usage: api_bench [--units N] [--database DIRECTORY] [--rounds N] [--only NAME] [--sql yes|no]\n");
      return 2;
    }
  }
  if (const auto status = ceems::bench::run(settings); !status) {
    fmt::print(stderr, "{}\n", status.error().text());
    return 1;
  }
  return 0;
}

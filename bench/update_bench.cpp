// What one update of the API server costs in which many jobs of SLURM ended: sacct is a script that prints
// them, the TSDB answers from memory, the database is real. Prints one Markdown table.
//
//   update_bench [--jobs N] [--rounds N]
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "manager/registry.h"
#include "rules/updater_queries.h"
#include "sample.h"
#include "store/writer.h"
#include "update/cluster_cycle.h"
#include "update/tsdb_updater.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace ceems::bench {
namespace {

constexpr std::int64_t kStartS = 1'893'456'000;  // 2030-01-01T00:00:00Z
constexpr std::int64_t kWindowS = 900;

struct Settings {
  std::size_t jobs = 5000;
  std::size_t rounds = 5;
};

// Everything on disk that a run needs; gone with it.
class Directory {
 public:
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems-update-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string clock_time(std::int64_t second) {
  return fmt::format("2030-01-01T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
}

// Rows as sacct prints them, '|' for the separator. Every job ran inside of the window.
std::string sacct_rows(std::size_t jobs) {
  std::string rows;
  for (std::size_t i = 0; i < jobs; ++i) {
    const auto start = static_cast<std::int64_t>(i % 600);
    const auto seconds = static_cast<std::int64_t>(1 + i % 299);
    rows += fmt::format(
        "{0}|main|normal|account{1}|group{1}|{2}|user{2}|{2}|{3}|{3}|{4}|00:00:00|{5}|0:0|COMPLETED|"
        "billing=8,cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=15.50G,node=2|n[{6}-{7}]|job {0}|/home/user{2}|{0}\n",
        100'000 + i, i % 50, 1000 + i % 200, clock_time(start), clock_time(start + seconds), seconds, i % 500,
        i % 500 + 1);
  }
  return rows;
}

base::Status write_programs(const std::string& directory, std::size_t jobs) {
  CEEMS_TRY_VOID(base::write_file_atomically(directory + "/rows", sacct_rows(jobs), 0644));
  const std::string sacct = fmt::format(
      "#!/bin/sh\nfor word; do case $word in --delimiter=*) separator=${{word#--delimiter=}} ;; esac; done\n"
      "exec sed \"s/|/$separator/g\" {}/rows\n",
      directory);
  CEEMS_TRY_VOID(base::write_file_atomically(directory + "/sacct", sacct, 0755));
  return base::write_file_atomically(
      directory + "/sacctmgr",
      "#!/bin/sh\nfor i in $(seq 0 199); do echo \"account$((i % 50))|user$((1000 + i))\"; done\n", 0755);
}

// Has a number for every unit that a query names.
class FakeTsdb final : public tsdb::Client {
 public:
  std::size_t questions = 0;

  base::Result<std::vector<tsdb::Sample>> query(std::string_view promql, tsdb::TimePoint time,
                                                tsdb::Milliseconds /*lookback*/) override {
    ++questions;
    constexpr std::string_view kBefore = "uuid=~\"";
    std::vector<tsdb::Sample> samples;
    const std::size_t begin = promql.find(kBefore);
    if (begin == std::string_view::npos) return samples;
    std::string_view ids = promql.substr(begin + kBefore.size());
    ids = ids.substr(0, ids.find('"'));
    for (const std::string_view id : base::split(ids, '|'))
      samples.push_back({.labels = {{"uuid", std::string(id)}}, .time = time, .value = 0.25});
    return samples;
  }
  base::Result<tsdb::TimePoint> present() override { return tsdb::TimePoint(); }
  tsdb::Settings settings() override { return {}; }
  base::Status delete_series(const std::vector<std::string>& /*matchers*/, tsdb::TimePoint /*start*/,
                             tsdb::TimePoint /*end*/) override {
    return {};
  }
  void cancel() override {}
};

struct Series {
  std::vector<double> cpu_usec;
  std::vector<double> wall_usec;
};

template <class Action>
base::Status measure(Series& series, const Action& action) {
  const double cpu = own_cpu_usec();
  const double wall = wall_usec();
  CEEMS_TRY_VOID(action());
  series.cpu_usec.push_back(own_cpu_usec() - cpu);
  series.wall_usec.push_back(wall_usec() - wall);
  return {};
}

tsdb::TimePoint at(std::int64_t second) {
  return tsdb::TimePoint(std::chrono::seconds(second));
}

base::Status run_sacct(const std::string& directory) {
  CEEMS_TRY(
      const base::ChildResult done,
      base::run_child({.arguments = {directory + "/sacct", "--delimiter=<0123456789abcdef0123456789abcdef>"},
                       .extra_environment = {},
                       .identity = std::nullopt,
                       .output_limit = std::size_t{1} << 30}));
  if (done.exit_status != 0) return base::fail(base::ErrorCode::kUnavailable, "sacct", "{}", done.errors);
  return {};
}

base::Status fetch(const manager::ClusterSettings& cluster, std::size_t jobs) {
  CEEMS_TRY(const auto manager, manager::make_manager(cluster, nullptr));
  CEEMS_TRY(const auto units,
            manager->fetch_units(
                {.start = at(kStartS), .end = at(kStartS + kWindowS), .horizon = at(kStartS)}, {}));
  if (units.size() != jobs) return base::fail(base::ErrorCode::kInternal, "sacct", "{} units", units.size());
  return {};
}

base::Status update(const manager::ClusterSettings& cluster, const std::string& database, FakeTsdb& tsdb) {
  CEEMS_TRY(const auto writer, store::Writer::open({.directory = database}));
  CEEMS_TRY(auto manager, manager::make_manager(cluster, nullptr));
  update::UpdaterSettings settings;
  settings.id = "tsdb-0";
  settings.tsdb.queries = rules::default_updater_queries();
  CEEMS_TRY(const auto updater, update::make_tsdb_updater(settings, tsdb));
  update::ClusterCycle cycle(cluster, std::move(manager), {updater.get()}, *writer,
                             {.max_window = std::chrono::hours(1), .update_from_ms = kStartS * 1000});
  return cycle.catch_up(at(kStartS + kWindowS) + updater->settling_time(), [] { return true; });
}

void print(std::string_view what, const Series& series) {
  fmt::print("| {} | {:.0f} | {:.0f} |\n", what, median(series.wall_usec) / 1000,
             median(series.cpu_usec) / 1000);
}

base::Status run(const Settings& settings) {
  const Directory directory;
  CEEMS_TRY_VOID(write_programs(directory.path(), settings.jobs));
  manager::ClusterSettings cluster;
  cluster.id = "hpc";
  cluster.manager = "slurm";
  cluster.cli.path = directory.path();
  FakeTsdb tsdb;
  Series sacct;
  Series fetched;
  Series whole;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const std::string database = fmt::format("{}/database-{}", directory.path(), round);
    tsdb.questions = 0;
    CEEMS_TRY_VOID(measure(sacct, [&] { return run_sacct(directory.path()); }));
    CEEMS_TRY_VOID(measure(fetched, [&] { return fetch(cluster, settings.jobs); }));
    CEEMS_TRY_VOID(measure(whole, [&] { return update(cluster, database, tsdb); }));
  }
  fmt::print("| {} jobs of SLURM that ended | ms | ms of processor time |\n| --- | ---: | ---: |\n",
             settings.jobs);
  print("reading what sacct prints, the least that anyone must do", sacct);
  print("units from sacct", fetched);
  print(fmt::format("the whole update, {} queries answered at once", tsdb.questions), whole);
  return {};
}

bool read_number(std::string_view text, std::size_t& number) {
  const auto value = base::parse_u64(text);
  if (!value || *value == 0) return false;
  number = static_cast<std::size_t>(*value);
  return true;
}

}  // namespace
}  // namespace ceems::bench

int main(int count, char** words) {
  ceems::bench::Settings settings;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    std::size_t* number = name == "--jobs" ? &settings.jobs : name == "--rounds" ? &settings.rounds : nullptr;
    if (number == nullptr || i + 1 >= count || !ceems::bench::read_number(words[i + 1], *number)) {
      fmt::print(stderr, "usage: update_bench [--jobs N] [--rounds N]\n");
      return 2;
    }
  }
  if (const auto status = ceems::bench::run(settings); !status) {
    fmt::print(stderr, "{}\n", status.error().text());
    return 1;
  }
  return 0;
}

#include "site_update.h"

#include "sample.h"
#include "site.h"
#include "site_sql.h"
#include "store/reader.h"
#include "times.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::bench {

namespace {

constexpr std::int64_t kWeekS = 7 * 86'400;
constexpr std::size_t kChanged = 5'000;
constexpr std::size_t kRounds = 3;

// Readers that ask for a user's units without a pause.
class Readers {
 public:
  Readers(const SiteServer& server, std::size_t count) : times_(count) {
    for (std::size_t i = 0; i < count; ++i)
      threads_.emplace_back([this, &server, i] {
        for (std::size_t round = 0; !stop_; ++round) {
          const double start = wall_usec();
          const auto bytes = server.ask(site_user(1'000 + i), "/api/v1/units?" + window(kWeekS, round % 500));
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
  for (std::size_t round = 0; round < kRounds; ++round) {
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

}  // namespace

base::Status print_update(store::Writer& writer, const SiteServer& server) {
  const std::vector<store::Unit> units = changed_units(writer.path());
  Times quiet;
  {
    Readers readers(server, 1);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    quiet = readers.stop();
  }
  RowsAsTheyAre rows;
  CEEMS_TRY_VOID(rows.read(writer.path(), units));
  CEEMS_TRY(const Times least, measure(kRounds, [&rows](std::size_t) { return rows.write(); }));
  CEEMS_TRY(const Updates alone, update(writer, units));
  Readers readers(server, 1);
  CEEMS_TRY(const Updates beside, update(writer, units));
  const Times busy = readers.stop();
  fmt::print("\n| {} | p50 ms | worst ms |\n| --- | ---: | ---: |\n", kUpdateTable);
  const auto print = [](std::string_view what, const Times& times) {
    fmt::print("| {} | {:.2f} | {:.2f} |\n", what, median(times.usec) / 1'000, times.worst() / 1'000);
  };
  print("the rows written as they are, SQL alone", least);
  print("processor time of it", Times{.usec = least.cpu_usec, .cpu_usec = {}});
  print(fmt::format("{} changed units written, alone", units.size()), alone.wall);
  print("processor time of it", alone.cpu);
  print("the same, while a reader asks without a pause", beside.wall);
  print("processor time of it", beside.cpu);
  print("a user's units of a week, before", quiet);
  print("a user's units of a week, meanwhile", busy);
  return {};
}

}  // namespace ceems::bench

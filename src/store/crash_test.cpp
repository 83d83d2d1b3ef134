// A writer that is killed at any moment leaves each window either whole or untouched.
#include "store/test_database.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;
constexpr std::int64_t kWindowMs = 60'000;

WindowResult window_from(std::int64_t start_ms) {
  WindowResult window;
  window.cluster_id = "hpc";
  window.start_ms = start_ms;
  window.end_ms = start_ms + kWindowMs;
  for (int i = 0; i < 50; ++i) {
    Unit unit;
    unit.uuid = fmt::format("u{}", i);
    unit.started_at = "2030-01-01T00:00:00+0000";
    unit.username = "ann";
    unit.project = "bio";
    unit.metrics[Metric::kTotalTimeSeconds] = {{"walltime", 60}};
    window.units.push_back(std::move(unit));
  }
  window.pending.push_back(
      {.cluster_id = "hpc",
       .window_end_ms = window.end_ms,
       .queries = {{Metric::kTotalCpuEnergyUsageKwh, "total"}},
       .units = {{.key = {"u0", "2030-01-01T00:00:00+0000"}, .project = "bio", .username = "ann"}}});
  return window;
}

// Writes windows and settles each, for ever.
[[noreturn]] void write_until_killed(const std::string& directory) {
  auto writer = Writer::open({.directory = directory});
  if (!writer) ::_exit(1);
  for (;;) {
    const auto start = (*writer)->window_start("hpc", kStart);
    if (!start || !(*writer)->commit_window(window_from(*start))) ::_exit(2);
    const auto due = (*writer)->due_windows(*start + kWindowMs, 1);
    if (!due || due->empty()) ::_exit(3);
    if (!(*writer)->settle(
            {.id = due->front().id, .answers = {{{Metric::kTotalCpuEnergyUsageKwh, "total"}, {{"u0", 1}}}}}))
      ::_exit(4);
  }
}

TEST(Crash, NeitherLosesNorDoublesAWindow) {
  const TestDirectory directory;
  std::mt19937 random(1);
  std::int64_t windows = 0;
  useconds_t longest = 60'000;  // more where a window takes longer than that
  for (int round = 0; round < 12; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(directory.path());
    ::usleep(std::uniform_int_distribution<useconds_t>(longest / 3, longest)(random));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);

    const auto writer = open_writer(directory.path());
    const auto end = writer->window_start("hpc", kStart);
    ASSERT_TRUE(end);
    const std::int64_t before = std::exchange(windows, (*end - kStart) / kWindowMs);
    if (windows == before) longest = std::min<useconds_t>(longest * 2, 900'000);
    const auto connection = connect(writer->path());
    EXPECT_EQ(ask(*connection, "pragma integrity_check"), "ok");
    if (windows == 0) continue;
    EXPECT_EQ(ask(*connection,
                  "select min(total_time_seconds ->> 'walltime') || ' ' || "
                  "max(total_time_seconds ->> 'walltime') from units"),
              fmt::format("{0} {0}", 60 * windows));
    EXPECT_EQ(ask(*connection, "select total_time_seconds ->> 'walltime' from usage"),
              fmt::format("{}", 60 * 50 * windows));
    // What is not settled is still owed.
    EXPECT_EQ(ask(*connection,
                  "select ifnull(total_cpu_energy_usage_kwh ->> 'total', 0) + (select count(*) from "
                  "ceems_pending_windows) from units where uuid = 'u0'"),
              fmt::format("{}", windows));
  }
  EXPECT_GT(windows, 0);
}

}  // namespace
}  // namespace ceems::store

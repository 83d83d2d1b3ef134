// A site whose truth a test knows: units with a power and a CPU use over time, a manager that tells of them
// and a TSDB that integrates them, both of which fail when told to. For tests of this room.
#pragma once

#include "manager/manager.h"
#include "manager/slurm_units.h"
#include "store/writer.h"
#include "tsdb/client.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <mutex>
#include <regex>
#include <string>
#include <system_error>
#include <vector>

namespace ceems::update {

struct FakeUnit {
  std::string manager = "docker";
  std::string uuid{};
  std::string user = "ann";
  std::int64_t start_s = 0;
  std::int64_t end_s = 0;
  double watts = 0;
  double cpus = 1;
  std::int64_t lag_s = 0;  // its power is told for that much longer
  std::string project = "bio";
  std::string heir{};  // from `moves_s` on it is told to be somebody else's
  std::int64_t moves_s = 0;

  const std::string& user_at(std::int64_t second) const {
    return heir.empty() || second < moves_s ? user : heir;
  }

  // Its CPU use in percent, which changes every minute.
  static double use_at(std::int64_t second) { return static_cast<double>(second / 60 * 37 % 100); }

  std::int64_t overlap_s(std::int64_t from_s, std::int64_t to_s) const {
    return std::max<std::int64_t>(std::min(end_s, to_s) - std::max(start_s, from_s), 0);
  }
  std::int64_t told_s(std::int64_t from_s, std::int64_t to_s) const {
    return std::max<std::int64_t>(std::min(end_s + lag_s, to_s) - std::max(start_s, from_s), 0);
  }
  double use_integral(std::int64_t from_s, std::int64_t to_s) const {
    double sum = 0;
    for (std::int64_t s = std::max(start_s, from_s); s < std::min(end_s, to_s); ++s)
      sum += use_at(s);
    return sum;
  }
};

class FakeTsdb final : public tsdb::Client {
 public:
  explicit FakeTsdb(const std::vector<FakeUnit>& units) : units_(units) {}

  // Called for each query; an error is its answer.
  std::function<base::Status(const std::string&)> fate = [](const std::string&) { return base::Status(); };
  tsdb::Settings server{};
  base::Result<tsdb::TimePoint> clock{};
  std::vector<std::string> seen;
  std::vector<std::vector<std::string>> deleted;

  // energy{uuid=~"a|b",manager="x"} 900ms: watt seconds; use{…}: mean in percent; bad{…}: not a number.
  base::Result<std::vector<tsdb::Sample>> query(std::string_view promql, tsdb::TimePoint time,
                                                tsdb::Milliseconds /*lookback*/) override {
    const std::string text(promql);
    // All of it: compiling a regular expression fills a cache that the locale's users share without a lock.
    const std::lock_guard lock(mutex_);
    seen.push_back(text);
    if (auto status = fate(text); !status) return std::unexpected(status.error());
    static const std::regex kQuery("(\\w+)\\{uuid=~[\"`](.*?)[\"`](?:,manager=\"(.*)\")?\\} (\\d+)ms");
    std::smatch m;
    if (!std::regex_match(text, m, kQuery)) return base::fail(base::ErrorCode::kInvalid, text, "parse error");
    const std::regex ids(std::regex_replace(m[2].str(), std::regex(R"(\\\\)"), "\\"));
    const std::int64_t to_s = time.time_since_epoch().count() / 1000;
    const std::int64_t from_s = to_s - (std::stoll(m[4].str()) + 1) / 1000;
    std::map<std::string, double> sums;
    std::map<std::string, double> seconds;
    for (const FakeUnit& unit : units_) {
      if (!std::regex_match(unit.uuid, ids) || (m[3].matched && m[3].str() != unit.manager)) continue;
      const bool is_energy = m[1] == "energy";
      const std::int64_t told = is_energy ? unit.told_s(from_s, to_s) : unit.overlap_s(from_s, to_s);
      if (told == 0) continue;
      sums[unit.uuid] += is_energy ? unit.watts * static_cast<double>(told) : unit.use_integral(from_s, to_s);
      seconds[unit.uuid] += static_cast<double>(told);
    }
    std::vector<tsdb::Sample> samples;
    for (const auto& [uuid, sum] : sums) {
      const double value = m[1] == "energy" ? sum : m[1] == "use" ? sum / seconds[uuid] : -sum / 0.0;
      samples.push_back({{{"uuid", uuid}}, time, value});
    }
    samples.push_back({{}, time, 1});
    return samples;
  }
  base::Result<tsdb::TimePoint> present() override { return clock; }
  tsdb::Settings settings() override { return server; }
  base::Status delete_series(const std::vector<std::string>& matchers, tsdb::TimePoint,
                             tsdb::TimePoint) override {
    deleted.push_back(matchers);
    return {};
  }
  void cancel() override {}

 private:
  const std::vector<FakeUnit>& units_;
  std::mutex mutex_;
};

class FakeManager final : public manager::Manager {
 public:
  explicit FakeManager(const std::vector<FakeUnit>& units) : units_(units) {}

  std::function<base::Status()> fate = [] { return base::Status(); };
  base::Status membership_fate{};

  base::Result<std::vector<manager::Unit>> fetch_units(const manager::Window& window,
                                                       const std::vector<manager::KnownUnit>&) override {
    if (auto status = fate(); !status) return std::unexpected(status.error());
    const std::int64_t from_s = window.start.time_since_epoch().count() / 1000;
    const std::int64_t to_s = window.end.time_since_epoch().count() / 1000;
    std::vector<manager::Unit> found;
    for (const FakeUnit& unit : units_) {
      const auto seconds = static_cast<double>(unit.overlap_s(from_s, to_s));
      if (seconds == 0) continue;
      const bool ended = unit.end_s <= to_s;
      found.push_back({.resource_manager = unit.manager,
                       .uuid = unit.uuid,
                       .project = unit.project,
                       .username = unit.user_at(to_s),
                       .started_at_ms = unit.start_s * 1000,
                       .ended_at_ms = ended ? unit.end_s * 1000 : 0,
                       .elapsed_seconds = std::min(unit.end_s, to_s) - unit.start_s,
                       .state = ended ? "COMPLETED" : "RUNNING",
                       .may_recur = std::ranges::count(units_, unit.uuid, &FakeUnit::uuid) > 1,
                       .time = {.walltime = seconds, .cpu_time = unit.cpus * seconds}});
    }
    return found;
  }
  base::Result<manager::Membership> fetch_membership(manager::TimePoint) override {
    if (!membership_fate) return std::unexpected(membership_fate.error());
    manager::Membership membership;
    membership.users.push_back({.name = "ann", .belongs_to = {"bio"}});
    return membership;
  }
  void cancel() override {}

 private:
  const std::vector<FakeUnit>& units_;
};

// Tells the same units as SLURM's accounting does, in time.
class FakeSlurm final : public manager::Manager {
 public:
  explicit FakeSlurm(const std::vector<FakeUnit>& units) : units_(units) {}

  std::vector<manager::Window> seen;
  base::Status fate{};

  manager::Milliseconds look_back() const override { return std::chrono::hours(1); }
  base::Result<std::vector<manager::Unit>> fetch_units(
      const manager::Window& window, const std::vector<manager::KnownUnit>& known) override {
    seen.push_back(window);
    if (!fate) return std::unexpected(fate.error());
    const auto second = [](manager::TimePoint time) { return time.time_since_epoch().count() / 1000; };
    std::vector<manager::SlurmJob> jobs;
    for (const FakeUnit& unit : units_) {
      if (unit.start_s >= second(window.known_until) || unit.end_s < second(window.horizon)) continue;
      const bool ended = unit.end_s <= second(window.known_until);
      manager::SlurmJob& job = jobs.emplace_back();
      job.id = unit.uuid;
      job.user = unit.user_at(second(window.end));
      job.account = unit.project;
      job.start_ms = unit.start_s * 1000;
      job.end_ms = ended ? unit.end_s * 1000 : 0;
      job.elapsed_seconds = std::min(unit.end_s, second(window.known_until)) - unit.start_s;
      job.state = ended ? "COMPLETED" : "RUNNING";
      job.tres = "cpu=1";
    }
    return manager::slurm_units(jobs, window, known, manager::MemoryReading::kWhole);
  }
  base::Result<manager::Membership> fetch_membership(manager::TimePoint) override {
    return manager::Membership{.complete = false};
  }
  void cancel() override {}

 private:
  const std::vector<FakeUnit>& units_;
};

class TestDirectory {
 public:
  TestDirectory() {
    const std::filesystem::path memory = "/dev/shm";
    std::error_code ignored;
    const bool usable = std::filesystem::is_directory(memory, ignored) && ::access(memory.c_str(), W_OK) == 0;
    std::string pattern = (usable ? memory : std::filesystem::temp_directory_path()) / "ceems-update-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace ceems::update

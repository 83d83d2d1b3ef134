#include "manager/lsf.h"

#include "manager/commands.h"
#include "manager/forgotten.h"
#include "manager/lsf_jobs.h"
#include "manager/seen_members.h"
#include "store/time_zone.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ceems::manager {

namespace {

constexpr std::string_view kKind = "lsf";
constexpr Milliseconds kLookBack = std::chrono::hours(2);
constexpr Milliseconds kPatience = std::chrono::hours(24);

// YYYY/MM/DD/HH:MM
std::string minute_text(TimePoint time) {
  constexpr std::size_t kToTheMinute = 16;
  std::string text = store::TimeZone().local(time.time_since_epoch().count()).substr(0, kToTheMinute);
  std::ranges::replace(text, '-', '/');
  std::ranges::replace(text, 'T', '/');
  return text;
}

class LsfManager final : public Manager {
 public:
  LsfManager(const ClusterSettings& settings, Commands commands)
      : commands_(std::move(commands)), forgotten_(kKind, settings.id, kPatience) {}

  Milliseconds look_back() const override { return kLookBack; }
  base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                              const std::vector<KnownUnit>& known) override;
  base::Result<Membership> fetch_membership(TimePoint /*now*/) override { return membership_; }
  void cancel() override { commands_.cancel(); }

 private:
  // What a program prints; nothing if it ends because there is no such job.
  base::Result<std::string> ask(std::string_view program, std::vector<std::string> arguments,
                                std::string_view nothing);
  void complete(LsfJob& job) const;

  Commands commands_;
  Forgotten forgotten_;
  Membership membership_;
  std::map<std::string, LsfJob> running_;  // as bjobs told them last, those that it no longer tells too
};

base::Result<std::string> LsfManager::ask(std::string_view program, std::vector<std::string> arguments,
                                          std::string_view nothing) {
  auto output = commands_.run(program, std::move(arguments));
  if (output) return output;
  const std::string& message = output.error().message;
  const bool none = message.find("No matching job") != std::string::npos ||
                    message.find("No unfinished job") != std::string::npos ||
                    message.find("No job found") != std::string::npos;
  if (none) return std::string(nothing);
  return output;
}

void LsfManager::complete(LsfJob& job) const {
  const auto found = running_.find(job.id);
  if (found == running_.end() || found->second.start_ms != job.start_ms) return;
  const LsfJob& ran = found->second;
  const auto fill = [](auto& value, const auto& other, bool lacks) {
    if (lacks) value = other;
  };
  fill(job.name, ran.name, job.name.empty());
  fill(job.user, ran.user, job.user.empty());
  fill(job.project, ran.project, job.project.empty());
  fill(job.group, ran.group, job.group.empty());
  fill(job.cpus, ran.cpus, job.cpus == 0);
  fill(job.gpus, ran.gpus, job.gpus == 0);
  fill(job.memory_bytes, ran.memory_bytes, job.memory_bytes <= 0);
  fill(job.hosts, ran.hosts, job.hosts.empty());
}

base::Result<std::vector<Unit>> LsfManager::fetch_units(const Window& window,
                                                        const std::vector<KnownUnit>& known) {
  const TimePoint since = std::min(window.start, window.horizon);
  // Those that run first: what ends between the two questions is in the second answer.
  CEEMS_TRY(const std::string running,
            ask("bjobs", {"-u", "all", "-json", "-o", std::string(kBjobsFields)}, R"({"RECORDS":[]})"));
  CEEMS_TRY(std::vector<LsfJob> jobs, parse_bjobs(running));
  // All that ended up to now: what ended after the window still ran in it.
  const TimePoint until =
      std::max<TimePoint>(window.end, std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()));
  CEEMS_TRY(const std::string finished,
            ask("bacct",
                {"-u", "all", "-l", "-gpu", "-UF", "-C",
                 minute_text(since) + "," + minute_text(until + std::chrono::minutes(1))},
                "SUMMARY:\n"));
  CEEMS_TRY(std::vector<LsfJob> ended, parse_bacct(finished));
  for (LsfJob& job : jobs)
    running_.insert_or_assign(job.id, job);
  std::vector<Run> runs;
  for (LsfJob& job : ended) {
    complete(job);
    runs.push_back(run_of(job));
  }
  for (const LsfJob& job : jobs)
    runs.push_back(run_of(job));
  membership_ = members_of_runs(runs);
  std::vector<std::pair<std::string, std::int64_t>> told;
  for (const Run& run : runs)
    told.emplace_back(run.id, run.start_ms);
  // What ended before the horizon is asked for no more.
  for (const LsfJob& job : ended)
    if (job.end_ms < window.start.time_since_epoch().count()) running_.erase(job.id);
  std::vector<Unit> units = units_of_runs(kKind, runs, window, known);
  std::ranges::move(forgotten_.ended(window, known, told), std::back_inserter(units));
  return units;
}

}  // namespace

base::Result<std::unique_ptr<Manager>> make_lsf_manager(const ClusterSettings& settings) {
  auto commands = Commands::find(settings.cli, "bacct");
  if (!commands) return base::wrap(std::move(commands).error(), "manager lsf of cluster " + settings.id);
  return std::make_unique<LsfManager>(settings, *std::move(commands));
}

}  // namespace ceems::manager

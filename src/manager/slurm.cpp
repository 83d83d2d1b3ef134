#include "manager/slurm.h"

#include "base/text.h"
#include "manager/forgotten.h"
#include "manager/slurm_commands.h"
#include "manager/slurm_jobs.h"
#include "manager/slurm_units.h"
#include "store/time_zone.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr Milliseconds kLookBack = std::chrono::hours(1);
constexpr Milliseconds kPatience = std::chrono::hours(24);
constexpr std::size_t kIdsInOneQuestion = 500;
// Every state but PENDING.
constexpr std::string_view kStates =
    "BOOT_FAIL,CANCELLED,COMPLETED,DEADLINE,FAILED,NODE_FAIL,OUT_OF_MEMORY,PREEMPTED,REQUEUED,RESIZING,"
    "REVOKED,RUNNING,SUSPENDED,TIMEOUT";

// UTC, as sacct takes it.
std::string time_argument(TimePoint time) {
  return store::TimeZone().local(time.time_since_epoch().count());
}

// 128 bits that nobody can guess.
std::string unguessable_text() {
  std::random_device device;
  std::string text = "<";
  for (int i = 0; i < 4; ++i)
    text += fmt::format("{:08x}", static_cast<std::uint32_t>(device()));
  return text + ">";
}

class SlurmManager final : public Manager {
 public:
  SlurmManager(const ClusterSettings& settings, SlurmCommands commands)
      : slurm_(settings.slurm), commands_(std::move(commands)), forgotten_("slurm", settings.id, kPatience) {}

  Milliseconds look_back() const override { return kLookBack; }
  base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                              const std::vector<KnownUnit>& known) override;
  base::Result<Membership> fetch_membership(TimePoint now) override;
  void cancel() override { commands_.cancel(); }

 private:
  // Whether SLURM has the cluster that the configuration names: of one that it lacks sacct tells no jobs, as
  // if there were none.
  base::Status check_cluster();
  base::Result<std::vector<SlurmJob>> jobs(std::vector<std::string> which);

  SlurmSettings slurm_;
  SlurmCommands commands_;
  bool cluster_is_known_ = false;
  Forgotten forgotten_;
};

base::Status SlurmManager::check_cluster() {
  if (cluster_is_known_ || slurm_.cluster.empty()) return {};
  CEEMS_TRY(const std::string output,
            commands_.run("sacctmgr", {"--parsable2", "--noheader", "list", "cluster", "format=cluster"}));
  CEEMS_TRY(const std::vector<std::string> names, parse_clusters(output));
  // SLURM writes them in small letters.
  const bool known = std::ranges::any_of(
      names, [&](const std::string& name) { return base::equals_ignoring_case(name, slurm_.cluster); });
  if (!known)
    return base::fail(base::ErrorCode::kInvalid, slurm_.cluster_position,
                      "SLURM has no cluster '{}'; it has: {}", slurm_.cluster,
                      names.empty() ? "none" : base::join(names, ", "));
  cluster_is_known_ = true;
  return {};
}

base::Result<std::vector<SlurmJob>> SlurmManager::jobs(std::vector<std::string> which) {
  const std::string separator = unguessable_text();
  std::vector<std::string> arguments = {"-D",          "-X",
                                        "--noheader",  "--allusers",
                                        "--parsable2", "--delimiter=" + separator,
                                        "--format",    std::string(kSacctFields)};
  std::ranges::move(which, std::back_inserter(arguments));
  if (!slurm_.cluster.empty()) arguments.push_back("--clusters=" + slurm_.cluster);
  CEEMS_TRY(const std::string output, commands_.run("sacct", std::move(arguments)));
  return parse_sacct(output, separator);
}

base::Result<std::vector<Unit>> SlurmManager::fetch_units(const Window& window,
                                                          const std::vector<KnownUnit>& known) {
  CEEMS_TRY_VOID(check_cluster());
  const TimePoint since = std::min(window.start, window.horizon);
  const TimePoint until = std::max(window.end, window.known_until);
  CEEMS_TRY(std::vector<SlurmJob> all, jobs({"--state", std::string(kStates), "--starttime",
                                             time_argument(since), "--endtime", time_argument(until)}));
  const std::vector<std::string> missing = vanished(all, known);
  std::set<std::pair<std::string_view, std::int64_t>> running;
  for (const KnownUnit& unit : known)
    if (is_of_slurm(unit) && unit.ended_at_ms == 0) running.emplace(unit.uuid, unit.started_at_ms);
  for (std::size_t first = 0; first < missing.size(); first += kIdsInOneQuestion) {
    const std::size_t last = std::min(first + kIdsInOneQuestion, missing.size());
    const std::vector<std::string> ids(missing.begin() + static_cast<std::ptrdiff_t>(first),
                                       missing.begin() + static_cast<std::ptrdiff_t>(last));
    CEEMS_TRY(std::vector<SlurmJob> more, jobs({"--jobs", base::join(ids, ",")}));
    // Other runs of these ids are not of this window.
    for (SlurmJob& job : more)
      if (running.contains({job.id, job.start_ms})) all.push_back(std::move(job));
  }
  std::vector<Unit> units = slurm_units(all, window, known, slurm_.memory);
  std::vector<std::pair<std::string, std::int64_t>> told;
  for (const SlurmJob& job : all)
    told.emplace_back(job.id, job.start_ms);
  std::ranges::move(forgotten_.ended(window, known, told), std::back_inserter(units));
  return units;
}

base::Result<Membership> SlurmManager::fetch_membership(TimePoint /*now*/) {
  std::vector<std::string> arguments = {"--parsable2", "--noheader", "list", "associations",
                                        "format=Account,User"};
  if (!slurm_.cluster.empty()) arguments.push_back("cluster=" + slurm_.cluster);
  CEEMS_TRY(const std::string output, commands_.run("sacctmgr", std::move(arguments)));
  return parse_associations(output);
}

std::vector<Member> members_of(const std::map<std::string, std::set<std::string>>& map) {
  std::vector<Member> members;
  for (const auto& [name, others] : map) {
    Member& member = members.emplace_back();
    member.name = name;
    member.belongs_to.assign(others.begin(), others.end());
  }
  return members;
}

}  // namespace

base::Result<Membership> parse_associations(std::string_view output) {
  std::map<std::string, std::set<std::string>> users;
  std::map<std::string, std::set<std::string>> accounts;
  std::string_view line;
  for (std::size_t number = 1; base::next_line(output, line); ++number) {
    if (line.empty()) continue;
    const std::vector<std::string_view> columns = base::split(line, '|');
    if (columns.size() < 2 || !base::is_valid_utf8(line))
      return base::fail(base::ErrorCode::kInvalid, "sacctmgr", "line {} of the answer is no association",
                        number);
    const std::string account(columns[0]);
    const std::string user(columns[1]);
    if (account.empty() || user.empty() || account == "root" || user == "root") continue;
    users[user].insert(account);
    accounts[account].insert(user);
  }
  Membership membership;
  membership.users = members_of(users);
  membership.projects = members_of(accounts);
  // A site that keeps no associations, or a database that has just been emptied: nobody is removed for it.
  membership.complete = !users.empty();
  return membership;
}

base::Result<std::vector<std::string>> parse_clusters(std::string_view output) {
  std::vector<std::string> names;
  std::string_view line;
  for (std::size_t number = 1; base::next_line(output, line); ++number) {
    if (line.empty()) continue;
    if (!is_id(line))
      return base::fail(base::ErrorCode::kInvalid, "sacctmgr", "line {} of the answer is no cluster", number);
    names.emplace_back(line);
  }
  return names;
}

base::Result<std::unique_ptr<Manager>> make_slurm_manager(const ClusterSettings& settings) {
  auto commands = SlurmCommands::find(settings.cli);
  if (!commands) return base::wrap(std::move(commands).error(), "manager slurm of cluster " + settings.id);
  return std::make_unique<SlurmManager>(settings, *std::move(commands));
}

}  // namespace ceems::manager

#include "manager/slurm.h"

#include "base/text.h"
#include "manager/forgotten.h"
#include "manager/slurm_cli.h"
#include "manager/slurm_jobs.h"
#include "manager/slurm_rest.h"
#include "manager/slurm_units.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::manager {

namespace {

constexpr Milliseconds kLookBack = std::chrono::hours(1);
constexpr Milliseconds kPatience = std::chrono::hours(24);

class SlurmManager final : public Manager {
 public:
  SlurmManager(const ClusterSettings& settings, std::unique_ptr<SlurmSource> source)
      : slurm_(settings.slurm), source_(std::move(source)), forgotten_("slurm", settings.id, kPatience) {}

  Milliseconds look_back() const override { return kLookBack; }
  base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                              const std::vector<KnownUnit>& known) override;
  base::Result<Membership> fetch_membership(TimePoint /*now*/) override { return source_->membership(); }
  void cancel() override { source_->cancel(); }

 private:
  // Whether SLURM has the cluster that the configuration names: of one that it lacks no jobs are told, as if
  // there were none.
  base::Status check_cluster();

  SlurmSettings slurm_;
  std::unique_ptr<SlurmSource> source_;
  bool cluster_is_known_ = false;
  Forgotten forgotten_;
};

base::Status SlurmManager::check_cluster() {
  if (cluster_is_known_ || slurm_.cluster.empty()) return {};
  CEEMS_TRY(const std::vector<std::string> names, source_->clusters());
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

base::Result<std::vector<Unit>> SlurmManager::fetch_units(const Window& window,
                                                          const std::vector<KnownUnit>& known) {
  CEEMS_TRY_VOID(check_cluster());
  const TimePoint since = std::min(window.start, window.horizon);
  const TimePoint until = std::max(window.end, window.known_until);
  CEEMS_TRY(std::vector<SlurmJob> all, source_->jobs_between(since, until));
  const std::vector<std::string> missing = vanished(all, known);
  std::set<std::pair<std::string_view, std::int64_t>> running;
  for (const KnownUnit& unit : known)
    if (is_of_slurm(unit) && unit.ended_at_ms == 0) running.emplace(unit.uuid, unit.started_at_ms);
  CEEMS_TRY(std::vector<SlurmJob> more, source_->jobs_of(missing));
  // Other runs of these ids are not of this window.
  for (SlurmJob& job : more)
    if (running.contains({job.id, job.start_ms})) all.push_back(std::move(job));
  std::vector<Unit> units = slurm_units(all, window, known, slurm_.memory);
  std::vector<std::pair<std::string, std::int64_t>> told;
  for (const SlurmJob& job : all)
    told.emplace_back(job.id, job.start_ms);
  std::ranges::move(forgotten_.ended(window, known, told), std::back_inserter(units));
  return units;
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

Membership membership_of(const std::vector<std::pair<std::string, std::string>>& associations) {
  std::map<std::string, std::set<std::string>> users;
  std::map<std::string, std::set<std::string>> accounts;
  for (const auto& [account, user] : associations) {
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

base::Result<Membership> parse_associations(std::string_view output) {
  std::vector<std::pair<std::string, std::string>> associations;
  std::string_view line;
  for (std::size_t number = 1; base::next_line(output, line); ++number) {
    if (line.empty()) continue;
    const std::vector<std::string_view> columns = base::split(line, '|');
    if (columns.size() < 2 || !base::is_valid_utf8(line))
      return base::fail(base::ErrorCode::kInvalid, "sacctmgr", "line {} of the answer is no association",
                        number);
    associations.emplace_back(columns[0], columns[1]);
  }
  return membership_of(associations);
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

base::Result<std::unique_ptr<Manager>> make_slurm_manager(const ClusterSettings& settings,
                                                          const MakeTransport& make_transport) {
  auto source =
      settings.web.url.empty() ? make_slurm_cli(settings) : make_slurm_rest(settings, make_transport);
  if (!source) return base::wrap(std::move(source).error(), "manager slurm of cluster " + settings.id);
  return std::make_unique<SlurmManager>(settings, *std::move(source));
}

}  // namespace ceems::manager

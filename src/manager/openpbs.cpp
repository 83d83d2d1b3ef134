#include "manager/openpbs.h"

#include "manager/commands.h"
#include "manager/forgotten.h"
#include "manager/openpbs_jobs.h"
#include "manager/seen_members.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ceems::manager {

namespace {

constexpr std::string_view kKind = "openpbs";
constexpr Milliseconds kLookBack = std::chrono::hours(2);
constexpr Milliseconds kPatience = std::chrono::hours(24);

class OpenpbsManager final : public Manager {
 public:
  OpenpbsManager(const ClusterSettings& settings, Commands commands)
      : commands_(std::move(commands)), forgotten_(kKind, settings.id, kPatience) {}

  Milliseconds look_back() const override { return kLookBack; }
  base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                              const std::vector<KnownUnit>& known) override;
  base::Result<Membership> fetch_membership(TimePoint /*now*/) override { return membership_; }
  void cancel() override { commands_.cancel(); }

 private:
  Commands commands_;
  Forgotten forgotten_;
  Membership membership_;
};

base::Result<std::vector<Unit>> OpenpbsManager::fetch_units(const Window& window,
                                                            const std::vector<KnownUnit>& known) {
  CEEMS_TRY(const std::string output, commands_.run("qstat", {"-x", "-t", "-f", "-F", "json"}));
  CEEMS_TRY(const std::vector<Run> runs, parse_qstat(output));
  membership_ = members_of_runs(runs);
  std::vector<Unit> units = units_of_runs(kKind, runs, window, known);
  std::map<std::string_view, std::int64_t> starts;
  std::vector<std::pair<std::string, std::int64_t>> told;
  for (const Run& run : runs) {
    starts.emplace(run.id, run.start_ms);
    told.emplace_back(run.id, run.start_ms);
  }
  for (const KnownUnit& unit : known) {
    if (unit.resource_manager != kKind || unit.ended_at_ms != 0) continue;
    const auto found = starts.find(unit.uuid);
    if (found == starts.end() || found->second <= unit.started_at_ms) continue;
    units.push_back(ended_unit(unit, window.start.time_since_epoch().count(), "REQUEUED"));
    told.emplace_back(unit.uuid, unit.started_at_ms);
  }
  std::ranges::move(forgotten_.ended(window, known, told), std::back_inserter(units));
  return units;
}

}  // namespace

base::Result<std::unique_ptr<Manager>> make_openpbs_manager(const ClusterSettings& settings) {
  auto commands = Commands::find(settings.cli, "qstat");
  if (!commands) return base::wrap(std::move(commands).error(), "manager openpbs of cluster " + settings.id);
  return std::make_unique<OpenpbsManager>(settings, *std::move(commands));
}

}  // namespace ceems::manager

#include "manager/generic.h"

#include "base/text.h"
#include "manager/lifetime.h"
#include "manager/observer.h"
#include "tsdb/promql_text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr double kMiB = 1048576;
constexpr std::int64_t kMsPerSecond = 1000;
// How far back the hosts of a unit that fell silent are looked for.
constexpr Milliseconds kMaxReach = std::chrono::hours(24);

std::string number_text(double value) {
  return value == std::trunc(value) && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                              : fmt::format("{}", value);
}

std::string allocation_text(const Allocation& total, std::size_t nodes) {
  return fmt::format(R"({{"cpus":{},"mem":{},"nodes":{}}})", number_text(total.cpus),
                     number_text(total.memory_bytes), nodes);
}

std::string tags_text(const std::set<std::string>& hostnames) {
  const std::vector<std::string> names(hostnames.begin(), hostnames.end());
  return fmt::format(R"({{"nodelist":{},"nodelistexp":{}}})", base::json_quote(base::join(names, ",")),
                     base::json_quote(tsdb::any_of_regex(names)));
}

// Ids with the second of their start identify a unit in the database whatever its manager: units of different
// managers that agree in both are moved apart.
class Starts {
 public:
  explicit Starts(const std::vector<KnownUnit>& known) {
    for (const KnownUnit& unit : known)
      claim(unit.uuid, unit.resource_manager, unit.started_at_ms);
  }
  std::int64_t claim(const std::string& uuid, const std::string& manager, std::int64_t started_at_ms) {
    for (;; started_at_ms += kMsPerSecond) {
      const auto [at, inserted] = owners_.try_emplace({uuid, started_at_ms / kMsPerSecond}, manager);
      if (inserted || at->second == manager) return started_at_ms;
    }
  }

 private:
  std::map<std::pair<std::string, std::int64_t>, std::string> owners_;
};

class GenericManager final : public Manager {
 public:
  GenericManager(const GenericSettings& settings, tsdb::Client& tsdb)
      : tsdb_(tsdb), observer_(tsdb, settings.matchers) {}

  base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                              const std::vector<KnownUnit>& known) override;
  base::Result<Membership> fetch_membership(TimePoint now) override;
  void cancel() override { tsdb_.cancel(); }

 private:
  base::Result<std::map<UnitId, std::set<Target>>> targets_of_silent(const Window& window,
                                                                     const std::vector<KnownUnit>& known,
                                                                     const std::vector<Sighting>& seen);

  tsdb::Client& tsdb_;
  Observer observer_;
  std::set<std::pair<std::string, std::string>> members_;  // (user, project) of the last window
};

// The unit as it is to be reported; nothing if the window has nothing new about it.
std::optional<Unit> report(const Lifetime& life, const std::map<Target, Allocation>* allocations,
                           Starts& starts) {
  if (!life.seen_in_window && !life.ended) return std::nullopt;
  Unit unit;
  unit.resource_manager = life.id.manager;
  unit.uuid = life.id.uuid;
  if (life.known != nullptr) {
    unit.name = life.known->name;
    unit.project = life.known->project;
    unit.groupname = life.known->groupname;
    unit.username = life.known->username;
    unit.allocation = life.known->allocation;
    unit.tags = life.known->tags;
    unit.started_at_ms = life.known->started_at_ms;
  } else {
    unit.name = life.name;
    unit.project = life.project;
    unit.username = life.user;
    unit.started_at_ms = starts.claim(unit.uuid, unit.resource_manager, life.started_at_ms);
  }
  // A unit that was reported without an owner may have one now.
  if (unit.username.empty()) unit.username = life.user;
  if (unit.project.empty()) unit.project = life.project;
  unit.created_at_ms = unit.started_at_ms;
  Allocation total;
  for (const Target& target : life.targets) {
    if (allocations == nullptr) break;
    const auto found = allocations->find(target);
    if (found == allocations->end()) continue;
    total.cpus += found->second.cpus;
    total.memory_bytes += found->second.memory_bytes;
  }
  if (life.seen_in_window) {
    unit.tags = tags_text(life.hostnames);
    unit.allocation = allocation_text(total, std::max<std::size_t>(life.hostnames.size(), 1));
  }
  const std::int64_t last_ms = std::max(life.last_seen_ms, unit.started_at_ms);
  unit.elapsed_seconds = (last_ms - unit.started_at_ms) / kMsPerSecond;
  unit.ended_at_ms = life.ended ? last_ms : 0;
  unit.state = life.ended ? "COMPLETED" : "RUNNING";
  unit.may_recur = true;  // a service or a container that starts again
  // What was reported before is known to the second: windows add up to the whole life, whatever their edges
  // cut.
  const double before = life.known == nullptr ? 0 : life.known->walltime_seconds;
  const double walltime = std::max(0.0, static_cast<double>(unit.elapsed_seconds) - before);
  const double mebibytes = std::floor(total.memory_bytes / kMiB);
  unit.time.walltime = walltime;
  unit.time.cpu_time = total.cpus * walltime;
  unit.time.cpu_mem_time = mebibytes > 0 ? mebibytes * walltime : walltime;
  return unit;
}

base::Result<std::map<UnitId, std::set<Target>>> GenericManager::targets_of_silent(
    const Window& window, const std::vector<KnownUnit>& known, const std::vector<Sighting>& seen) {
  std::set<UnitId> here;
  for (const Sighting& sighting : seen)
    here.insert({sighting.manager, sighting.uuid});
  std::set<UnitId> silent;
  std::int64_t earliest_ms = window.start.time_since_epoch().count();
  for (const KnownUnit& unit : known) {
    const UnitId id{unit.resource_manager, unit.uuid};
    if (here.contains(id)) continue;
    silent.insert(id);
    earliest_ms = std::min(earliest_ms, last_seen_ms(unit));
  }
  if (silent.empty()) return std::map<UnitId, std::set<Target>>();
  const Milliseconds reach =
      window.start.time_since_epoch() - Milliseconds(earliest_ms) + 10 * observer_.scrape_interval();
  return observer_.targets_of(silent, window.start, std::min(reach, kMaxReach));
}

base::Result<std::vector<Unit>> GenericManager::fetch_units(const Window& window,
                                                            const std::vector<KnownUnit>& known) {
  CEEMS_TRY(ScrapeLog log, observer_.scrapes(window));
  CEEMS_TRY(const std::vector<Sighting> seen, observer_.units(window, log));
  CEEMS_TRY(const auto allocations, observer_.allocations(window));
  CEEMS_TRY(const auto silent, targets_of_silent(window, known, seen));
  CEEMS_TRY(const std::vector<Lifetime> lives,
            trace_lifetimes({.window = window,
                             .scrape_interval = observer_.scrape_interval(),
                             .log = log,
                             .sightings = seen,
                             .known = known,
                             .silent_targets = silent,
                             .attempts = [this](std::int64_t after, std::int64_t before) {
                               return observer_.attempts(after, before);
                             }}));
  Starts starts(known);
  std::vector<Unit> units;
  members_.clear();
  for (const Lifetime& life : lives) {
    const auto allocated = allocations.find(life.id);
    auto unit = report(life, allocated == allocations.end() ? nullptr : &allocated->second, starts);
    if (!unit) continue;
    if (!unit->username.empty()) members_.emplace(unit->username, unit->project);
    units.push_back(*std::move(unit));
  }
  return units;
}

base::Result<Membership> GenericManager::fetch_membership(TimePoint /*now*/) {
  std::map<std::string, Member> users;
  std::map<std::string, Member> projects;
  for (const auto& [user, project] : members_) {
    users[user].name = user;
    if (project.empty()) continue;
    users[user].belongs_to.push_back(project);
    projects[project].name = project;
    projects[project].belongs_to.push_back(user);
  }
  Membership membership;
  membership.complete = false;
  for (auto& [name, member] : users)
    membership.users.push_back(std::move(member));
  for (auto& [name, member] : projects)
    membership.projects.push_back(std::move(member));
  return membership;
}

}  // namespace

std::unique_ptr<Manager> make_generic_manager(const GenericSettings& settings, tsdb::Client& tsdb) {
  return std::make_unique<GenericManager>(settings, tsdb);
}

}  // namespace ceems::manager

#include "manager/slurm_units.h"

#include "base/text.h"
#include "manager/hostlist.h"
#include "tsdb/promql_text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr std::string_view kSlurm = "slurm";
constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kMiB = 1048576;

// A requeued job is another unit of the same id.
using Key = std::pair<std::string_view, std::int64_t>;

Key key_of(const KnownUnit& unit) {
  return {unit.uuid, unit.started_at_ms};
}
Key key_of(const SlurmJob& job) {
  return {job.id, job.start_ms};
}

// Whether a job that has not ended is in that state rather than plainly running.
bool stands_still(std::string_view state) {
  return state == "SUSPENDED" || state == "RESIZING";
}

std::string node_pattern(const std::string& nodelist) {
  const auto hosts = expand_hostlist(nodelist);
  return tsdb::any_of_regex(hosts ? *hosts : std::vector<std::string>{nodelist});
}

std::string allocation_text(const Tres& tres) {
  return fmt::format(R"({{"billing":{},"cpus":{},"gpus":{},"mem":{},"nodes":{}}})", tres.billing, tres.cpus,
                     tres.gpus, tres.memory_bytes, tres.nodes);
}

std::string tags_text(const SlurmJob& job) {
  return fmt::format(
      R"({{"exit_code":{},"gid":{},"nodelist":{},"nodelistexp":{},"partition":{},"qos":{},"uid":{},"workdir":{}}})",
      base::json_quote(job.exit_code), job.gid, base::json_quote(job.nodelist),
      base::json_quote(node_pattern(job.nodelist)), base::json_quote(job.partition),
      base::json_quote(job.qos), job.uid, base::json_quote(job.workdir));
}

// All runs of each id: when they ended by when they started.
class Runs {
 public:
  explicit Runs(const std::vector<SlurmJob>& jobs) {
    for (const SlurmJob& job : jobs)
      if (job.start_ms > 0) runs_[job.id].emplace(job.start_ms, job.end_ms);
  }
  // 0 if there is none. One whose end is not known ended when the next started, at the latest.
  std::int64_t end_before(const SlurmJob& job) const {
    const auto& runs = runs_.at(job.id);
    const auto at = runs.find(job.start_ms);
    if (at == runs.begin()) return 0;
    const std::int64_t end_ms = std::prev(at)->second;
    return end_ms > 0 ? std::min(end_ms, job.start_ms) : job.start_ms;
  }
  std::int64_t start_after(const SlurmJob& job) const {
    const auto& runs = runs_.at(job.id);
    const auto next = runs.upper_bound(job.start_ms);
    return next == runs.end() ? 0 : next->first;
  }

 private:
  std::unordered_map<std::string_view, std::map<std::int64_t, std::int64_t>> runs_;
};

// Seconds of the job that the window adds.
std::int64_t seconds_to_add(const SlurmJob& job, const Window& window, const KnownUnit* known) {
  const std::int64_t start_ms = window.start.time_since_epoch().count();
  const std::int64_t end_ms = window.end.time_since_epoch().count();
  const std::int64_t horizon_ms = std::min(window.horizon.time_since_epoch().count(), start_ms);
  const std::int64_t to = job.end_ms > 0 ? std::min(job.end_ms, end_ms) : end_ms;
  if (known == nullptr) {
    // If it ran before the window its record came late, and nobody has counted that.
    const bool is_over = job.end_ms > 0 && job.end_ms <= start_ms && horizon_ms < start_ms;
    const std::int64_t from = is_over ? job.start_ms : std::max(job.start_ms, horizon_ms);
    return std::max<std::int64_t>(to - from, 0) / kMsPerSecond;
  }
  const std::int64_t inside = std::max<std::int64_t>(to - std::max(job.start_ms, start_ms), 0) / kMsPerSecond;
  // Less than none if its end came late: windows that did not know of it went on counting.
  const std::int64_t left =
      (to - job.start_ms) / kMsPerSecond - static_cast<std::int64_t>(known->walltime_seconds);
  return std::min(inside, left);
}

AllocatedTime allocated(const Tres& tres, std::int64_t seconds) {
  const auto walltime = static_cast<double>(seconds);
  const std::int64_t mebibytes = tres.memory_bytes / kMiB;
  AllocatedTime time;
  time.walltime = walltime;
  time.cpu_time = static_cast<double>(tres.cpus) * walltime;
  time.cpu_mem_time = tres.memory_bytes > 0 ? static_cast<double>(mebibytes) * walltime : walltime;
  time.gpu_time = static_cast<double>(tres.gpus) * walltime;
  time.gpu_mem_time = tres.gpus > 0 ? walltime : 0;
  return time;
}

Unit unit_of(const SlurmJob& job, const Window& window, const KnownUnit* known, MemoryReading memory) {
  const std::int64_t end_ms = window.end.time_since_epoch().count();
  // What happened after the window is the next one's news.
  const bool runs = job.end_ms == 0 || job.end_ms > end_ms;
  const Tres tres = parse_tres(job.tres, memory);
  Unit unit;
  unit.resource_manager = kSlurm;
  unit.uuid = job.id;
  unit.name = job.name;
  unit.project = job.account;
  unit.groupname = job.group;
  unit.username = job.user;
  unit.created_at_ms = job.submit_ms;
  unit.started_at_ms = job.start_ms;
  unit.ended_at_ms = runs ? 0 : job.end_ms;
  unit.elapsed_seconds = job.elapsed_seconds;
  if (runs) {
    unit.elapsed_seconds = std::min(unit.elapsed_seconds, (end_ms - job.start_ms) / kMsPerSecond);
  }
  // Of a record that comes late the state may be there before the end is.
  unit.state = runs && !stands_still(job.state) ? "RUNNING" : job.state;
  unit.allocation = allocation_text(tres);
  unit.tags = tags_text(job);
  unit.time = allocated(tres, seconds_to_add(job, window, known));
  return unit;
}

}  // namespace

std::vector<Unit> slurm_units(const std::vector<SlurmJob>& jobs, const Window& window,
                              const std::vector<KnownUnit>& known, MemoryReading memory) {
  std::map<Key, const KnownUnit*> reported;
  for (const KnownUnit& unit : known)
    if (is_of_slurm(unit)) reported.emplace(key_of(unit), &unit);
  const Runs runs(jobs);
  std::set<Key> taken;
  std::vector<Unit> units;
  for (const SlurmJob& job : jobs) {
    if (job.start_ms <= 0 || job.start_ms >= window.end.time_since_epoch().count()) continue;
    if (!taken.insert(key_of(job)).second) continue;
    const auto found = reported.find(key_of(job));
    const KnownUnit* before = found == reported.end() ? nullptr : found->second;
    if (before != nullptr && before->ended_at_ms > 0) continue;
    Unit& unit = units.emplace_back(unit_of(job, window, before, memory));
    unit.previous_ended_at_ms = runs.end_before(job);
    unit.next_started_at_ms = runs.start_after(job);
  }
  return units;
}

std::vector<std::string> vanished(const std::vector<SlurmJob>& jobs, const std::vector<KnownUnit>& known) {
  std::set<Key> here;
  for (const SlurmJob& job : jobs)
    here.insert(key_of(job));
  std::vector<std::string> ids;
  for (const KnownUnit& unit : known)
    if (is_of_slurm(unit) && unit.ended_at_ms == 0 && !here.contains(key_of(unit))) ids.push_back(unit.uuid);
  return ids;
}

bool is_of_slurm(const KnownUnit& unit) {
  return unit.resource_manager == kSlurm;
}

Unit forgotten_unit(const KnownUnit& known, TimePoint ended_at) {
  Unit unit;
  unit.resource_manager = known.resource_manager;
  unit.uuid = known.uuid;
  unit.name = known.name;
  unit.project = known.project;
  unit.groupname = known.groupname;
  unit.username = known.username;
  unit.created_at_ms = known.started_at_ms;
  unit.started_at_ms = known.started_at_ms;
  unit.ended_at_ms = std::max(ended_at.time_since_epoch().count(), known.started_at_ms);
  unit.elapsed_seconds = (unit.ended_at_ms - unit.started_at_ms) / kMsPerSecond;
  unit.state = "UNKNOWN";
  unit.allocation = known.allocation;
  unit.tags = known.tags;
  return unit;
}

}  // namespace ceems::manager

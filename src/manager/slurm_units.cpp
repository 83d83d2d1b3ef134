#include "manager/slurm_units.h"

#include "base/text.h"
#include "manager/hostlist.h"
#include "manager/run.h"
#include "tsdb/promql_text.h"

#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr std::string_view kSlurm = "slurm";
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

Run run_of(const SlurmJob& job, MemoryReading memory) {
  const Tres tres = parse_tres(job.tres, memory);
  Run run;
  run.id = job.id;
  run.name = job.name;
  run.project = job.account;
  run.group = job.group;
  run.user = job.user;
  run.created_ms = job.submit_ms;
  run.start_ms = job.start_ms;
  run.end_ms = job.end_ms;
  run.elapsed_seconds = job.elapsed_seconds;
  run.state = job.state;
  // Of a record that comes late the state may be there before the end is.
  if (!stands_still(job.state)) run.running_state = "RUNNING";
  run.allocation = allocation_text(tres);
  run.tags = tags_text(job);
  run.cpus = static_cast<double>(tres.cpus);
  run.gpus = static_cast<double>(tres.gpus);
  if (tres.memory_bytes > 0) run.memory = static_cast<double>(tres.memory_bytes / kMiB);
  return run;
}

}  // namespace

std::vector<Unit> slurm_units(const std::vector<SlurmJob>& jobs, const Window& window,
                              const std::vector<KnownUnit>& known, MemoryReading memory) {
  std::vector<Run> runs;
  runs.reserve(jobs.size());
  for (const SlurmJob& job : jobs)
    runs.push_back(run_of(job, memory));
  return units_of_runs(kSlurm, runs, window, known);
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

}  // namespace ceems::manager

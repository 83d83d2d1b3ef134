#include "update/convert.h"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace ceems::update {

namespace {

// What stands where there is no time.
constexpr std::string_view kNoTime = "N/A";

std::string time_text(const store::TimeZone& time_zone, std::int64_t ms) {
  return ms > 0 ? time_zone.zoned(ms) : std::string(kNoTime);
}

store::MetricMap times_of(const manager::AllocatedTime& time) {
  return {{"alloc_cpumemtime", time.cpu_mem_time},
          {"alloc_cputime", time.cpu_time},
          {"alloc_gpumemtime", time.gpu_mem_time},
          {"alloc_gputime", time.gpu_time},
          {"walltime", time.walltime}};
}

}  // namespace

std::vector<manager::KnownUnit> to_known(const std::vector<store::RunningUnit>& running) {
  std::vector<manager::KnownUnit> known;
  known.reserve(running.size());
  for (const store::RunningUnit& unit : running)
    known.push_back({.resource_manager = unit.resource_manager,
                     .uuid = unit.key.uuid,
                     .name = unit.name,
                     .project = unit.project,
                     .groupname = unit.groupname,
                     .username = unit.username,
                     .started_at_ms = unit.started_at_ts,
                     .ended_at_ms = unit.ended_at_ts,
                     .walltime_seconds = unit.walltime_seconds,
                     .allocation = unit.allocation,
                     .tags = unit.tags});
  return known;
}

std::vector<store::Unit> to_rows(const std::string& cluster_id, std::vector<manager::Unit> units,
                                 const std::vector<store::RunningUnit>& running,
                                 const store::TimeZone& time_zone) {
  std::map<std::tuple<std::string_view, std::string_view, std::int64_t>, std::string_view> starts;
  for (const store::RunningUnit& unit : running)
    starts.emplace(std::tuple(std::string_view(unit.resource_manager), std::string_view(unit.key.uuid),
                              unit.started_at_ts),
                   unit.key.started_at);
  std::vector<store::Unit> rows;
  rows.reserve(units.size());
  for (manager::Unit& unit : units) {
    store::Unit& row = rows.emplace_back();
    const auto known = starts.find({unit.resource_manager, unit.uuid, unit.started_at_ms});
    row.started_at =
        known != starts.end() ? std::string(known->second) : time_text(time_zone, unit.started_at_ms);
    row.cluster_id = cluster_id;
    row.resource_manager = std::move(unit.resource_manager);
    row.uuid = std::move(unit.uuid);
    row.name = std::move(unit.name);
    row.project = std::move(unit.project);
    row.groupname = std::move(unit.groupname);
    row.username = std::move(unit.username);
    row.created_at = time_text(time_zone, unit.created_at_ms);
    row.ended_at = time_text(time_zone, unit.ended_at_ms);
    row.created_at_ts = unit.created_at_ms;
    row.started_at_ts = unit.started_at_ms;
    row.ended_at_ts = unit.ended_at_ms;
    row.elapsed = store::format_timespan(unit.elapsed_seconds);
    row.state = std::move(unit.state);
    row.allocation = std::move(unit.allocation);
    row.tags = std::move(unit.tags);
    row.previous_ended_at_ts = unit.previous_ended_at_ms;
    row.next_started_at_ts = unit.next_started_at_ms;
    row.may_recur = unit.may_recur;
    row.metrics[store::Metric::kTotalTimeSeconds] = times_of(unit.time);
  }
  return rows;
}

store::Membership to_rows(manager::Membership membership) {
  store::Membership rows;
  rows.complete = membership.complete;
  for (manager::Member& user : membership.users)
    rows.users.push_back({.uid = std::move(user.uid),
                          .name = std::move(user.name),
                          .projects = std::move(user.belongs_to),
                          .tags = std::move(user.tags)});
  for (manager::Member& project : membership.projects)
    rows.projects.push_back({.uid = std::move(project.uid),
                             .name = std::move(project.name),
                             .users = std::move(project.belongs_to),
                             .tags = std::move(project.tags)});
  return rows;
}

}  // namespace ceems::update

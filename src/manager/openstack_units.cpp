#include "manager/openstack_units.h"

#include "base/text.h"
#include "json/read.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, text) != list.end();
}

std::string allocation_text(const NovaFlavor& flavor) {
  std::string text = fmt::format(R"({{"disk":{},"extra_specs":{},"mem":{},"name":{},"swap":{},"vcpus":{})",
                                 flavor.disk_gb, flavor.extra_specs, flavor.ram_mb,
                                 base::json_quote(flavor.name), flavor.swap_mb, flavor.vcpus);
  if (flavor.vgpus > 0) text += fmt::format(R"(,"vgpus":{})", flavor.vgpus);
  return text + "}";
}

std::string tags_text(const NovaServer& server) {
  return fmt::format(R"({{"az":{},"metadata":{},"power_state":{},"reservation_id":{},"tags":{}}})",
                     base::json_quote(server.zone), server.metadata, base::json_quote(server.power_state),
                     base::json_quote(server.reservation_id), server.tags);
}

}  // namespace

NovaClass class_of(const std::string& status) {
  if (is_one_of(status, {"DELETED", "SOFT_DELETED"})) return NovaClass::kDeleted;
  if (is_one_of(status, {"SHUTOFF", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED", "ERROR"}))
    return NovaClass::kInactive;
  return NovaClass::kActive;
}

std::int64_t deleted_ms(const NovaServer& server) {
  if (class_of(server.status) != NovaClass::kDeleted) return 0;
  return server.terminated_ms > 0 ? server.terminated_ms : server.updated_ms;
}

std::vector<Stretch> pauses_of(const NovaServer& server,
                               const std::optional<std::vector<NovaAction>>& actions) {
  std::vector<Stretch> pauses;
  const auto stand_still = [&pauses](std::int64_t at_ms) {
    if (pauses.empty() || pauses.back().to_ms > 0)
      pauses.push_back({.from_ms = std::max(at_ms, pauses.empty() ? 0 : pauses.back().to_ms)});
  };
  const auto go_on = [&pauses](std::int64_t at_ms) {
    if (!pauses.empty() && pauses.back().to_ms == 0)
      pauses.back().to_ms = std::max(at_ms, pauses.back().from_ms);
  };
  for (const NovaAction& action : actions.value_or(std::vector<NovaAction>())) {
    if (action.failed) continue;
    // It holds its resources until a stop is done, and from when a start begins.
    if (is_one_of(action.action, {"stop", "suspend", "shelve", "shelveOffload"}))
      stand_still(std::max(action.finish_ms, action.start_ms));
    else if (is_one_of(action.action,
                       {"start", "resume", "unshelve", "reboot", "rebuild", "rescue", "unrescue", "restore"}))
      go_on(action.start_ms);
  }
  // Nova's word on how it stands now counts more than its history, of which a part may be gone.
  const std::int64_t changed_ms = std::max(server.updated_ms, server.launched_ms);
  switch (class_of(server.status)) {
    case NovaClass::kInactive:
      stand_still(changed_ms);
      break;
    case NovaClass::kActive:
      go_on(changed_ms);
      break;
    case NovaClass::kDeleted:
      break;
  }
  return pauses;
}

Run run_of(const NovaServer& server, std::string user, std::string project, std::vector<Stretch> pauses) {
  Run run;
  run.id = server.id;
  run.name = server.name;
  run.project = std::move(project);
  run.user = std::move(user);
  run.created_ms = server.created_ms;
  run.start_ms = server.launched_ms;
  run.end_ms = deleted_ms(server);
  if (run.end_ms > 0) run.end_ms = std::max(run.end_ms, run.start_ms);
  run.state = server.status;
  if (run.end_ms > 0) run.running_state = "ACTIVE";
  run.allocation = allocation_text(server.flavor);
  run.tags = tags_text(server);
  run.cpus = static_cast<double>(server.flavor.vcpus);
  run.gpus = static_cast<double>(server.flavor.vgpus);
  run.memory = static_cast<double>(server.flavor.ram_mb);
  run.gpu_memory_by_gpus = true;
  run.pauses = std::move(pauses);
  return run;
}

Run relaunched_run(const KnownUnit& known, std::int64_t ended_ms, std::vector<Stretch> pauses) {
  Run run;
  run.id = known.uuid;
  run.name = known.name;
  run.project = known.project;
  run.user = known.username;
  run.created_ms = known.started_at_ms;
  run.start_ms = known.started_at_ms;
  run.end_ms = std::max(ended_ms, known.started_at_ms);
  run.state = "RELAUNCHED";
  run.running_state = "ACTIVE";
  run.allocation = known.allocation;
  run.tags = known.tags;
  run.memory = 0;
  if (const auto allocation = json::parse(known.allocation)) {
    run.cpus = json::loose_number_member(*allocation, "vcpus").value_or(0);
    run.gpus = json::loose_number_member(*allocation, "vgpus").value_or(0);
    run.memory = json::loose_number_member(*allocation, "mem").value_or(0);
  }
  run.gpu_memory_by_gpus = true;
  run.pauses = std::move(pauses);
  return run;
}

}  // namespace ceems::manager

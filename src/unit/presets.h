// Patterns for the cgroups of well-known software, so that nobody has to find out where they are. Constant.
//
// They are searched for in the path below the root of the hierarchy, with systemd's escapes undone; the group
// `id` is the unit. The layouts, under the cgroupfs and the systemd driver, v1 and v2 alike:
//
// systemd-services, systemd-scopes  Services and scopes of the system's manager in slices of any depth:
//     /system.slice/nginx.service, /a.slice/a-b.slice/x.service, /user.slice/user-1000.slice/session-2.scope.
//     What is inside them, like the services of a user's manager, is part of them. The scope of the system's
//     manager itself, /init.scope, is left out. systemd: docs/CONTROL_GROUP_INTERFACE, systemd.slice(5).
// docker  /docker/<id>, /system.slice/docker-<id>.scope, rootless below user@<uid>.service; the id has 64 hex
//     digits. dockerd(8) --cgroup-parent, --exec-opt native.cgroupdriver. A parent of your own that the
//     cgroupfs driver uses needs a pattern of your own.
// podman  /machine.slice/libpod-<id>.scope, /libpod_parent/libpod-<id>, rootless below user@<uid>.service,
// and
//     libpod-payload-<id> inside a service (--cgroups=split). Its monitor, conmon, is not the container.
//     podman-run(1) --cgroups, --cgroup-parent.
// htcondor  <BASE_CGROUP>/condor_<execute directory>_slot<n>[_<m>][@<host>], where BASE_CGROUP is htcondor or
//     system.slice/htcondor. One job at a time has a slot, so the unit is the slot. HTCondor manual, "Cgroup-
//     Based Process Tracking"; vanilla_proc.cpp of the starter.
// flux  imp-shell-<rank>-<job>.service, for jobs of the instance's owner shell-<rank>-<job>.service, in the
//     user manager of the user flux; the job id in base58 ("f58plain"). flux-config-exec(5) `service =
//     "sdexec"`; bulk-exec.c of flux-core.
// grid-engine  /UGE/<job>.<task> (Univa, Altair: sge_conf(5) cgroup_params), /sge/<job>.<task> (Son of Grid
//     Engine: sge_cgroup.c), ocs<port>.<job>[.<task>].scope and, for tightly integrated parallel jobs,
//     ocs<port>-jobs-<job>[.<task>].slice (Open Cluster Scheduler: ocs_Job.cc).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

struct Preset {
  std::string_view name;
  std::string_view pattern;
};

std::span<const Preset> presets();
// nullptr if there is none of that name.
const Preset* find_preset(std::string_view name);
std::vector<std::string> preset_names();

}  // namespace ceems::unit

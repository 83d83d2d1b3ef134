// Servers of Nova as runs, with the times in which they held no resources. Pure functions.
#pragma once

#include "manager/manager.h"
#include "manager/openstack_answers.h"
#include "manager/run.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ceems::manager {

enum class NovaClass : std::uint8_t {
  kActive,
  kInactive,  // SHUTOFF, SUSPENDED, SHELVED, SHELVED_OFFLOADED, ERROR
  kDeleted,   // DELETED, SOFT_DELETED
};
NovaClass class_of(const std::string& status);

// When it was deleted; 0 if it was not.
std::int64_t deleted_ms(const NovaServer& server);

// Stretches without resources, from the history and from how it stands now; `actions` absent: the history is
// not to be had, and what stands still now has done so since it last changed.
std::vector<Stretch> pauses_of(const NovaServer& server,
                               const std::optional<std::vector<NovaAction>>& actions);

// Runs from its launch to its deletion. cpu_mem_time is in MB x s. allocation: vcpus, mem (MB), disk, swap,
// name, extra_specs, and vgpus if it has some. tags: metadata, tags, reservation_id, power_state, az.
Run run_of(const NovaServer& server, std::string user, std::string project, std::vector<Stretch> pauses);

// A server that Nova launched again, with another flavor or on another host, is another run of its id. The
// one that was told before ended then.
Run relaunched_run(const KnownUnit& known, std::int64_t ended_ms, std::vector<Stretch> pauses);

}  // namespace ceems::manager

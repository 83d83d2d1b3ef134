// Who claims a cgroup: a resource manager knows from a path alone whether the cgroup is one of its compute
// units, and mostly which. Implementations are immutable and thread-safe, their registry apart.
#pragma once

#include "unit/gpu_claim.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

struct Claim {
  std::string uuid;                 // empty: identify() has to find it
  std::string cgrouphostname;       // the virtual node that the cgroup belongs to; mostly empty
  std::string name;                 // for people
  std::vector<std::string> groups;  // what belonging() needs of the path
};

struct Belonging {
  std::string user;
  std::string project;
  friend bool operator==(const Belonging&, const Belonging&) = default;
};

class Registry;

class Manager {
 public:
  Manager() = default;
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  virtual ~Manager() = default;

  // The value of label `manager`.
  virtual const std::string& name() const = 0;
  // Whose unit the cgroup at that path is, if it is one of this manager's. The path is below the root of its
  // hierarchy, with a leading slash and systemd's escapes undone. Everything below a claimed cgroup is part
  // of the unit.
  virtual std::optional<Claim> claim(std::string_view path) const = 0;
  // Whether any path below that one can be claimed: the rest of the tree is not looked at.
  virtual bool may_claim_below(std::string_view path) const = 0;
  // Which unit a cgroup is that was claimed without a uuid, from one of its processes: <procfs>/<pid>, which
  // is in the cgroup's descendant `directory`. nullopt: this one cannot tell. Called with the privileges that
  // the manager needs.
  virtual std::optional<std::string> identify(const std::string& procfs, pid_t pid,
                                              std::string_view directory) const = 0;
  // Whether a cgroup in which nothing runs is no unit any more, but left over from one.
  virtual bool ends_with_its_processes() const = 0;
  // Whether belonging() ever says whose a unit is.
  virtual bool knows_owners() const = 0;
  // Whether belonging() needs to know whose process is in the cgroup. Process lists are read only then.
  virtual bool needs_owner() const = 0;
  // What the resource manager itself says about its units; null if it is not asked. Its own, always the same.
  virtual Registry* registry() const { return nullptr; }
  // Whether the kernel's rules for its units' cgroups, and their processes, tell which GPUs they hold, where
  // the registry does not say.
  virtual bool knows_gpus() const { return false; }
  // What a process of the unit says of the unit's GPUs in its environment, a text like /proc/<pid>/environ.
  // nullopt: it does not say that it is of this unit.
  virtual std::optional<GpuClaim> gpus_in_environment(const Claim& /*claim*/,
                                                      std::string_view /*environment*/) const {
    return std::nullopt;
  }
  // Whose the unit is; `owner` is the login name, empty as long as it is not known.
  virtual Belonging belonging(const Claim& claim, std::string_view owner) const = 0;
};

}  // namespace ceems::unit

// Which compute units live on this machine. sync() brings it up to date; it costs next to nothing while no
// cgroup comes or goes. A hierarchy or a manager's directory that does not exist yet is no error: its units
// appear when they do. Not thread-safe.
#pragma once

#include "base/log.h"
#include "cgroup/layout.h"
#include "cgroup/tree.h"
#include "unit/claims.h"
#include "unit/generic_config.h"
#include "unit/occupants.h"
#include "unit/registry.h"
#include "unit/unit.h"
#include "unit/unit_table.h"
#include "unit/user_names.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ceems::unit {

struct InventoryOptions {
  std::string cgroupfs = "/sys/fs/cgroup";
  std::string procfs = "/proc";
  cgroup::ForceVersion force_version = cgroup::ForceVersion::kDetect;
  std::string active_subsystem = "cpuacct";
  std::chrono::steady_clock::duration walk_interval = std::chrono::seconds(60);
};

struct InventoryStats {
  cgroup::TreeStats tree;     // of all hierarchies
  std::size_t set_aside = 0;  // cgroups that are no units because an earlier manager has one inside
  std::size_t in_shadow = 0;  // cgroups that are no units because another one has the same uuid
  std::size_t nameless = 0;   // cgroups that are no units because nothing says which
  std::size_t left_over = 0;  // units in which nothing runs any more
};

class Inventory {
 public:
  Inventory(InventoryOptions options, Managers managers, base::Logger logger);

  // True if everything was looked at, not only what has changed: time to look again for what was missing.
  bool sync();

  const cgroup::Layout& layout() const { return layout_; }
  const Managers& managers() const { return managers_; }
  // In no order; pointers are good until sync(). Those that are left over are among them.
  const std::vector<std::unique_ptr<Unit>>& units() const { return table_.units(); }
  // Grows with every unit that starts or ends, and with every owner that is found.
  std::uint64_t generation() const { return table_.generation() + owners_found_; }
  InventoryStats stats() const;
  // Ends the threads of registries.
  void stop();

 private:
  struct Hierarchy {
    Hierarchy(std::string root, const Inventory& of, UnitTable& table, const base::Logger& logger);
    std::string root;
    cgroup::Tree tree;
    Claims claims;
  };

  // A manager that says something itself, and its units.
  struct Registered {
    std::size_t manager = 0;
    Registry* registry = nullptr;
    std::vector<const Unit*> units;
    std::uint64_t generation = ~std::uint64_t{0};  // of the registry, when uuids were asked for
  };

  bool sync_hierarchies();
  bool ask_registries(bool everything);
  bool gather_registered();
  void find_hierarchies();
  void identify(bool everything);
  void look_for_processes(bool everything);
  void find_owners(bool everything);
  bool find_owner(Unit& unit, std::chrono::steady_clock::time_point deadline);

  InventoryOptions options_;
  Managers managers_;
  base::Logger logger_;
  cgroup::Layout layout_;
  UnitTable table_;
  std::vector<std::unique_ptr<Hierarchy>> hierarchies_;
  UserNames user_names_;
  Occupants occupants_;
  std::vector<Registered> registered_;
  std::uint64_t registered_generation_ = ~std::uint64_t{0};  // of the table, when they were gathered
  std::size_t left_over_ = 0;
  std::uint64_t owners_found_ = 0;
  bool any_needs_owner_ = false;
  bool any_ends_with_its_processes_ = false;
};

}  // namespace ceems::unit

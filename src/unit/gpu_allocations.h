// Which unit holds which GPUs, and how much of them.
//
// What the resource manager itself says (see registry.h) holds, as long as it says so. Units of which it says
// nothing, and those of managers that have no registry, are looked at. What can be relied on comes first:
// where the kernel lets a unit open fewer GPUs than its surroundings (cgroup v1: devices.list; v2, if asked
// for: its device programs), those are what it holds. Else its processes are asked, which is what their user
// may have written; what the kernel refuses is then taken off, and what another unit provably holds alone.
//
// A unit is looked at when it is new, when steps come or go in it, and less and less often as long as nobody
// says what it holds; what was found holds for the life of the unit, whether or not anything runs on the
// GPUs. Shares of GPUs are those of gres.conf, which is read again when it changes. Not thread-safe.
#pragma once

#include "base/log.h"
#include "gpu/device_watch.h"
#include "unit/device_permissions.h"
#include "unit/gpu_slots.h"
#include "unit/gres_conf.h"
#include "unit/inventory.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ceems::unit {

struct GpuAllocationOptions {
  std::string cgroupfs = "/sys/fs/cgroup";
  std::string procfs = "/proc";
  std::string gres_config_file;        // empty or missing: nothing is shared
  std::vector<std::string> hostnames;  // as gres.conf may call this host
  bool compat = false;                 // --compat.ceems
  bool use_device_programs = false;    // ask cgroup v2's device programs: takes CAP_SYS_ADMIN
};

struct GpuHolding {
  const Unit* unit = nullptr;
  GpuSlot slot;
  double weight = 1;  // 0 … 1
};

struct GpuAllocationStats {
  std::size_t by_manager = 0;
  std::size_t by_cgroup = 0;  // units whose GPUs are known, and from what
  std::size_t by_environment = 0;
  std::size_t unknown = 0;  // units of which nothing says that they hold GPUs
  std::uint64_t looks = 0;  // at units, since the start
  // Virtual GPUs and PCI functions that managers name and no slot has: a look for devices may find them.
  std::size_t unmatched = 0;
};

class GpuAllocations {
 public:
  GpuAllocations(GpuAllocationOptions options, base::Logger logger);

  // After inventory.sync(), which returned `everything`. `list` is null as long as nobody knows the GPUs.
  void sync(const Inventory& inventory, std::shared_ptr<const gpu::DeviceList> list, bool everything);

  // Pointers are good until the next sync() of either. By unit, then in the order of devices.
  const std::vector<GpuHolding>& holdings() const { return holdings_; }
  // Changes with the holdings.
  std::uint64_t generation() const { return generation_; }
  GpuAllocationStats stats() const;

 private:
  enum class Evidence : std::uint8_t { kNone, kEnvironment, kCgroup, kManager };
  struct Known {
    const Unit* unit = nullptr;
    GpuClaim claim;
    Evidence evidence = Evidence::kNone;
    std::optional<std::vector<bool>> permitted;  // of each slot; none: the kernel does not tell
    bool asks = true;      // its manager says that the kernel and processes can be asked
    bool settled = false;  // nothing is left to ask
    bool warned = false;
    int looks = 0;
    int wait = 0;  // whole walks until the next look
    int pause = 1;
    std::uint64_t directories = 0;
    std::uint64_t seen = 0;
  };

  bool follow_devices(std::shared_ptr<const gpu::DeviceList> list);
  bool follow_units(const Inventory& inventory);
  bool follow_registries(const Inventory& inventory);
  bool follow_left_over(const Inventory& inventory);
  void look(const Inventory& inventory, bool everything);
  bool is_due(Known& known, bool everything, const std::vector<const std::string*>& roots);
  void ask(Known& known, const Manager& manager, const std::vector<const std::string*>& roots);
  void ask_kernel(Known& known);
  std::optional<std::vector<bool>> permitted_in(const std::string& path) const;
  void read_gres_conf();
  void share();
  GpuRequest request_of(const Known& known) const;
  std::vector<std::size_t> slots_of(const Known& known) const;

  GpuAllocationOptions options_;
  base::Logger logger_;
  std::shared_ptr<const gpu::DeviceList> list_;
  std::vector<GpuSlot> slots_;
  GpuMajors majors_;
  std::string unified_root_;  // "" without one
  std::vector<MigCapability> mig_;
  GresConf gres_;
  std::pair<std::int64_t, std::int64_t> gres_stamp_{-1, -1};  // time and size of the file
  std::unordered_map<std::uint64_t, Known> known_;            // by the unit's serial
  std::vector<Known*> unsettled_;
  std::vector<GpuHolding> holdings_;
  std::uint64_t unit_generation_ = ~std::uint64_t{0};
  std::vector<std::uint64_t> told_generations_;  // of managers' registries
  std::size_t unmatched_ = 0;
  std::uint64_t left_over_ = 0;
  std::uint64_t pass_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t looks_ = 0;
  bool changed_ = false;
};

}  // namespace ceems::unit

// NVML while it is initialised: which GPUs there are, and looking at all of them. Not thread-safe: for the
// thread that talks to NVML. Each call may take as long as the driver likes.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "gpu/nvml_device.h"
#include "gpu/nvml_energy.h"
#include "gpu/nvml_events.h"
#include "gpu/nvml_faults.h"
#include "gpu/nvml_gpm.h"
#include "gpu/nvml_inventory.h"
#include "gpu/nvml_library.h"
#include "gpu/nvml_processes.h"
#include "gpu/nvml_snapshot.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::gpu {

struct NvmlReadOptions {
  bool profiling = true;         // GPM, where the GPU has it
  bool pcie_throughput = false;  // where there is no GPM: 20 ms for each GPU and direction
  // How often NvmlHealth and the inventory are read again.
  std::chrono::milliseconds slow_period{60'000};
};

// What is kept from one session to the next.
struct NvmlHistory {
  struct Device {
    NvmlDeviceInfo info;  // as it was last seen
    NvmlEnergyFilter energy;
    std::optional<NvmlXids> xids;
    bool lost = false;  // as the log was last told
  };
  static constexpr std::size_t kMaxDevices = 2 * std::size_t{kMaxNvmlDevices};

  NvmlFaults faults;
  std::map<std::string, Device> devices;  // by UUID
  std::uint64_t generation = 0;           // of the inventory
};

// Initialises NVML on construction, shuts it down on destruction.
class NvmlSession {
 public:
  using Clock = std::chrono::steady_clock;

  // `library` and `history` must outlive it. kUnavailable with what NVML said.
  static base::Result<std::unique_ptr<NvmlSession>> open(const NvmlLibrary& library, NvmlHistory& history,
                                                         const NvmlReadOptions& options,
                                                         const base::Logger& log);

  NvmlSession(const NvmlLibrary& library, NvmlHistory& history, const NvmlReadOptions& options,
              const base::Logger& log);  // for open(), after NVML was initialised
  NvmlSession(const NvmlSession&) = delete;
  NvmlSession& operator=(const NvmlSession&) = delete;
  ~NvmlSession();

  // One look at every GPU; null if `stop` became true meanwhile. When the driver was lost on the way, the
  // fault is in the history and what was read is not to be trusted.
  std::shared_ptr<const NvmlSnapshot> sample(const std::atomic<bool>& stop);

  // Whether a GPU that was there is lost, as the last sample() found.
  bool lacks_device() const { return lacks_device_; }

 private:
  struct Part {
    std::unique_ptr<NvmlGpm> gpm;  // null where there is none
    std::uint64_t seen_us = 0;
  };
  struct Watched {
    NvmlDeviceHandle handle;
    std::uint64_t mig_fingerprint = 0;
    bool tells_xids = false;
    NvmlHealth health;
    std::vector<Part> parts;  // as handle.parts
  };

  std::string system_text(std::string_view what, NvmlFunctions::SystemText function);
  bool mig_has_changed();
  void refresh_inventory();
  void watch(NvmlDeviceHandle handle);
  void take_events();
  void read_device(Watched& watched, bool slow, NvmlDevice& to);
  void read_part(const NvmlPartHandle& handle, Part& part, NvmlDevice& to);
  void note_presence(const NvmlDevice& device);
  void add_missing(NvmlSnapshot& snapshot);
  void log_refused();

  const NvmlLibrary& library_;
  const NvmlFunctions& f_;
  NvmlHistory& history_;
  NvmlFaults& faults_;
  const NvmlReadOptions options_;
  const base::Logger log_;
  const std::string driver_version_;
  const std::string nvml_version_;
  NvmlDeviceReader reader_;
  NvmlProcessReader processes_;
  std::unique_ptr<NvmlEvents> events_;
  std::vector<Watched> watched_;
  std::optional<Clock::time_point> last_slow_;
  bool lacks_device_ = false;
};

}  // namespace ceems::gpu

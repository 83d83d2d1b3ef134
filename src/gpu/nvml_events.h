// Critical errors (XIDs) that the driver tells of as they happen. What each number means: NVIDIA's "XID
// Errors" document. Not thread-safe: for the thread that talks to NVML.
#pragma once

#include "gpu/nvml_abi.h"
#include "gpu/nvml_faults.h"
#include "gpu/nvml_snapshot.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ceems::gpu {

// The XIDs of one GPU: adds one to its count. Bounded: what does not fit is counted as kOther.
void count_xid(NvmlXids& xids, std::uint64_t xid);

// Destroy it before NVML is shut down.
class NvmlEvents {
 public:
  struct Event {
    nvml::Device device = nullptr;
    std::uint64_t xid = 0;
  };

  // Both must outlive it.
  NvmlEvents(const NvmlFunctions& functions, NvmlFaults& faults);
  NvmlEvents(const NvmlEvents&) = delete;
  NvmlEvents& operator=(const NvmlEvents&) = delete;
  ~NvmlEvents();

  // False if this GPU does not tell.
  bool watch(nvml::Device device);
  // What happened since the last call; never waits.
  std::vector<Event> take();

 private:
  const NvmlFunctions& f_;
  NvmlFaults& faults_;
  nvml::EventSet set_ = nullptr;
  bool watching_ = false;
};

}  // namespace ceems::gpu

// What can be given to a unit on this node: whole GPUs, and the parts of those that are divided. In the order
// in which devices are listed. Thread-safe.
#pragma once

#include "gpu/device.h"
#include "unit/gpu_claim.h"
#include "unit/gres_conf.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ceems::unit {

struct GpuSlot {
  const gpu::Device* device = nullptr;
  const gpu::Instance* instance = nullptr;  // null: the whole device
};

// Pointers into `devices`.
std::vector<GpuSlot> gpu_slots(const std::vector<gpu::Device>& devices);

// The places in `slots`, ascending, that a claim names by index or by UUID. Names that are no slot's are
// passed over: so is the UUID of a divided device.
std::vector<std::size_t> slots_of_claim(const GpuClaim& claim, const std::vector<GpuSlot>& slots);

// How many shares each slot has according to gres.conf; 0 for one that is not shared. A count without files
// is that of all slots together, and divided evenly, at least 1 each; with `compat` it is each one's.
std::vector<std::uint64_t> available_shares(const GresConf& conf, const std::vector<MigCapability>& mig,
                                            const std::vector<GpuSlot>& slots, bool compat);

// What one unit holds.
struct GpuRequest {
  std::vector<std::size_t> slots;      // ascending, each once
  std::uint64_t shares = 0;            // of shared slots, all together; 0: not known
  std::vector<std::uint64_t> times{};  // how often it has each slot, if its manager says so; empty: once
};

struct GpuShare {
  std::size_t request = 0;
  std::size_t slot = 0;
  double weight = 1;  // how much of the slot: those of one slot add up to 1
};

// Divides shared slots: a unit gets its shares from its slots in their order, as far as they have any left,
// units with fewer slots first; a unit's weight is its shares over all that are given away of the slot. Where
// nothing says who has how many, the units of a slot are equals, but for how often they have it. With
// `compat` a unit without a known share has weight 1, unless its manager says how often it has the slot.
std::vector<GpuShare> share_out(const std::vector<GpuRequest>& requests,
                                const std::vector<std::uint64_t>& available, bool compat);

}  // namespace ceems::unit

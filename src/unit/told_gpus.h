// Which slots a resource manager's own words name: see registry.h. Thread-safe.
#pragma once

#include "unit/gpu_claim.h"
#include "unit/gpu_slots.h"

#include <cstddef>
#include <vector>

namespace ceems::unit {

// Each name counts once for the slot that it names; names of nothing here are passed over.
//
// A PCI function names the GPU that it is; a virtual one the GPU that it is of, and there the GPU instance
// that the VM `claim.vm` has, if the vendor's tool says so. A mediated device names the GPU, or the GPU
// instance, that it is made of. A divided GPU that is passed on as a whole is all of its parts.
GpuRequest request_of_told(const GpuClaim& claim, const std::vector<GpuSlot>& slots);

// How many of the claim's PCI functions and mediated devices are no slot's.
std::size_t unmatched_in(const GpuClaim& claim, const std::vector<GpuSlot>& slots);

}  // namespace ceems::unit

// What a resource manager itself says about its units, beside what their cgroups show: in a file for each, or
// a service that lists them.
//
// Not thread-safe. follow() and stop() come from the thread that scrapes, so nothing here may wait: whoever
// asks something slow does so on a thread of its own and publishes what it heard.
#pragma once

#include "unit/gpu_claim.h"
#include "unit/unit.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ceems::unit {

class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  virtual ~Registry() = default;

  // In each sync: `units` are all that live of its manager, in no order, good until the next call. With
  // `everything` it is time to look again for what was missing. Runs without privileges, and only after the
  // process has given up those that it does not keep; threads are started here.
  virtual void follow(std::span<const Unit* const> units, bool everything) = 0;
  // Another one: what is said below may be something else now.
  virtual std::uint64_t generation() const = 0;
  // The uuid of a unit whose cgroup's name does not tell it; nullopt: the claim's own is right, or nothing
  // better is known. May become another one in the unit's life: then that unit ends, and another starts.
  virtual std::optional<std::string> uuid(const Unit& /*unit*/) const { return std::nullopt; }
  // Which GPUs the unit holds, an empty claim if none; nullopt: that is not known, or not here.
  virtual std::optional<GpuClaim> gpus(const Unit& unit) const = 0;
  // How many CPUs the unit was given; nullopt: what its cgroup has holds.
  virtual std::optional<double> cpus(const Unit& /*unit*/) const { return std::nullopt; }
  // Ends threads.
  virtual void stop() {}
};

}  // namespace ceems::unit

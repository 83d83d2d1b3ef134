// What NVML answered: told apart by what follows from it, and counted. Not thread-safe.
#pragma once

#include "gpu/nvml_abi.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace ceems::gpu {

class NvmlFaults {
 public:
  // True for success. Else: what the driver, the GPU or its mode does not offer is no error; a lost GPU, a
  // lost driver and everything else are counted and remembered. `what` is a literal that names the call.
  bool accept(NvmlReturn value, std::string_view what);

  // Calls `function` if this driver has it.
  template <class... Parameters, class... Arguments>
  bool call(std::string_view what, NvmlReturn (*function)(Parameters...), Arguments&&... arguments) {
    return function != nullptr && accept(function(std::forward<Arguments>(arguments)...), what);
  }

  // Whether a call since the last take…() said so.
  bool take_device_lost() { return std::exchange(device_lost_, false); }
  std::optional<NvmlReturn> driver_lost() const { return driver_lost_; }
  // Calls that were refused for lack of permission, each told once.
  std::set<std::string_view> take_refused() { return std::exchange(newly_refused_, {}); }

  // Since the start; by what NVML said.
  const std::map<NvmlReturn, std::uint64_t>& counts() const { return counts_; }
  void start_session() { driver_lost_.reset(); }

 private:
  // A library that invents codes must not make us remember each of them.
  static constexpr std::size_t kMaxKinds = 32;
  void count(NvmlReturn value);

  bool device_lost_ = false;
  std::optional<NvmlReturn> driver_lost_;
  std::set<std::string_view> refused_;
  std::set<std::string_view> newly_refused_;
  std::map<NvmlReturn, std::uint64_t> counts_;
};

}  // namespace ceems::gpu

// Any bytes as /proc/cpuinfo.
#include "power/cpu_info.h"
#include "power/cpu_power.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto info = ceems::power::parse_cpu_info(text);
  if (!info) return 0;
  const auto range = ceems::power::find_power_range(*info);
  if (!range || range->idle_watts > range->full_watts || range->full_watts <= 0) std::abort();
  return 0;
}

// Any bytes as /proc/stat.
#include "power/cpu_stat.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto stat = ceems::power::parse_cpu_stat(text);
  if (stat && stat->cpus > size) std::abort();
  return 0;
}

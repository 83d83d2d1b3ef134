// Any bytes as /proc/meminfo.
#include "collector/meminfo_file.h"
#include "exposition/catalogue.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto fields = ceems::collector::parse_meminfo({reinterpret_cast<const char*>(data), size});
  if (!fields) return 0;
  for (const auto& field : *fields) {
    const auto part = ceems::collector::meminfo_metric_part(field);
    if (!part.empty() && !ceems::exposition::is_metric_name("ceems_meminfo_" + part)) std::abort();
  }
  return 0;
}

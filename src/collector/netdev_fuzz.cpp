#include "base/check.h"
#include "collector/netdev_file.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& line : ceems::collector::parse_netdev(text).lines)
    CEEMS_CHECK(!line.device.empty());
  return 0;
}

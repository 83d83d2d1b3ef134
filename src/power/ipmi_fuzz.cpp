#include "base/check.h"
#include "power/ipmi_dcmi.h"
#include "power/ipmi_sensor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::power;
  const std::span bytes(data, size);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto power = decode_dcmi_power(bytes)) CEEMS_CHECK(*power->current >= 0);
  if (const auto sensor = decode_sensor_record(bytes)) {
    for (unsigned raw = 0; raw < 256; ++raw)
      (void)sensor->conversion.convert(static_cast<std::uint8_t>(raw));
  }
  for (const auto& power : {parse_dcmi_text(text), parse_capmc(text)}) {
    if (power && power->current) CEEMS_CHECK(*power->current >= 0);
  }
  return 0;
}

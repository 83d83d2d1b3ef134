// What libvirt writes of a domain, and the names of cgroups.
#include "base/check.h"
#include "unit/libvirt_domain.h"
#include "unit/libvirt_name.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::unit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto domain = parse_libvirt_domain(text)) {
    CEEMS_CHECK(!domain->uuid.empty());
    CEEMS_CHECK(domain->addresses.size() + domain->mdevs.size() <= kMostHostDevices);
  }
  if (const auto machine = libvirt_machine_in(text)) {
    CEEMS_CHECK(machine->name.find('/') == std::string::npos);
    CEEMS_CHECK(!machine->name.starts_with('.'));
  }
  CEEMS_CHECK(libvirt_short_name("1", text).size() <= 64);
  return 0;
}

#include "gpu/amd_smi.h"
#include "gpu/amd_topology.h"
#include "gpu/device_order.h"
#include "gpu/nvidia_smi.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::gpu;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto devices = parse_nvidia_smi(text)) {
    add_mig_uuids(*devices, text);
    add_amd_topology(*devices, {});
    if (const auto order = DeviceOrder::parse(text)) order->apply(*devices);
  }
  (void)parse_amd_smi(text);
  (void)parse_rocm_smi(text);
  (void)parse_pci_address(text);
  return 0;
}

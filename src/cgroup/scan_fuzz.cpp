// Every scanner of cgroup files on the same bytes: none may crash, hang or grow without bound.
#include "base/check.h"
#include "cgroup/scan.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::cgroup;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)scan_value(text);
  (void)scan_cpu_stat(text);
  (void)scan_cpuacct_stat(text);
  (void)scan_throttling_stat(text);
  (void)scan_memory_stat(text);
  (void)scan_legacy_memory_stat(text);
  (void)scan_memory_events(text);
  (void)scan_pressure(text);
  (void)scan_cpu_max(text);
  (void)scan_cpu_count(text);
  std::vector<DeviceIo> devices;
  scan_io_stat(text, devices);
  CEEMS_CHECK(devices.size() <= size);
  scan_blkio(text, devices, &DeviceIo::read_bytes, &DeviceIo::write_bytes);
  std::vector<RdmaUse> rdma;
  scan_rdma(text, rdma);
  CEEMS_CHECK(rdma.size() <= size);
  return 0;
}

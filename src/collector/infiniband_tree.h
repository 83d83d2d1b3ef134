// Devices and ports as Linux shows them in /sys/class/infiniband. What can't be read is absent, alone.
//
// Format: Documentation/ABI/stable/sysfs-class-infiniband of the Linux kernel.
#pragma once

#include "base/result.h"
#include "collector/infiniband_families.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::collector {

struct InfinibandPort {
  std::string device;  // "mlx5_0"
  std::string port;    // "1"
  std::optional<std::uint32_t> state;
  std::optional<std::uint32_t> physical_state;
  std::optional<std::uint64_t> rate_bytes_per_second;
  // In bytes where the hardware counts words.
  std::array<std::optional<std::uint64_t>, infiniband_families::kCounters> counters;
};

struct InfinibandDevice {
  std::string name;
  std::string board_id;
  std::string firmware_version;
  std::string hca_type;
};

struct InfinibandTree {
  std::vector<InfinibandDevice> devices;
  std::vector<InfinibandPort> ports;
};

// "4: ACTIVE" → 4.
std::optional<std::uint32_t> parse_infiniband_state(std::string_view text);
// "100 Gb/sec (4X EDR)" → 12,500,000,000 bytes a second.
std::optional<std::uint64_t> parse_infiniband_rate(std::string_view text);
// Decimal, or hexadecimal after 0x. Nothing for "N/A (no PMA)" and other text.
std::optional<std::uint64_t> parse_infiniband_counter(std::string_view text);

// `directory` is "/sys/class/infiniband"; no devices where there is none. Errors: it can't be listed.
base::Result<InfinibandTree> read_infiniband(const std::string& directory);

}  // namespace ceems::collector

// Power of the node by DCMI's Get Power Reading, asked from the BMC or printed by the tools that ask it.
//
// Format: Data Center Manageability Interface Specification v1.5, 6.6.1; manuals of ipmi-dcmi(8) (FreeIPMI),
// ipmitool(1), ipmiutil(8), capmc(8).
#pragma once

#include "base/result.h"
#include "power/ipmi_transport.h"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace ceems::power {

// Watts. The others are over the period, which differs between vendors and tools.
struct DcmiPower {
  std::optional<double> current = {};
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  std::optional<double> average = {};
  std::optional<std::chrono::milliseconds> period = {};
};

// Of the answer's data after the completion code. kInvalid: too short, or no DCMI; kUnavailable: the BMC does
// not measure now.
base::Result<DcmiPower> decode_dcmi_power(std::span<const std::uint8_t> data);
base::Result<DcmiPower> read_dcmi_power(IpmiTransport& transport);

// What ipmi-dcmi, ipmitool and ipmiutil print. The same errors.
base::Result<DcmiPower> parse_dcmi_text(std::string_view text);
// What capmc prints: one JSON object. kUnavailable: it holds an error.
base::Result<DcmiPower> parse_capmc(std::string_view text);

}  // namespace ceems::power

// The privileges that talking to this machine's BMC takes.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "power/ipmi_transport.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ceems::collector {

// The device is for root alone.
inline constexpr std::array<std::string_view, 1> kOpenIpmiDevice{"CAP_DAC_OVERRIDE"};

// Opened as what the process is, and if that is not allowed, with kOpenIpmiDevice; again after it vanished.
// kInvalid: `number` is none of a device, see `flag`.
base::Result<std::unique_ptr<power::IpmiTransport>> make_privileged_ipmi_device(const std::string& directory,
                                                                                std::int64_t number,
                                                                                std::string_view flag);

}  // namespace ceems::collector

// Where the BMC of this machine is in the network, as it says itself over IPMI.
//
// Format: IPMI 2.0, 22.24 Get Channel Info, 23.2 Get LAN Configuration Parameters and table 23-4.
#pragma once

#include "base/result.h"
#include "power/ipmi_transport.h"

#include <string>

namespace ceems::power {

// "192.0.2.7" or "2001:db8::7": the first address, IPv4 before IPv6, of the first channel that is a LAN and
// has one. kNoData: it has none, or there is no BMC.
base::Result<std::string> ask_bmc_address(IpmiTransport& transport);

// The name that the address has, without the dot at its end; the address itself if it has none. Asks name
// servers: may take seconds.
std::string name_of_address(const std::string& address);

}  // namespace ceems::power

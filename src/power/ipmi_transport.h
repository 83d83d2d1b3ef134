// Asking the baseboard management controller (BMC) of this machine.
//
// Format: IPMI v2.0 specification, revision 1.1, chapter 5; include/uapi/linux/ipmi.h of the Linux kernel.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "power/rapl_zone.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ceems::power {

using IpmiBytes = std::vector<std::uint8_t>;

struct IpmiRequest {
  std::uint8_t net_function = 0;
  std::uint8_t command = 0;
  std::uint8_t lun = 0;
  IpmiBytes data;
};

// Not thread-safe.
class IpmiTransport {
 public:
  IpmiTransport() = default;
  IpmiTransport(const IpmiTransport&) = delete;
  IpmiTransport& operator=(const IpmiTransport&) = delete;
  virtual ~IpmiTransport() = default;

  // The answer, its completion code first; never empty. kNoData: there is no BMC; kTimeout: it doesn't
  // answer; else the system's error.
  virtual base::Result<IpmiBytes> ask(const IpmiRequest& request) = 0;
};

// The answer's data after a completion code of 0; kUnavailable with any other code.
base::Result<IpmiBytes> ask_successfully(IpmiTransport& transport, const IpmiRequest& request);

struct IpmiDeviceOptions {
  std::string directory = "/dev";
  std::uint32_t number = 0;  // of /dev/ipmi<number>, /dev/ipmi/<number>, /dev/ipmidev/<number>
  std::chrono::milliseconds timeout{1'000};  // for one answer
};

// By the kernel's OpenIPMI driver. Opens the device at once if it is there, else when it is asked; opens it
// anew when it went away.
std::unique_ptr<IpmiTransport> make_ipmi_device(IpmiDeviceOptions options, OpenFile open_file);

}  // namespace ceems::power

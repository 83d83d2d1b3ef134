// What the processors are, from /proc/cpuinfo. The format differs between architectures; see show_cpuinfo()
// in Linux's arch/*/kernel. Fields that an architecture lacks stay empty.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ceems::power {

struct CpuInfo {
  std::string vendor;        // "GenuineIntel", "AuthenticAMD"; "ARM" and the like from the implementer on Arm
  std::uint32_t family = 0;  // `cpu family`; on Arm the implementer
  std::uint32_t model = 0;   // `model`; on Arm the part
  std::uint32_t stepping = 0;
  std::string name;            // `model name`: "AMD EPYC 7763 64-Core Processor"; empty on most Arm machines
  bool hypervisor = false;     // x86: this is a virtual machine
  std::uint32_t logical = 0;   // processors that are online
  std::uint32_t physical = 0;  // cores over all sockets; `logical` where the file does not tell
  std::uint32_t sockets = 1;
};

// The whole text of /proc/cpuinfo. The last processor's identity counts. kInvalid if there is no processor or
// a count is no number.
base::Result<CpuInfo> parse_cpu_info(std::string_view text);

// The same from a file of at most 16 MiB.
base::Result<CpuInfo> read_cpu_info(const std::string& path);

}  // namespace ceems::power

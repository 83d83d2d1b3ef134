// What this process uses, as proc(5) tells about /proc/self. Not thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ceems::base {

struct SelfUsage {
  double cpu_seconds = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_bytes = 0;
  double start_time_seconds = 0;  // UTC
  std::optional<std::uint64_t> open_descriptors;
  std::uint64_t max_descriptors = 0;                   // soft limit
  std::uint64_t max_virtual_bytes = 0;                 // soft limit; all ones if unlimited
  std::optional<std::uint64_t> network_receive_bytes;  // of its network namespace
  std::optional<std::uint64_t> network_transmit_bytes;
};

// The parts of /proc/<pid>/stat that are used; nullopt if the text is malformed.
struct ProcessTimes {
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t start_ticks = 0;  // after boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};
std::optional<ProcessTimes> parse_process_stat(std::string_view text);

// InOctets and OutOctets of the IpExt lines of /proc/net/netstat.
struct NetworkBytes {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};
std::optional<NetworkBytes> parse_netstat(std::string_view text);

// Keeps its files open.
class SelfUsageReader {
 public:
  SelfUsageReader();
  Result<SelfUsage> read();

 private:
  std::optional<std::uint64_t> count_descriptors() const;

  Fd stat_;
  Fd netstat_;
  double boot_time_seconds_ = 0;
};

}  // namespace ceems::base

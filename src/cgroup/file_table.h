// Which file of which controller answers which question, under v1 and v2. Constant.
#pragma once

#include "cgroup/descriptors.h"
#include "cgroup/layout.h"

#include <cstddef>
#include <cstdint>

namespace ceems::cgroup {

enum class FileId : std::uint8_t {
  kCpuStat,
  kMemoryStat,
  kMemoryUsed,
  kMemoryLimit,
  kMemoryEvents,
  kCpuset,
  kCpuQuota,
  kCpuPeriod,
  kSwapUsed,
  kSwapLimit,
  kSwapFailures,
  kCpuPressure,
  kMemoryPressure,
  kIoPressure,
  kIoBytes,
  kIoRequests,
  kRdma,
  kCpuUsage,
  kThrottling,
  kMemoryPeak,
  kOomControl,
  kPids,
  kCpuShares,
};
inline constexpr std::size_t kFileCount = 23;

struct FileSpec {
  Controller controller;
  Rank rank;
  const char* unified;  // name under v2, nullptr if there is none
  const char* legacy;   // name under v1, nullptr if there is none
};

const FileSpec& file_spec(FileId id);

}  // namespace ceems::cgroup

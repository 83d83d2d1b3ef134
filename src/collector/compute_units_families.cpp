#include "collector/compute_units_families.h"

#include <array>

namespace ceems::collector::unit_families {

namespace {

constexpr std::array kAll = {
    kUnits,
    kInfo,
    kUnitCollectError,
    kCollectError,
    kCpuUser,
    kCpuSystem,
    kCpus,
    kMemoryRss,
    kMemoryCache,
    kMemoryUsed,
    kMemoryTotal,
    kMemoryFailures,
    kSwapUsed,
    kSwapTotal,
    kSwapFailures,
    kCpuPsi,
    kMemoryPsi,
    kIoPsi,
    kCpuPsiTotal,
    kMemoryPsiTotal,
    kIoPsiTotal,
    kCpuPsiSome,
    kMemoryPsiSome,
    kIoPsiSome,
    kIoReadBytes,
    kIoWriteBytes,
    kIoReadRequests,
    kIoWriteRequests,
    kIoReadBytesTotal,
    kIoWriteBytesTotal,
    kIoReadRequestsTotal,
    kIoWriteRequestsTotal,
    kRdmaHandles,
    kRdmaObjects,
    kCpuSeconds,
    kCpuPeriods,
    kCpuThrottledPeriods,
    kCpuThrottled,
    kCpuQuota,
    kMemoryPeak,
    kMemoryLimitHits,
    kOomKills,
    kPids,
    kHugePages,
    kGpuIndexFlag,
    kGpuSmCount,
    kSelfFiles,
    kSelfDirectories,
    kSelfEvents,
    kSelfWalks,
    kSelfLeftOut,
    kSelfGpus,
    kSelfGpuListFailed,
    kSelfGpuListings,
    kSelfGpuUnits,
    kSelfGpuLooks,
    kSelfPodDevices,
    kSelfPodsUnnamed,
    kSelfPodsAsked,
    kSelfPodsFailed,
};

}  // namespace

std::span<const Family> all() {
  return kAll;
}

}  // namespace ceems::collector::unit_families

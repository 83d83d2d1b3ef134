// The numbers that a made-up site has of each unit, and what they add up to for a user in a project.
#pragma once

#include "store/model.h"
#include "store/sqlite.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ceems::bench {

// Sorted by column and name. Those of GPUs come last but for reading and writing.
struct SiteNumber {
  store::Metric metric;
  std::string_view name;
};
inline constexpr std::array kSiteNumbers = {
    SiteNumber{store::Metric::kTotalTimeSeconds, "alloc_cpumemtime"},
    SiteNumber{store::Metric::kTotalTimeSeconds, "alloc_cputime"},
    SiteNumber{store::Metric::kTotalTimeSeconds, "alloc_gpumemtime"},
    SiteNumber{store::Metric::kTotalTimeSeconds, "alloc_gputime"},
    SiteNumber{store::Metric::kTotalTimeSeconds, "walltime"},
    SiteNumber{store::Metric::kAvgCpuUsage, "global"},
    SiteNumber{store::Metric::kAvgCpuMemUsage, "global"},
    SiteNumber{store::Metric::kTotalCpuEnergyUsageKwh, "total"},
    SiteNumber{store::Metric::kTotalCpuEmissionsGms, "emaps_total"},
    SiteNumber{store::Metric::kTotalCpuEmissionsGms, "owid_total"},
    SiteNumber{store::Metric::kTotalCpuEmissionsGms, "rte_total"},
    SiteNumber{store::Metric::kAvgGpuUsage, "global"},
    SiteNumber{store::Metric::kAvgGpuMemUsage, "global"},
    SiteNumber{store::Metric::kTotalGpuEnergyUsageKwh, "total"},
    SiteNumber{store::Metric::kTotalGpuEmissionsGms, "emaps_total"},
    SiteNumber{store::Metric::kTotalGpuEmissionsGms, "owid_total"},
    SiteNumber{store::Metric::kTotalGpuEmissionsGms, "rte_total"},
    SiteNumber{store::Metric::kTotalIoWriteStats, "bytes_total"},
    SiteNumber{store::Metric::kTotalIoWriteStats, "errors_total"},
    SiteNumber{store::Metric::kTotalIoWriteStats, "requests_total"},
    SiteNumber{store::Metric::kTotalIoReadStats, "bytes_total"},
    SiteNumber{store::Metric::kTotalIoReadStats, "errors_total"},
    SiteNumber{store::Metric::kTotalIoReadStats, "requests_total"},
    SiteNumber{store::Metric::kTotalIngressStats, "bytes_total"},
    SiteNumber{store::Metric::kTotalEgressStats, "bytes_total"},
    SiteNumber{store::Metric::kMinCustomStats, "clock"},
    SiteNumber{store::Metric::kMinCustomStats, "temperature"},
    SiteNumber{store::Metric::kMaxCustomStats, "clock"},
    SiteNumber{store::Metric::kMaxCustomStats, "temperature"},
};
using SiteValues = std::array<double, kSiteNumbers.size()>;
// From this one on they count things: whole numbers.
inline constexpr std::size_t kFirstCount = 17;

struct SiteSums {
  std::int64_t units = 0;
  SiteValues values{};
  bool gpus = false;

  void add(const SiteValues& unit, bool has_gpus);
  // With the means divided by their weights.
  SiteValues result() const;
};

// Of what there are numbers beside those that every row has.
struct SiteColumns {
  bool gpus = false;
  bool extremes = false;
};

// The columns of all metrics, from parameter `first` on.
void bind_metrics(store::Statement& statement, int first, const SiteValues& values,
                  const SiteColumns& columns);

}  // namespace ceems::bench

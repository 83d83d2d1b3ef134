#include "site_sums.h"

#include "store/metric_map.h"

#include <algorithm>
#include <string>

namespace ceems::bench {

namespace {

using store::Metric;

bool is_gpu(Metric metric) {
  return metric == Metric::kAvgGpuUsage || metric == Metric::kAvgGpuMemUsage ||
         metric == Metric::kTotalGpuEnergyUsageKwh || metric == Metric::kTotalGpuEmissionsGms;
}

bool is_extreme(Metric metric) {
  return metric == Metric::kMinCustomStats || metric == Metric::kMaxCustomStats;
}

// Place of the number that weighs each mean; the size of the table for sums.
const std::array<std::size_t, kSiteNumbers.size()>& weights() {
  static const auto kWeights = [] {
    std::array<std::size_t, kSiteNumbers.size()> places{};
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::string_view key = store::weight_key(kSiteNumbers[i].metric);
      const auto at = std::ranges::find(kSiteNumbers, key, &SiteNumber::name);
      places[i] = key.empty() ? kSiteNumbers.size() : static_cast<std::size_t>(at - kSiteNumbers.begin());
    }
    return places;
  }();
  return kWeights;
}

}  // namespace

void SiteSums::add(const SiteValues& unit, bool has_gpus) {
  const bool first = units++ == 0;
  gpus |= has_gpus;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const store::Combination combined = store::combination(kSiteNumbers[i].metric);
    const std::size_t weight = weights()[i];
    if (combined == store::Combination::kMinimum) {
      values[i] = first ? unit[i] : std::min(values[i], unit[i]);
    } else if (combined == store::Combination::kMaximum) {
      values[i] = std::max(values[i], unit[i]);
    } else {
      values[i] += weight < unit.size() ? unit[i] * unit[weight] : unit[i];
    }
  }
}

SiteValues SiteSums::result() const {
  SiteValues means = values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t weight = weights()[i];
    if (weight < values.size()) means[i] = values[weight] > 0 ? values[i] / values[weight] : 0;
  }
  return means;
}

void bind_metrics(store::Statement& statement, int first, const SiteValues& values,
                  const SiteColumns& columns) {
  std::string text;
  std::size_t at = 0;
  for (const Metric metric : store::all_metrics()) {
    text = "{";
    for (; at < kSiteNumbers.size() && kSiteNumbers[at].metric == metric; ++at) {
      if ((is_gpu(metric) && !columns.gpus) || (is_extreme(metric) && !columns.extremes)) continue;
      if (text.size() > 1) text += ',';
      text += '"';
      text += kSiteNumbers[at].name;
      text += "\":";
      store::append_number(text, values[at]);
    }
    text += '}';
    statement.bind(first++, text);
  }
}

}  // namespace ceems::bench

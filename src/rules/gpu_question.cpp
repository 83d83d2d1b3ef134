#include "rules/gpu_question.h"

#include "config/duration.h"
#include "rules/gpu.h"
#include "rules/host_power.h"
#include "rules/template.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

// Below it, noise of the meter decides.
constexpr double kLeastDeviation = 5;  // watts

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

GpuQuestion gpu_question(const RuleOptions& options, PowerSource source, std::chrono::milliseconds range,
                         std::chrono::milliseconds step) {
  const std::string node = fmt::format(
      "max by (instancehost) (label_replace({}, \"instancehost\", \"$1\", \"instance\", "
      "\"(.+?)(:[0-9]+)?\"))",
      node_meter_watts(source, options));
  const std::string gpus = "(" + gpu_watts_of_hosts(options) + ")";
  const std::string window =
      fmt::format("[{}:{}]", config::print_duration(range), config::print_duration(step));
  const auto mean = [&](const std::string& expression) {
    return fmt::format("avg_over_time(({}){})", expression, window);
  };
  const std::string both_node = fmt::format("{} and on (instancehost) {}", node, gpus);
  const std::string both_gpus = fmt::format("{} and on (instancehost) {}", gpus, node);
  return {.node = mean(both_node),
          .gpus = mean(both_gpus),
          .product = mean(fmt::format("{} * on (instancehost) {}", node, gpus)),
          .gpus_squared = mean(fmt::format("({}) ^ 2", both_gpus)),
          .node_squared = mean(fmt::format("({}) ^ 2", both_node))};
}

GpuVerdict judge(const std::map<std::string, GpuMoments>& hosts) {
  GpuVerdict verdict;
  std::vector<double> slopes;
  std::vector<double> correlations;
  bool impossible = false;
  for (const auto& [host, m] : hosts) {
    impossible = impossible || m.node < m.gpus;
    const double gpu_variance = m.gpus_squared - m.gpus * m.gpus;
    const double node_variance = m.node_squared - m.node * m.node;
    const double covariance = m.product - m.node * m.gpus;
    if (!(gpu_variance > kLeastDeviation * kLeastDeviation) || !std::isfinite(covariance)) continue;
    slopes.push_back(covariance / gpu_variance);
    correlations.push_back(node_variance > 0 ? covariance / std::sqrt(gpu_variance * node_variance) : 0);
  }
  verdict.hosts = static_cast<int>(slopes.size());
  if (slopes.empty()) {
    if (impossible) verdict.answer = GpuVerdict::Answer::kNo;
    return verdict;
  }
  constexpr double kHalf = 0.5;
  verdict.slope = median(slopes);
  verdict.correlation = median(correlations);
  const bool yes = verdict.slope > kHalf;
  verdict.answer = yes ? GpuVerdict::Answer::kYes : GpuVerdict::Answer::kNo;
  verdict.agreeing =
      static_cast<int>(std::ranges::count_if(slopes, [&](double slope) { return (slope > kHalf) == yes; }));
  return verdict;
}

}  // namespace ceems::rules

#include "base/text.h"
#include "commands.h"
#include "working_command.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

struct Step {
  std::string_view source_labels;  // as YAML; "" for a labeldrop
  std::string_view target_label;
  std::string_view regex;
  std::string_view replacement;
};

// What is only in series of NVIDIA's exporter guards the first two: applied to others they do nothing.
constexpr std::array kNvidia{
    Step{"[UUID]", "gpuuuid", "(GPU-.+|MIG-.+)", "$1"},
    Step{"[UUID, GPU_I_ID]", "gpuiid", "(?:GPU-.+|MIG-.+);(.+)", "$1"},
    Step{"", "", "UUID", ""},
    Step{"", "", "GPU_I_ID", ""},
};
constexpr std::array kAmdSmi{
    Step{"[gpu_power]", "index", "(.+)", "$1"},
    Step{"[index, gpu_use_percent]", "index", ";(.+)", "$1"},
    Step{"[index, gpu_memory_use_percent]", "index", ";(.+)", "$1"},
    Step{"", "", "gpu_power", ""},
    Step{"", "", "gpu_use_percent", ""},
    Step{"", "", "gpu_memory_use_percent", ""},
};
constexpr std::array kAmdDeviceMetrics{
    Step{"[gpu_id]", "index", "(.+)", "$1"},
    Step{"[gpu_partition_id]", "gpuiid", "(.+)", "$1"},
    Step{"", "", "gpu_id", ""},
    Step{"", "", "gpu_partition_id", ""},
};

struct Exporter {
  std::vector<std::string_view> metrics;
  std::span<const Step> steps;
};

std::string yaml_of(const Step& step) {
  if (step.source_labels.empty())
    return fmt::format("      - regex: {}\n        action: labeldrop\n", base::json_quote(step.regex));
  return fmt::format(
      "      - source_labels: {}\n        target_label: {}\n        regex: {}\n        replacement: {}\n",
      step.source_labels, step.target_label, base::json_quote(step.regex),
      base::json_quote(step.replacement));
}

class CreateRelabelConfigs final : public TsdbTextCommand {
 public:
  CreateRelabelConfigs() : TsdbTextCommand("the configuration") {}

 private:
  base::Result<std::string> make_text(TsdbServer& server) override {
    const Exporter exporters[] = {{{"DCGM_FI_DEV_POWER_USAGE_INSTANT", "DCGM_FI_DEV_POWER_USAGE"}, kNvidia},
                                  {{"amd_gpu_power"}, kAmdSmi},
                                  {{"gpu_power_usage"}, kAmdDeviceMetrics}};
    std::vector<std::string> selectors;
    for (const Exporter& exporter : exporters)
      selectors.insert(selectors.end(), exporter.metrics.begin(), exporter.metrics.end());
    CEEMS_TRY(const auto series, server.series(selectors));
    std::string jobs;
    std::set<std::string> done;
    for (const Exporter& exporter : exporters) {
      for (const tsdb::LabelSet& labels : series) {
        const std::string_view metric = tsdb::label_of(labels, "__name__");
        const std::string job(tsdb::label_of(labels, "job"));
        if (std::ranges::find(exporter.metrics, metric) == exporter.metrics.end() || job.empty()) continue;
        if (!done.insert(job).second) continue;
        jobs += fmt::format("  - job_name: {}\n    metric_relabel_configs:\n", base::json_quote(job));
        for (const Step& step : exporter.steps)
          jobs += yaml_of(step);
      }
    }
    if (jobs.empty())
      return base::fail(base::ErrorCode::kNoData, server_flags().url, "no exporter of GPUs in this time");
    fmt::print(
        stderr,
        "Merge metric_relabel_configs into these jobs of prometheus.yml. Rules of create-recording-rules "
        "work without them.\n");
    return "scrape_configs:\n" + jobs;
  }
};

}  // namespace

std::unique_ptr<config::Command> make_create_relabel_configs() {
  return std::make_unique<CreateRelabelConfigs>();
}

}  // namespace ceems::tool

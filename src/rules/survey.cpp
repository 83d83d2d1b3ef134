#include "rules/survey.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

namespace ceems::rules {

namespace {

struct PowerMetric {
  std::string_view metric;
  PowerSource source;
};

constexpr std::array kPowerMetrics{
    PowerMetric{"ceems_cray_pm_counters_power_watts", PowerSource::kCray},
    PowerMetric{"ceems_redfish_power_current_watts", PowerSource::kRedfish},
    PowerMetric{"ceems_redfish_current_watts", PowerSource::kRedfish},
    PowerMetric{"ceems_ipmi_dcmi_power_current_watts", PowerSource::kIpmi},
    PowerMetric{"ceems_ipmi_dcmi_current_watts", PowerSource::kIpmi},
    PowerMetric{"ceems_hwmon_power_current_watts", PowerSource::kHwmon},
    PowerMetric{"ceems_hwmon_power_avg_watts", PowerSource::kHwmon},
    PowerMetric{"ceems_rapl_package_joules_total", PowerSource::kRapl},
    PowerMetric{"ceems_rapl_joules_total", PowerSource::kRapl},
    PowerMetric{"ceems_estimated_energy_joules_total", PowerSource::kPowerModel},
};
constexpr std::string_view kDiePackages =
    R"({__name__=~"ceems_rapl_package_[0-9]+_die_[0-9]+_joules_total"})";
constexpr std::string_view kGpuFlag = "ceems_compute_unit_gpu_index_flag";
constexpr std::string_view kIo = "ceems_ebpf_write_bytes_total";
constexpr std::string_view kNetwork = "ceems_ebpf_egress_bytes_total";
constexpr std::string_view kFactors = "ceems_emissions_gCo2_kWh";
constexpr std::array<std::string_view, 5> kGpuMetrics{
    "DCGM_FI_DEV_POWER_USAGE_INSTANT", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
    "amd_gpu_power", "gpu_power_usage"};
constexpr std::string_view kPrefixedGpuMetric = "gpu_package_power";
constexpr std::string_view kPrefixedGpuMetrics = R"({__name__=~"(.+_)?gpu_package_power"})";

bool is_gpu_metric(std::string_view metric) {
  return std::ranges::find(kGpuMetrics, metric) != kGpuMetrics.end() || metric.ends_with(kPrefixedGpuMetric);
}

std::optional<PowerSource> source_of(std::string_view metric) {
  const auto at = std::ranges::find(kPowerMetrics, metric, &PowerMetric::metric);
  if (at != kPowerMetrics.end()) return at->source;
  if (metric.starts_with("ceems_rapl_package_")) return PowerSource::kRapl;
  return std::nullopt;
}

template <class Job>
Job& job_of(std::vector<Job>& jobs, const std::string& name) {
  const auto at = std::ranges::find(jobs, name, &Job::name);
  if (at != jobs.end()) return *at;
  jobs.push_back({});
  jobs.back().name = name;
  return jobs.back();
}

void add(Survey& survey, const SeenSeries& series) {
  if (series.metric == kFactors) {
    if (!series.provider.empty() && !series.country_code.empty())
      survey.emission_sources.push_back({series.provider, series.country_code});
    return;
  }
  if (series.job.empty()) return;
  const std::string host(host_of(series.instance));
  if (is_gpu_metric(series.metric)) {
    SeenGpuJob& job = job_of(survey.gpu_jobs, series.job);
    job.hosts.insert(host);
    job.metrics.insert(series.metric);
    return;
  }
  const auto source = source_of(series.metric);
  if (!source && series.metric != kGpuFlag && series.metric != kIo && series.metric != kNetwork) return;
  SeenJob& job = job_of(survey.jobs, series.job);
  if (!source) {
    job.io = job.io || series.metric == kIo;
    job.network = job.network || series.metric == kNetwork;
    if (series.metric == kGpuFlag) job.gpu_hosts.insert(host);
    return;
  }
  if (source == PowerSource::kRedfish) job.chassis.insert(series.chassis);
  if (source == PowerSource::kHwmon) {
    job.hwmon_chips.insert(series.chip_name);
    if (!is_node_meter(series.chip_name)) return;
  }
  if (std::ranges::find(job.power_sources, *source) == job.power_sources.end())
    job.power_sources.push_back(*source);
}

}  // namespace

std::vector<std::string> survey_selectors() {
  std::vector<std::string> selectors;
  for (const PowerMetric& metric : kPowerMetrics)
    selectors.emplace_back(metric.metric);
  selectors.emplace_back(kDiePackages);
  for (const std::string_view metric : kGpuMetrics)
    selectors.emplace_back(metric);
  selectors.emplace_back(kPrefixedGpuMetrics);
  selectors.emplace_back(kGpuFlag);
  selectors.emplace_back(kIo);
  selectors.emplace_back(kNetwork);
  selectors.emplace_back(kFactors);
  return selectors;
}

bool is_node_meter(std::string_view chip_name) {
  if (chip_name == "power_meter") return true;
  constexpr std::string_view kIbm = "aem";
  if (!chip_name.starts_with(kIbm) || chip_name.size() == kIbm.size()) return false;
  return std::ranges::all_of(chip_name.substr(kIbm.size()), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view host_of(std::string_view instance) {
  const std::size_t colon = instance.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return instance;
  const std::string_view port = instance.substr(colon + 1);
  const bool digits = !port.empty() && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return digits ? instance.substr(0, colon) : instance;
}

Survey make_survey(std::span<const SeenSeries> series) {
  Survey survey;
  for (const SeenSeries& one : series)
    add(survey, one);
  std::erase_if(survey.jobs,
                [](const SeenJob& job) { return job.power_sources.empty() && job.hwmon_chips.empty(); });
  for (SeenJob& job : survey.jobs)
    std::ranges::sort(job.power_sources);
  std::vector<EmissionSource>& sources = survey.emission_sources;
  const auto key = [](const EmissionSource& source) {
    return std::tie(source.provider, source.country_code);
  };
  std::ranges::sort(sources, {}, key);
  const auto twice = std::ranges::unique(sources, {}, key);
  sources.erase(twice.begin(), twice.end());
  return survey;
}

std::vector<GpuPair> Survey::gpu_pairs() const {
  std::vector<GpuPair> pairs;
  for (const SeenJob& job : jobs) {
    for (const SeenGpuJob& gpus : gpu_jobs) {
      const bool common = std::ranges::any_of(
          job.gpu_hosts, [&](const std::string& host) { return gpus.hosts.contains(host); });
      if (common) pairs.push_back({.job = job.name, .gpu_job = gpus.name});
    }
  }
  return pairs;
}

}  // namespace ceems::rules

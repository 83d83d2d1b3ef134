#include "rules/updater_queries.h"

#include "base/text.h"

#include <array>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

constexpr std::array<std::string_view, 6> kProviders{"rte", "emaps", "owid", "wt", "global", "custom"};

constexpr std::string_view kMillisecondWattsPerKilowattHour = "3.6e9";
constexpr std::string_view kMillisecondsPerSecond = "1e3";

// The value of a recorded series at a step; NaN, infinities and what is negative count as missing.
std::string at_step(std::string_view series, std::string_view more_matchers = "") {
  return fmt::format(
      "last_over_time({}{{uuid=~`{{{{.UUIDs}}}}`{}}}[{{{{.EvaluationIntervalMilli}}}}ms]) >= 0 < inf", series,
      more_matchers);
}

std::string over_window(std::string_view function, std::string_view expression) {
  return fmt::format("{}(({})[{{{{.RangeOpen}}}}:{{{{.EvaluationIntervalMilli}}}}ms])", function, expression);
}

std::string mean(std::string_view series) {
  return over_window("avg_over_time", fmt::format("avg by (uuid) ({})", at_step(series)));
}

// The mean over a unit's hosts, each weighing what it gave to the unit: CPUs or memory. Where that is known
// for none of them, the plain mean.
std::string weighted_mean(std::string_view series, std::string_view weight) {
  const std::string value = at_step(series);
  const std::string given = fmt::format("last_over_time({}{{uuid=~`{{{{.UUIDs}}}}`}}[5m])", weight);
  return over_window(
      "avg_over_time",
      fmt::format("sum by (uuid) (({0}) * {1}) / sum by (uuid) ({1} and ({0})) or avg by (uuid) ({0})", value,
                  given));
}

std::string integral(std::string_view series, std::string_view divisor, std::string_view more_matchers = "") {
  return fmt::format(
      "{} * {{{{.EvaluationIntervalMilli}}}} / {}",
      over_window("sum_over_time", fmt::format("sum by (uuid) ({})", at_step(series, more_matchers))),
      divisor);
}

std::string growth(std::string_view counter) {
  return fmt::format("sum by (uuid) (increase({}{{uuid=~`{{{{.UUIDs}}}}`}}[{{{{.Range}}}}]) >= 0 < inf)",
                     counter);
}

std::map<std::string, std::string> emissions(std::string_view series,
                                             std::span<const std::string_view> providers) {
  std::map<std::string, std::string> queries;
  for (const std::string_view provider : providers)
    queries.emplace(fmt::format("{}_total", provider),
                    integral(series, kMillisecondsPerSecond, fmt::format(",provider=\"{}\"", provider)));
  return queries;
}

std::map<std::string, std::string> io(std::string_view direction) {
  std::map<std::string, std::string> queries;
  for (const std::string_view what : {"bytes", "requests", "errors"})
    queries.emplace(fmt::format("{}_total", what),
                    growth(fmt::format("ceems_ebpf_{}_{}_total", direction, what)));
  return queries;
}

// The first series that a query reads: the record or counter that it is about.
std::string series_of(std::string_view query) {
  for (const std::string_view function : {"last_over_time(", "increase("}) {
    const std::size_t at = query.find(function);
    if (at == std::string_view::npos) continue;
    query.remove_prefix(at + function.size());
    return std::string(query.substr(0, query.find('{')));
  }
  return {};
}

}  // namespace

QueryTemplates default_updater_queries(std::span<const std::string_view> providers) {
  return {
      {"avg_cpu_usage",
       {{"global", weighted_mean("uuid:ceems_cpu_usage:ratio_irate", "ceems_compute_unit_cpus")}}},
      {"avg_cpu_mem_usage",
       {{"global",
         weighted_mean("uuid:ceems_cpu_memory_usage:ratio", "ceems_compute_unit_memory_total_bytes")}}},
      {"total_cpu_energy_usage_kwh",
       {{"total", integral("uuid:ceems_host_power_watts:pue", kMillisecondWattsPerKilowattHour)}}},
      {"total_cpu_emissions_gms", emissions("uuid:ceems_host_emissions_g_s:pue", providers)},
      {"avg_gpu_usage", {{"global", mean("uuid:ceems_gpu_usage:ratio")}}},
      {"avg_gpu_mem_usage", {{"global", mean("uuid:ceems_gpu_memory_usage:ratio")}}},
      {"total_gpu_energy_usage_kwh",
       {{"total", integral("uuid:ceems_gpu_power_watts:pue", kMillisecondWattsPerKilowattHour)}}},
      {"total_gpu_emissions_gms", emissions("uuid:ceems_gpu_emissions_g_s:pue", providers)},
      {"total_io_write_stats", io("write")},
      {"total_io_read_stats", io("read")},
      {"total_ingress_stats", {{"bytes_total", growth("ceems_ebpf_ingress_bytes_total")}}},
      {"total_egress_stats", {{"bytes_total", growth("ceems_ebpf_egress_bytes_total")}}},
  };
}

QueryTemplates default_updater_queries() {
  return default_updater_queries(kProviders);
}

QueryTemplates only_existing(QueryTemplates templates, const std::set<std::string>& series) {
  for (auto& [metric, queries] : templates)
    std::erase_if(queries, [&](const auto& query) { return !series.contains(series_of(query.second)); });
  return templates;
}

std::set<std::string> updater_series() {
  std::set<std::string> series;
  for (const auto& [metric, queries] : default_updater_queries())
    for (const auto& [name, query] : queries)
      series.insert(series_of(query));
  return series;
}

std::string updater_queries_yaml(const QueryTemplates& templates) {
  std::string out = "queries:\n";
  for (const auto& [metric, queries] : templates) {
    out += fmt::format("  {}:{}\n", metric, queries.empty() ? " {}" : "");
    for (const auto& [name, query] : queries)
      out += fmt::format("    {}: '{}'\n", name, base::replace_all(query, "'", "''"));
  }
  return out;
}

}  // namespace ceems::rules

#include "rules/gpu.h"

#include "base/text.h"
#include "rules/template.h"

#include <fmt/format.h>

namespace ceems::rules {

namespace {

std::string nvidia_names(std::string_view metric) {
  return fmt::format(
      "label_replace(\n"
      "  label_replace({}, \"gpuuuid\", \"$1\", \"UUID\", \"(.+)\"),\n"
      "  \"gpuiid\", \"$1\", \"GPU_I_ID\", \"(.+)\"\n"
      ")",
      metric);
}

std::string amd_names(std::string_view metric) {
  return fmt::format(
      "label_replace(\n"
      "  label_replace({}, \"gpuuuid\", \"$1\", \"serial_number\", \"(.+)\"),\n"
      "  \"gpuiid\", \"$1\", \"gpu_partition_id\", \"(.+)\"\n"
      ")",
      metric);
}

std::string ours_or_others(std::string_view metric, std::string_view by) {
  const std::string ours =
      nvidia_names(fmt::format("({} and on (job, instance) ceems_gpu_nvml_info)", metric));
  return fmt::format("max by ({0}) (\n{1}\n)\nor\nmax by ({0}) (\n{2}\n)", by, indented(ours, "  "),
                     indented(nvidia_names(metric), "  "));
}

// With another matcher in it.
std::string with(std::string_view metric, std::string_view matcher) {
  if (metric.ends_with('}')) return fmt::format("{},{}}}", metric.substr(0, metric.size() - 1), matcher);
  return fmt::format("{}{{{}}}", metric, matcher);
}

// With whatever prefix the exporter was given.
constexpr std::string_view kAmdPower = R"({__name__=~"(.+_)?gpu_package_power|gpu_power_usage"})";
// The host of "node7:9400", "[::1]:9400" or "node7".
constexpr std::string_view kHost = R"("instancehost", "$1", "instance", "(.+?)(:[0-9]+)?")";

}  // namespace

std::string nvidia_parts(std::string_view metric) {
  return ours_or_others(metric, "gpuuuid, gpuiid");
}

std::string nvidia_gpus(std::string_view metric) {
  return ours_or_others(metric, "gpuuuid");
}

std::string amd_parts(std::string_view metric) {
  const std::string first = with(metric, R"(gpu_partition_id=~"0?",gpuiid=~"0?")");
  return fmt::format("max by (gpuuuid, gpuiid) (\n{}\n)\nor\nmax by (gpuuuid) (\n{}\n)",
                     indented(amd_names(metric), "  "), indented(amd_names(first), "  "));
}

std::string amd_gpus(std::string_view metric) {
  return fmt::format("max by (gpuuuid) (\n{}\n)", indented(amd_names(metric), "  "));
}

std::string amd_smi_parts(std::string_view metric, std::string_view label, const RuleOptions& options) {
  const std::string numbered =
      fmt::format("label_replace({}, \"index\", \"$1\", \"{}\", \"(.+)\")", metric, label);
  const std::string holders = fill("ceems_compute_unit_gpu_index_flag{<J>} * 0 + 1", options);
  return fmt::format(
      "max by (gpuuuid, gpuiid) (\n"
      "  label_replace({}, {})\n"
      "  * on (instancehost, index) group_left ()\n"
      "  max by (instancehost, index) (label_replace({}, {}))\n"
      ")",
      holders, kHost, numbered, kHost);
}

std::string gpu_watts_of_hosts(const RuleOptions& options) {
  const auto by_uuid = [](const std::string& named) {
    return fmt::format("max by (instancehost, gpuuuid) (label_replace({}, {}))", named, kHost);
  };
  const std::string counted =
      by_uuid(nvidia_names(fill("(rate(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION[<R>]) / 1e3)", options)));
  const std::string by_index =
      fmt::format("max by (instancehost, gpu_power) (label_replace(amd_gpu_power, {})) / 1e6", kHost);
  return fmt::format(
      "sum by (instancehost) (\n{}\n  or\n{}\n  or\n{}\n  or\n{}\n)\nor\nsum by (instancehost) (\n  {}\n)",
      indented(counted, "  "), indented(by_uuid(nvidia_names("DCGM_FI_DEV_POWER_USAGE_INSTANT")), "  "),
      indented(by_uuid(nvidia_names("DCGM_FI_DEV_POWER_USAGE")), "  "),
      indented(by_uuid(amd_names(kAmdPower)), "  "), by_index);
}

RuleOptions of_gpu_job(RuleOptions options) {
  if (!options.gpu_job.empty()) options.job = options.gpu_job;
  return options;
}

}  // namespace ceems::rules

#include "api/demo.h"

#include "api/json.h"
#include "api/reply.h"
#include "store/time_zone.h"

#include <array>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace ceems::api {

namespace {

using store::Metric;

constexpr int kUnits = 100;
constexpr int kRunningUnits = 20;
constexpr int kUsers = 7;
constexpr int kMostProjects = 3;
constexpr int kProjects = 5;
constexpr std::array<std::string_view, 3> kManagers{"slurm", "openstack", "k8s"};
constexpr std::array<std::string_view, 3> kEndStates{"COMPLETED", "FAILED", "CANCELLED"};
constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kDaySeconds = 86'400;

class Dice {
 public:
  std::int64_t whole(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(engine_);
  }
  double real(double from, double to) { return std::uniform_real_distribution<double>(from, to)(engine_); }
  template <std::size_t N>
  std::string pick(const std::array<std::string_view, N>& of) {
    return std::string(of[static_cast<std::size_t>(whole(0, N - 1))]);
  }

 private:
  std::mt19937_64 engine_{std::random_device{}()};
};

store::Metrics metrics(Dice& dice, std::int64_t seconds) {
  const auto cpus = static_cast<double>(dice.whole(1, 64));
  const auto gpus = static_cast<double>(dice.whole(0, 4));
  const auto wall = static_cast<double>(seconds);
  const double cpu_kwh = cpus * wall * dice.real(2, 8) / 3.6e6;
  const double gpu_kwh = gpus * wall * dice.real(100, 400) / 3.6e6;
  const double factor = dice.real(20, 400);  // grams for each kWh
  store::Metrics made;
  made[Metric::kTotalTimeSeconds] = {{"walltime", wall},
                                     {"alloc_cputime", cpus * wall},
                                     {"alloc_gputime", gpus * wall},
                                     {"alloc_cpumemtime", dice.real(1'000, 4'000) * cpus * wall},
                                     {"alloc_gpumemtime", gpus > 0 ? wall : 0}};
  made[Metric::kAvgCpuUsage] = {{"usage", dice.real(0, 100)}};
  made[Metric::kAvgCpuMemUsage] = {{"usage", dice.real(0, 100)}};
  made[Metric::kTotalCpuEnergyUsageKwh] = {{"usage", cpu_kwh}};
  made[Metric::kTotalCpuEmissionsGms] = {{"rte", cpu_kwh * factor}};
  if (gpus > 0) {
    made[Metric::kAvgGpuUsage] = {{"usage", dice.real(0, 100)}};
    made[Metric::kAvgGpuMemUsage] = {{"usage", dice.real(0, 100)}};
    made[Metric::kTotalGpuEnergyUsageKwh] = {{"usage", gpu_kwh}};
    made[Metric::kTotalGpuEmissionsGms] = {{"rte", gpu_kwh * factor}};
  }
  for (const Metric metric : {Metric::kTotalIoWriteStats, Metric::kTotalIoReadStats}) {
    made[metric] = {{"bytes", static_cast<double>(dice.whole(0, 1'000'000'000))},
                    {"requests", static_cast<double>(dice.whole(0, 1'000'000))}};
  }
  for (const Metric metric : {Metric::kTotalIngressStats, Metric::kTotalEgressStats}) {
    made[metric] = {{"bytes", static_cast<double>(dice.whole(0, 1'000'000'000))},
                    {"packets", static_cast<double>(dice.whole(0, 1'000'000))}};
  }
  return made;
}

std::string cluster_of(const std::string& manager, Dice& dice) {
  return fmt::format("{}-{}", manager, dice.whole(0, 2));
}

store::Unit unit(Dice& dice, std::int64_t now_seconds, int number) {
  const store::TimeZone utc;
  const bool runs = number < kRunningUnits;
  store::Unit made;
  made.resource_manager = dice.pick(kManagers);
  made.cluster_id = cluster_of(made.resource_manager, dice);
  made.uuid = fmt::format("{}", 1'000'000 + number);
  made.name = fmt::format("demo-{}", number);
  made.project = fmt::format("project{}", dice.whole(1, kProjects));
  made.groupname = "group";
  made.username = "user1";
  const std::int64_t elapsed = dice.whole(60, kDaySeconds);
  const std::int64_t end = now_seconds - (runs ? 0 : dice.whole(1, kDaySeconds));
  made.started_at_ts = (end - elapsed) * kSecondMs;
  made.created_at_ts = made.started_at_ts - dice.whole(1, 600) * kSecondMs;
  made.created_at = utc.zoned(made.created_at_ts);
  made.started_at = utc.zoned(made.started_at_ts);
  made.ended_at = "Unknown";
  made.state = "RUNNING";
  if (!runs) {
    made.ended_at_ts = end * kSecondMs;
    made.ended_at = utc.zoned(made.ended_at_ts);
    made.state = dice.pick(kEndStates);
  }
  made.elapsed = fmt::format("{:02}:{:02}:{:02}", elapsed / 3'600, elapsed / 60 % 60, elapsed % 60);
  made.metrics = metrics(dice, elapsed);
  return made;
}

}  // namespace

http::Response demo_units(const Backend& backend, const Call& /*call*/) {
  Dice dice;
  std::vector<store::Unit> rows;
  for (int number = 0; number < kUnits; ++number)
    rows.push_back(unit(dice, backend.now().time_since_epoch().count(), number));
  return list_reply(rows);
}

http::Response demo_usage(const Backend& /*backend*/, const Call& /*call*/) {
  Dice dice;
  std::vector<store::Usage> rows;
  for (int user = 1; user <= kUsers; ++user) {
    std::set<std::int64_t> projects;
    while (projects.size() < static_cast<std::size_t>(dice.whole(1, kMostProjects)))
      projects.insert(dice.whole(1, kProjects));
    for (const std::int64_t project : projects) {
      store::Usage& row = rows.emplace_back();
      row.resource_manager = dice.pick(kManagers);
      row.cluster_id = cluster_of(row.resource_manager, dice);
      row.num_units = dice.whole(1, 1'000);
      row.project = fmt::format("project{}", project);
      row.groupname = "group";
      row.username = fmt::format("user{}", user);
      row.metrics = metrics(dice, row.num_units * dice.whole(60, kDaySeconds));
    }
  }
  return list_reply(rows);
}

}  // namespace ceems::api

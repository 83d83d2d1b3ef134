#include "manager/settings.h"

#include "base/text.h"
#include "config/duration.h"
#include "manager/registry.h"
#include "tsdb/promql_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

base::Result<GenericSettings> read_generic(const config::Node& extra) {
  GenericSettings settings;
  CEEMS_TRY_VOID(extra.check_map());
  const config::Node matchers = extra["matchers"];
  CEEMS_TRY_VOID(matchers.check_sequence());
  for (const config::Node& node : matchers.elements()) {
    CEEMS_TRY(std::string matcher, node.string());
    if (!tsdb::is_matcher(matcher)) return node.error("is not a label matcher; one looks like cluster=\"a\"");
    settings.matchers.push_back(std::move(matcher));
  }
  return settings;
}

base::Status read_timeout(const config::Node& timeout, std::chrono::milliseconds& target) {
  if (!timeout.present()) return {};
  CEEMS_TRY(const std::string text, timeout.string());
  const auto duration = config::parse_duration(text);
  if (!duration || duration->count() <= 0) return timeout.error("is not a duration; one looks like 5m");
  target = *duration;
  return {};
}

base::Result<SlurmCliSettings> read_cli(const config::Node& cli) {
  SlurmCliSettings settings;
  CEEMS_TRY_VOID(cli.check_map());
  CEEMS_TRY(settings.path, cli["path"].string());
  const config::Node environment = cli["environment_variables"];
  CEEMS_TRY_VOID(environment.check_map());
  for (const auto& [name, value] : environment.pairs()) {
    CEEMS_TRY(std::string text, value.string());
    settings.environment.emplace(name, std::move(text));
  }
  CEEMS_TRY_VOID(read_timeout(cli["timeout"], settings.timeout));
  return settings;
}

base::Result<SlurmSettings> read_slurm(const config::Node& extra) {
  SlurmSettings settings;
  CEEMS_TRY_VOID(extra.check_map());
  const config::Node cluster = extra["cluster"];
  CEEMS_TRY(settings.cluster, cluster.string());
  if (!is_id(settings.cluster)) return cluster.error("is not the name of a SLURM cluster");
  settings.cluster_position = cluster.error("").error().subject;
  CEEMS_TRY(const bool exact, extra["exact_memory"].boolean(false));
  const config::Node version = extra["api_version"];
  CEEMS_TRY(const std::string version_text, version.string());
  if (version.present()) {
    constexpr std::string_view kBefore = "v0.0.";
    constexpr std::uint64_t kMost = 9999;
    const std::string_view text = version_text;
    const auto number =
        text.starts_with(kBefore) ? base::parse_u64(text.substr(kBefore.size())) : std::nullopt;
    if (!number || *number == 0 || *number > kMost)
      return version.error("is no version of slurmrestd's interface; one looks like v0.0.40");
    settings.rest_version = static_cast<int>(*number);
  }
  settings.memory = exact ? MemoryReading::kExact : MemoryReading::kWhole;
  return settings;
}

// What is the manager's own.
base::Status read_own(const config::Node& node, ClusterSettings& cluster) {
  const config::Node extra = node["extra_config"];
  if (cluster.manager == "slurm") {
    CEEMS_TRY(cluster.slurm, read_slurm(extra));
  } else if (cluster.manager == "openstack") {
    auto openstack = read_openstack(extra);
    if (!openstack && openstack.error().subject.empty()) return node.error(openstack.error().message);
    if (!openstack) return std::unexpected(std::move(openstack).error());
    cluster.openstack = *std::move(openstack);
  } else if (cluster.manager == "k8s") {
    CEEMS_TRY(cluster.kubernetes, read_kubernetes(extra));
  } else if (cluster.manager == "generic") {
    CEEMS_TRY(cluster.generic, read_generic(extra));
  }
  return {};
}

base::Result<ClusterSettings> read_cluster(const config::Node& node, const std::string& directory,
                                           std::set<std::string>& ids) {
  ClusterSettings cluster;
  CEEMS_TRY_VOID(node.check_map());
  CEEMS_TRY(cluster.id, node["id"].string());
  CEEMS_TRY(cluster.manager, node["manager"].string());
  if (!ids.insert(cluster.id).second) return node["id"].error(fmt::format("'{}' is used twice", cluster.id));
  if (!node["manager"].present()) return node.error("manager is missing");
  if (!is_known(cluster.manager))
    return node["manager"].error(
        fmt::format("unknown manager '{}'; there is: {}", cluster.manager, known_kinds()));
  if (!is_id(cluster.id))
    return node["id"].error(fmt::format("'{}' may have only letters, digits, '-' and '_'", cluster.id));
  CEEMS_TRY(cluster.updaters, node["updaters"].strings());
  CEEMS_TRY(cluster.web, config::read_http_client(node["web"], directory));
  CEEMS_TRY_VOID(read_timeout(node["web"]["timeout"], cluster.web_timeout));
  CEEMS_TRY(cluster.cli, read_cli(node["cli"]));
  CEEMS_TRY_VOID(read_own(node, cluster));
  cluster.position = node.message("");
  return cluster;
}

}  // namespace

bool is_id(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

base::Result<std::vector<ClusterSettings>> read_clusters(const config::Node& clusters,
                                                         const std::string& directory) {
  CEEMS_TRY_VOID(clusters.check_sequence());
  std::vector<ClusterSettings> all;
  std::set<std::string> ids;
  for (const config::Node& node : clusters.elements()) {
    CEEMS_TRY(ClusterSettings cluster, read_cluster(node, directory, ids));
    all.push_back(std::move(cluster));
  }
  return all;
}

}  // namespace ceems::manager

// The `clusters` section of the configuration.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "config/yaml.h"
#include "manager/kubernetes_settings.h"
#include "manager/openstack_settings.h"
#include "manager/slurm_tres.h"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

// extra_config of a cluster whose manager is "generic".
struct GenericSettings {
  std::vector<std::string> matchers{};  // PromQL label matchers that its series carry: cluster="a"
};

// How SLURM's programs are run.
struct SlurmCliSettings {
  std::string path{};  // the directory of sacct and sacctmgr; empty: the one where PATH has sacct
  std::map<std::string, std::string> environment{};
  std::chrono::milliseconds timeout{std::chrono::minutes(5)};  // of one command
};

// extra_config of a cluster whose manager is "slurm".
struct SlurmSettings {
  std::string cluster{};                         // SLURM's own name of it; empty: the default cluster
  std::string cluster_position{};                // "file:line: clusters[0].extra_config.cluster"
  MemoryReading memory = MemoryReading::kWhole;  // exact_memory
  int rest_version = 0;                          // 38 for v0.0.38 of slurmrestd; 0: the latest that it has
};

struct ClusterSettings {
  std::string id{};
  std::string manager{};
  std::vector<std::string> updaters{};  // ids, in the order in which they run
  config::HttpClientConfig web{};
  std::chrono::milliseconds web_timeout{std::chrono::minutes(1)};  // of one exchange
  SlurmCliSettings cli{};
  GenericSettings generic{};
  SlurmSettings slurm{};
  OpenstackSettings openstack{};
  KubernetesSettings kubernetes{};
  std::string position{};  // "file:line: clusters[0]", for errors about it
};

// Whether an id has only letters, digits, '-' and '_'.
bool is_id(std::string_view text);

// Checks ids and managers; relative files of `web` resolve against `directory`. An absent section is empty.
base::Result<std::vector<ClusterSettings>> read_clusters(const config::Node& clusters,
                                                         const std::string& directory);

}  // namespace ceems::manager

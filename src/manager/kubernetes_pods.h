// Pods and role bindings as the API server of Kubernetes tells them. Pure functions over bytes that may be
// anything; errors are kInvalid, and kGone where the server says that a place in its history is gone. Source:
// kubernetes.io/docs/reference/using-api/api-concepts and the Pod v1 API.
#pragma once

#include "base/result.h"
#include "manager/kubernetes_settings.h"
#include "manager/run.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::manager {

// Times are UTC milliseconds, 0 for none.
struct KubePod {
  std::string uid{};
  std::string name{};
  std::string name_space{};
  std::map<std::string, std::string> annotations{};
  std::map<std::string, std::string> labels{};
  std::string phase{};
  std::string ready{};  // "Ready", or why it is not; "" if it is not told
  std::string qos{};
  std::int64_t created_ms = 0;
  std::int64_t started_ms = 0;
  std::int64_t deleted_ms = 0;   // when its deletion is due
  std::int64_t finished_ms = 0;  // when the last of its containers ended, once all have
  double cpus = 0;
  double memory_bytes = 0;
  std::map<std::string, double> devices{};  // limits of other resources, summed over its containers

  bool is_over() const { return phase == "Succeeded" || phase == "Failed"; }
};

template <class T>
struct KubePage {
  std::vector<T> items{};
  std::string resource_version{};
  std::string next{};  // "" for the last page
};

struct PodEvent {
  enum class Kind : std::uint8_t { kThere, kDeleted, kBookmark } kind = Kind::kBookmark;
  KubePod pod{};
  std::string resource_version{};
};

// (namespace, user)
using NamespaceUser = std::pair<std::string, std::string>;

base::Result<KubePage<KubePod>> parse_pods(std::string_view body);
// Lines of a watch, whole.
base::Result<std::vector<PodEvent>> parse_pod_events(std::string_view body);
// Subjects of kind User, in the namespace of their binding.
base::Result<KubePage<NamespaceUser>> parse_role_bindings(std::string_view body);

// "100m" is 0.1, "1Gi" 1073741824; nullopt for what is no quantity, or below 0.
std::optional<double> parse_quantity(std::string_view text);

// Who runs it, in which project: annotations in the order of the settings, else the namespace and its
// "<project>:svc". Names of service accounts do not count as users.
NamespaceUser owner_of(const KubePod& pod, const KubernetesSettings& settings);

// From its start to `ended_ms`, 0 for one that runs. allocation: vcpus, mem (bytes) and each device's count.
// tags: qos, and annotations and labels where there are some.
Run run_of(const KubePod& pod, std::int64_t ended_ms, const KubernetesSettings& settings);

}  // namespace ceems::manager

#include "manager/kubernetes.h"

#include "kube/exec_client.h"
#include "manager/forgotten.h"
#include "manager/kubernetes_access.h"
#include "manager/kubernetes_members.h"
#include "manager/kubernetes_watch.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace ceems::manager {

namespace {

constexpr std::string_view kKind = "k8s";
// Clocks of a cluster and of this machine may differ by an hour.
constexpr Milliseconds kLookBack = std::chrono::hours(2);
// The server is sure about what it does not have.
constexpr Milliseconds kPatience = std::chrono::hours(1);

class KubernetesManager final : public Manager {
 public:
  KubernetesManager(const ClusterSettings& settings, Rest rest)
      : settings_(settings.kubernetes),
        watch_(std::move(rest), {.patience = settings.web_timeout}),
        members_(settings.kubernetes.ns_users_list_file),
        forgotten_(kKind, settings.id, kPatience) {}

  Milliseconds look_back() const override { return kLookBack; }
  base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                              const std::vector<KnownUnit>& known) override;
  base::Result<Membership> fetch_membership(TimePoint now) override;
  void cancel() override { watch_.cancel(); }

 private:
  KubernetesSettings settings_;
  PodWatch watch_;
  KubernetesMembers members_;
  Forgotten forgotten_;
};

base::Result<std::vector<Unit>> KubernetesManager::fetch_units(const Window& window,
                                                               const std::vector<KnownUnit>& known) {
  CEEMS_TRY(const std::vector<WatchedPod> pods, watch_.pods(window.end, window.start - kLookBack));
  std::vector<Run> runs;
  std::vector<std::pair<std::string, std::int64_t>> told;
  runs.reserve(pods.size());
  for (const WatchedPod& watched : pods) {
    Run& run = runs.emplace_back(run_of(watched.pod, watched.ended_ms, settings_));
    told.emplace_back(run.id, run.start_ms);
    members_.saw({run.project, run.user});
  }
  std::vector<Unit> units = units_of_runs(kKind, runs, window, known);
  std::ranges::move(forgotten_.ended(window, known, told), std::back_inserter(units));
  return units;
}

base::Result<Membership> KubernetesManager::fetch_membership(TimePoint /*now*/) {
  const auto bindings = watch_.role_bindings();
  if (!bindings && bindings.error().code == base::ErrorCode::kCancelled)
    return std::unexpected(bindings.error());
  return members_.membership(bindings);
}

}  // namespace

base::Result<std::unique_ptr<Manager>> make_kubernetes_manager(const ClusterSettings& settings,
                                                               const MakeTransport& make_transport) {
  const auto named = [&](base::Error error) {
    return base::wrap(std::move(error), "manager k8s of cluster " + settings.id);
  };
  auto access = kubernetes_access(settings.kubernetes);
  if (!access) return named(std::move(access).error());
  MakeTransport make = make_transport;
  if (access->exec)
    make = [program = *std::move(access->exec), make_transport](http::ClientOptions options) {
      return kube::make_exec_client({.http = std::move(options), .program = program, .make = make_transport});
    };
  auto rest = Rest::create(
      {.web = std::move(access->web), .timeout = settings.web_timeout, .make_transport = std::move(make)});
  if (!rest) return named(std::move(rest).error());
  return std::make_unique<KubernetesManager>(settings, *std::move(rest));
}

}  // namespace ceems::manager

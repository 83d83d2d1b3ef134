#include "manager/openstack.h"

#include "base/log.h"
#include "http/message.h"
#include "manager/forgotten.h"
#include "manager/instant.h"
#include "manager/openstack_people.h"
#include "manager/openstack_session.h"
#include "manager/openstack_units.h"
#include "manager/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ceems::manager {

namespace {

constexpr std::string_view kKind = "openstack";
// Clocks of a cloud and of this machine may differ by an hour.
constexpr Milliseconds kLookBack = std::chrono::hours(2);
constexpr Milliseconds kPatience = std::chrono::hours(24);
constexpr std::size_t kQuestionsAtATime = 8;
constexpr std::size_t kMissingPerWindow = 500;

using History = std::optional<std::vector<NovaAction>>;

std::int64_t ms_of(TimePoint time) {
  return time.time_since_epoch().count();
}

class OpenstackManager final : public Manager {
 public:
  OpenstackManager(const ClusterSettings& settings, std::unique_ptr<OpenstackSession> session)
      : cluster_(settings.id),
        session_(std::move(session)),
        people_(*session_),
        forgotten_(kKind, settings.id, kPatience) {}

  Milliseconds look_back() const override { return kLookBack; }
  base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                              const std::vector<KnownUnit>& known) override;
  base::Result<Membership> fetch_membership(TimePoint now) override;
  void cancel() override { session_->cancel(); }

 private:
  base::Result<std::vector<NovaServer>> servers(std::int64_t since_ms, const std::vector<KnownUnit>& known);
  base::Status add_missing(std::map<std::string, NovaServer>& servers, const std::vector<KnownUnit>& known);
  base::Status fill_flavors(std::vector<NovaServer>& servers);
  base::Result<std::vector<History>> histories(const std::vector<NovaServer>& servers, std::int64_t since_ms);
  base::Result<History> history(const NovaServer& server);

  std::string cluster_;
  std::unique_ptr<OpenstackSession> session_;
  OpenstackPeople people_;
  Forgotten forgotten_;
  std::atomic<bool> said_no_history_ = false;
};

base::Result<std::vector<NovaServer>> OpenstackManager::servers(std::int64_t since_ms,
                                                                const std::vector<KnownUnit>& known) {
  // Those that live first: what is deleted between the two questions is in the second answer.
  CEEMS_TRY(std::vector<NovaServer> live, session_->servers("all_tenants=true"));
  CEEMS_TRY(std::vector<NovaServer> deleted,
            session_->servers("all_tenants=true&deleted=true&changes-since=" +
                              http::percent_encode(instant_text(since_ms))));
  std::map<std::string, NovaServer> by_id;
  for (NovaServer& server : deleted)
    by_id.emplace(server.id, server);
  for (NovaServer& server : live)
    by_id.emplace(server.id, server);
  CEEMS_TRY_VOID(add_missing(by_id, known));
  std::vector<NovaServer> all;
  all.reserve(by_id.size());
  for (auto& [id, server] : by_id)
    all.push_back(std::move(server));
  return all;
}

base::Status OpenstackManager::add_missing(std::map<std::string, NovaServer>& servers,
                                           const std::vector<KnownUnit>& known) {
  std::vector<std::string> missing;
  for (const KnownUnit& unit : known)
    if (unit.resource_manager == kKind && unit.ended_at_ms == 0 && !servers.contains(unit.uuid) &&
        missing.size() < kMissingPerWindow)
      missing.push_back(unit.uuid);
  std::vector<std::vector<NovaServer>> found(missing.size());
  CEEMS_TRY_VOID(ask_all(missing.size(), kQuestionsAtATime, [&](std::size_t i) -> base::Status {
    CEEMS_TRY(found[i],
              session_->servers("all_tenants=true&deleted=true&uuid=" + http::percent_encode(missing[i])));
    return {};
  }));
  for (std::size_t i = 0; i < missing.size(); ++i)
    for (NovaServer& server : found[i])
      if (server.id == missing[i]) servers.emplace(missing[i], server);
  return {};
}

// Before microversion 2.47 servers name their flavor and no more.
base::Status OpenstackManager::fill_flavors(std::vector<NovaServer>& servers) {
  const auto lacks = [](const NovaServer& server) {
    return server.flavor.vcpus == 0 && !server.flavor.id.empty();
  };
  if (std::ranges::none_of(servers, lacks)) return {};
  CEEMS_TRY(const std::vector<NovaFlavor> flavors, session_->flavors());
  std::map<std::string, const NovaFlavor*> by_id;
  for (const NovaFlavor& flavor : flavors)
    by_id.emplace(flavor.id, &flavor);
  for (NovaServer& server : servers) {
    if (!lacks(server)) continue;
    if (const auto found = by_id.find(server.flavor.id); found != by_id.end()) server.flavor = *found->second;
  }
  return {};
}

base::Result<History> OpenstackManager::history(const NovaServer& server) {
  auto actions = session_->actions(server.id);
  if (actions) return *std::move(actions);
  const base::ErrorCode code = actions.error().code;
  if (code == base::ErrorCode::kPermission && !said_no_history_.exchange(true))
    base::Logger().warn("histories of servers may not be read: times when they stood still are guessed",
                        {{"cluster", cluster_}, {"error", actions.error()}});
  if (code == base::ErrorCode::kPermission || code == base::ErrorCode::kNotFound) return std::nullopt;
  return std::unexpected(actions.error());
}

base::Result<std::vector<History>> OpenstackManager::histories(const std::vector<NovaServer>& servers,
                                                               std::int64_t since_ms) {
  std::vector<History> all(servers.size());
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < servers.size(); ++i)
    // What did not change since then is now as it was in all of the window.
    if (servers[i].launched_ms > 0 && std::max(servers[i].updated_ms, deleted_ms(servers[i])) >= since_ms)
      changed.push_back(i);
  CEEMS_TRY_VOID(ask_all(changed.size(), kQuestionsAtATime, [&](std::size_t i) -> base::Status {
    CEEMS_TRY(all[changed[i]], history(servers[changed[i]]));
    return {};
  }));
  return all;
}

base::Result<std::vector<Unit>> OpenstackManager::fetch_units(const Window& window,
                                                              const std::vector<KnownUnit>& known) {
  const std::int64_t since_ms = ms_of(std::min(window.start, window.horizon));
  CEEMS_TRY(std::vector<NovaServer> servers, this->servers(since_ms, known));
  CEEMS_TRY_VOID(fill_flavors(servers));
  CEEMS_TRY(const std::vector<History> histories, this->histories(servers, since_ms));
  std::vector<std::string> user_ids;
  std::vector<std::string> project_ids;
  for (const NovaServer& server : servers) {
    user_ids.push_back(server.user_id);
    project_ids.push_back(server.project_id);
  }
  CEEMS_TRY_VOID(people_.refresh(user_ids, project_ids));

  std::multimap<std::string_view, const KnownUnit*> running;
  for (const KnownUnit& unit : known)
    if (unit.resource_manager == kKind && unit.ended_at_ms == 0) running.emplace(unit.uuid, &unit);
  std::vector<Run> runs;
  std::vector<std::pair<std::string, std::int64_t>> told;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const NovaServer& server = servers[i];
    Run run = run_of(server, people_.user(server.user_id), people_.project(server.project_id),
                     pauses_of(server, histories[i]));
    const auto [first, last] = running.equal_range(server.id);
    for (auto at = first; at != last; ++at) {
      const KnownUnit& before = *at->second;
      if (before.started_at_ms == run.start_ms) continue;
      if (before.started_at_ms > run.start_ms) {
        // A launch does not move back in time: it is the same one.
        run.start_ms = before.started_at_ms;
        continue;
      }
      runs.push_back(relaunched_run(before, run.start_ms, run.pauses));
      told.emplace_back(server.id, before.started_at_ms);
    }
    told.emplace_back(server.id, run.start_ms);
    runs.push_back(std::move(run));
  }
  std::vector<Unit> units = units_of_runs(kKind, runs, window, known);
  std::ranges::move(forgotten_.ended(window, known, told), std::back_inserter(units));
  return units;
}

base::Result<Membership> OpenstackManager::fetch_membership(TimePoint /*now*/) {
  CEEMS_TRY_VOID(people_.refresh({}, {}));
  return people_.membership();
}

}  // namespace

base::Result<std::unique_ptr<Manager>> make_openstack_manager(const ClusterSettings& settings,
                                                              const MakeTransport& make_transport) {
  auto session = OpenstackSession::create(settings, make_transport);
  if (!session) return base::wrap(std::move(session).error(), "manager openstack of cluster " + settings.id);
  return std::make_unique<OpenstackManager>(settings, *std::move(session));
}

}  // namespace ceems::manager

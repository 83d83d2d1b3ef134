#include "ownership.h"

#include "base/file.h"
#include "base/log.h"
#include "lb/remote_claims.h"
#include "store/writer.h"

#include <string>
#include <utility>
#include <vector>

namespace ceems::load_balancer {

namespace {

bool goes_by_database(const lb::Settings& settings) {
  if (!settings.data_path) return false;
  return !settings.api_server || base::exists(store::database_path(*settings.data_path));
}

base::Status add_source(const lb::Settings& settings, Ownership& ownership) {
  if (goes_by_database(settings)) {
    const std::string path = store::database_path(*settings.data_path);
    CEEMS_TRY(ownership.reader, store::Reader::create({.path = path}));
    ownership.source = access::make_database_claims(*ownership.reader, settings.access.max_staleness.count());
    base::Logger().info("who owns what is known from the database", {{"path", path}});
    return {};
  }
  CEEMS_TRY(ownership.api_server, lb::ApiServer::create(*settings.api_server));
  CEEMS_TRY(ownership.api_server_for_watch, lb::ApiServer::create(*settings.api_server));
  ownership.source =
      lb::make_remote_claims(*ownership.api_server, {.max_staleness = settings.access.max_staleness});
  base::Logger().info("who owns what is known from the API server",
                      {{"url", ownership.api_server->shown("units/owned")}});
  return {};
}

base::Result<std::vector<std::string>> clusters_of(store::Reader& reader) {
  CEEMS_TRY(const auto clusters, reader.clusters());
  std::vector<std::string> ids;
  for (const store::Cluster& cluster : clusters)
    ids.push_back(cluster.id);
  return ids;
}

}  // namespace

base::Result<std::shared_ptr<Ownership>> make_ownership(const lb::Settings& settings) {
  if (!settings.has_access_control()) {
    base::Logger().warn("no API server is configured: everybody may see everything");
    return std::shared_ptr<Ownership>();
  }
  auto ownership = std::make_shared<Ownership>();
  CEEMS_TRY_VOID(add_source(settings, *ownership));
  access::MemoryOptions memory;
  memory.max_age = settings.access.remember;
  ownership->remembered = std::make_unique<access::RememberedClaims>(*ownership->source, std::move(memory));
  return ownership;
}

std::unique_ptr<lb::ClusterWatch> watch_clusters(const Ownership& ownership, const lb::Settings& settings) {
  std::vector<std::string> ids;
  for (const lb::ClusterSettings& cluster : settings.clusters)
    ids.push_back(cluster.id);
  if (ownership.reader) {
    return lb::watch_clusters(
        std::move(ids), {.known = [&ownership] { return clusters_of(*ownership.reader); }, .cancel = [] {}});
  }
  return lb::watch_clusters(std::move(ids),
                            {.known = [&ownership] { return ownership.api_server_for_watch->clusters(); },
                             .cancel = [&ownership] { ownership.api_server_for_watch->cancel(); }});
}

}  // namespace ceems::load_balancer

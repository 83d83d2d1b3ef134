#include "ownership.h"

#include "base/log.h"
#include "store/writer.h"

#include <algorithm>
#include <utility>

namespace ceems::load_balancer {

base::Result<std::shared_ptr<Ownership>> make_ownership(const lb::Settings& settings) {
  if (!settings.has_access_control()) {
    base::Logger().warn("no API server is configured: everybody may see everything");
    return std::shared_ptr<Ownership>();
  }
  auto ownership = std::make_shared<Ownership>();
  CEEMS_TRY(ownership->reader, store::Reader::create({.path = store::database_path(*settings.data_path)}));
  ownership->source = access::make_database_claims(*ownership->reader, settings.access.max_staleness.count());
  access::MemoryOptions memory;
  memory.max_age = settings.access.remember;
  ownership->remembered = std::make_unique<access::RememberedClaims>(*ownership->source, std::move(memory));
  return ownership;
}

void check_clusters(const Ownership& ownership, const lb::Settings& settings) {
  const base::Logger log;
  const auto known = ownership.reader->clusters();
  if (!known) {
    log.warn("cannot compare the ids of the clusters with those of the database yet",
             {{"err", known.error()}});
    return;
  }
  for (const lb::ClusterSettings& cluster : settings.clusters) {
    if (std::ranges::find(*known, cluster.id, &store::Cluster::id) == known->end())
      log.warn("the database has no unit of this cluster", {{"cluster", cluster.id}});
  }
}

}  // namespace ceems::load_balancer

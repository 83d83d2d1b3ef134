// Who owns what, from where the configuration says that it is known.
#pragma once

#include "access/claims.h"
#include "access/remembered_claims.h"
#include "base/result.h"
#include "lb/api_server.h"
#include "lb/cluster_watch.h"
#include "lb/settings.h"
#include "store/reader.h"

#include <memory>

namespace ceems::load_balancer {

// Either a database or an API server. Members end in reverse order: what remembers before what it asks.
struct Ownership {
  std::unique_ptr<store::Reader> reader;
  std::unique_ptr<lb::ApiServer> api_server;
  std::unique_ptr<lb::ApiServer> api_server_for_watch;  // that alone is cancelled
  std::unique_ptr<access::Claims> source;
  std::unique_ptr<access::RememberedClaims> remembered;
};

// Null without access control. Where a database and an API server are configured, the database is preferred
// if it is there. Asks nothing yet: what cannot be reached is an error of each request.
base::Result<std::shared_ptr<Ownership>> make_ownership(const lb::Settings& settings);

// Warns of configured clusters that have no unit: there may be none yet, or the name may be wrong.
// `ownership` must outlive it.
std::unique_ptr<lb::ClusterWatch> watch_clusters(const Ownership& ownership, const lb::Settings& settings);

}  // namespace ceems::load_balancer

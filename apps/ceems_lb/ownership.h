// Who owns what, from where the configuration says that it is known.
#pragma once

#include "access/claims.h"
#include "access/remembered_claims.h"
#include "base/result.h"
#include "lb/settings.h"
#include "store/reader.h"

#include <memory>

namespace ceems::load_balancer {

// Members end in reverse order: what remembers before what it asks.
struct Ownership {
  std::unique_ptr<store::Reader> reader;
  std::unique_ptr<access::Claims> source;
  std::unique_ptr<access::RememberedClaims> remembered;
};

// Null without access control. Opens nothing yet: a database that is not there is an error of each request.
base::Result<std::shared_ptr<Ownership>> make_ownership(const lb::Settings& settings);

// Warns of configured clusters that have no unit: there may be none yet, or the name may be wrong.
void check_clusters(const Ownership& ownership, const lb::Settings& settings);

}  // namespace ceems::load_balancer

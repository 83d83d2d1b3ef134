// The manager "openstack": servers as Nova tells them, users and projects as Keystone does. A unit is one
// launch of a server: one that Nova launches again, as it does when it resizes, is another unit of its id
// from then on. It has used what it was given while it held it: from its launch to its deletion without the
// times in which it was stopped, suspended or shelved, as its history tells.
//
// Units that never launched are not told. While a service is away or answers wrongly, fetch_units() fails and
// the window is asked for again. A running unit that Nova has not known for a day ends as UNKNOWN.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/rest.h"
#include "manager/settings.h"

#include <memory>

namespace ceems::manager {

// Asks nobody yet. `make_transport` is for tests; empty for the network.
base::Result<std::unique_ptr<Manager>> make_openstack_manager(const ClusterSettings& settings,
                                                              const MakeTransport& make_transport);

}  // namespace ceems::manager

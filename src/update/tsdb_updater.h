// The updater "tsdb": asks a Prometheus-compatible server, for batches of units, what each query of the
// configuration gives over the window.
#pragma once

#include "base/result.h"
#include "tsdb/client.h"
#include "update/settings.h"
#include "update/updater.h"

#include <memory>
#include <string>

namespace ceems::update {

// kInvalid if a query cannot be understood; metrics that do not exist are logged and left out. `client` is
// shared with the managers of the same server and must outlive the updater.
base::Result<std::unique_ptr<Updater>> make_tsdb_updater(const UpdaterSettings& settings,
                                                         tsdb::Client& client);

}  // namespace ceems::update

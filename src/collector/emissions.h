// Collector `emissions`: emission factors of electricity by country, from the providers of the room `grid`. A
// provider that has no table yet is left out.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <memory>
#include <string>
#include <vector>

namespace ceems::collector {

struct EmissionsOptions {
  // --collector.emissions.provider: ids; empty: all that are available
  std::vector<std::string> providers = {};
  // --collector.emissions.owid-file: a newer table; empty: the one built in
  std::string owid_file = {};
};

// Values of --collector.emissions.provider: "global", "owid".
std::vector<std::string> emission_provider_names();

// kInvalid: an unknown provider, or a file that is no table of Our World in Data; or why it can't be read.
base::Result<std::unique_ptr<Collector>> make_emissions_collector(const NodeContext& node,
                                                                  const EmissionsOptions& options);

}  // namespace ceems::collector

// Collector `emissions`: emission factors of electricity by country, from the providers of the room `grid`.
// Services are asked in the background, from the first collection on; a collection takes what is known. A
// provider that has no table yet is left out; one that fails keeps its last factors, and their age tells.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"
#include "grid/provider.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ceems::collector {

struct EmissionsOptions {
  // --collector.emissions.provider: ids; empty: all that are available
  std::vector<std::string> providers = {};
  // --collector.emissions.owid-file: a newer table; empty: the one built in
  std::string owid_file = {};
  // --collector.emissions.max-age: older factors are not shown; 0: however old they are
  std::chrono::milliseconds max_age{0};
  // --collector.emissions.interval: of services; 0: as each of them is meant to be asked
  std::chrono::milliseconds interval{0};
  // --collector.emissions.{rte-url,emaps-url,emaps-zone,wt-url}
  std::string rte_url = {};
  std::string emaps_url = {};
  std::vector<std::string> emaps_zones = {};
  std::string wt_url = {};
  // Whether credentials and what was not given are taken from variables of the environment.
  bool environment = false;
};

// Values of --collector.emissions.provider: "global", "owid", …
std::vector<std::string> emission_provider_names();

// kInvalid: an unknown provider, one that was asked for and lacks credentials, or a file that is no table of
// Our World in Data; or why it can't be read.
base::Result<std::unique_ptr<Collector>> make_emissions_collector(const NodeContext& node,
                                                                  const EmissionsOptions& options);

// The same over given providers. `now`: the clock, for tests.
std::unique_ptr<Collector> make_emissions_collector(std::vector<std::unique_ptr<grid::Provider>> providers,
                                                    std::chrono::milliseconds max_age,
                                                    std::function<grid::Instant()> now);

}  // namespace ceems::collector

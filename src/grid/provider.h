// Providers of emission factors. Static ones know their table from the start; ones that poll a service fetch
// in the background and keep their last table.
#pragma once

#include "base/result.h"
#include "grid/emission_factor.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::grid {

// What a provider's factors are. Constants.
struct ProviderInfo {
  std::string_view id;      // "owid"
  std::string_view name;    // "OWID"
  std::string_view signal;  // "average", or "marginal": of the plants that one more kilowatt-hour makes run
  std::string_view scope;   // "lifecycle", or "direct": from generation alone
};

// How a provider that polls does.
struct ProviderHealth {
  bool started = false;
  std::uint64_t polls = 0;   // good ones
  std::uint64_t errors = 0;  // polls of which a part failed, or all
  std::optional<std::chrono::system_clock::time_point> last_success = {};
  std::optional<std::chrono::duration<double>> age = {};  // of the last good poll
  std::optional<base::Error> problem = {};                // of the last poll
};

class Provider {
 public:
  Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  virtual ~Provider() = default;

  virtual const ProviderInfo& info() const = 0;
  // The last known table, the same object until a newer one is known; null before the first. Never waits.
  // Thread-safe.
  virtual std::shared_ptr<const FactorTable> factors() const = 0;
  // Nothing for a static one. Thread-safe.
  virtual std::optional<ProviderHealth> health() const { return std::nullopt; }

  // Begins to poll; further calls do nothing.
  virtual void start() {}
  // False if a thread is still in a call after `grace`.
  virtual bool stop(std::chrono::milliseconds grace) {
    (void)grace;
    return true;
  }
};

// Where a service is asked, and how often. An empty URL is the provider's own.
struct ServiceOptions {
  std::string url = {};
  std::chrono::milliseconds interval{0};  // 0: the provider's own
};

struct ProviderOptions {
  std::string owid_file = {};  // see make_owid_provider()
  std::string user_agent = "ceems/grid";
  std::chrono::milliseconds timeout{30'000};  // of a request

  ServiceOptions rte = {};
  ServiceOptions electricity_maps = {};
  std::optional<std::string> electricity_maps_token = {};  // secret
  std::vector<std::string> electricity_maps_zones = {};    // empty: all that the token is good for
  ServiceOptions watttime = {};
  std::string watttime_user = {};
  std::string watttime_password = {};  // secret
  std::string watttime_region = {};
};

// Takes what is not set from variables of the environment: EMAPS_API_TOKEN, EMAPS_ZONES (separated by
// commas), WT_USERNAME, WT_PASSWORD, WT_REGION; __RTE_BASE_URL, __EMAPS_BASE_URL and __WT_BASE_URL.
void add_environment(ProviderOptions& options);

// Ids of all providers, sorted.
std::span<const std::string_view> provider_names();

// The providers of these ids, each once; if the list is empty, all that have what they need. Errors: kInvalid
// for an unknown id, or one that lacks credentials, else what the provider says.
base::Result<std::vector<std::unique_ptr<Provider>>> make_providers(const std::vector<std::string>& ids,
                                                                    const ProviderOptions& options = {});

}  // namespace ceems::grid

#include "grid/provider.h"

#include "base/log.h"
#include "base/text.h"
#include "grid/electricity_maps.h"
#include "grid/owid.h"
#include "grid/rte.h"
#include "grid/watttime.h"
#include "grid/world.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace ceems::grid {

namespace {

using std::chrono::milliseconds;
using ProviderResult = base::Result<std::unique_ptr<Provider>>;

constexpr milliseconds kSlowPace{std::chrono::minutes(30)};
constexpr milliseconds kWattTimePace{std::chrono::minutes(2)};
constexpr std::size_t kLargestZoneList = std::size_t{4} << 20;

base::Result<std::unique_ptr<JsonApi>> make_api(const ProviderOptions& options, const ServiceOptions& service,
                                                std::string_view url, bool follow_redirects) {
  return make_json_api({.url = service.url.empty() ? std::string(url) : service.url,
                        .user_agent = options.user_agent,
                        .timeout = options.timeout,
                        .max_body_bytes = kLargestZoneList,
                        .follow_redirects = follow_redirects});
}

std::unique_ptr<Provider> make_polling(const ProviderInfo& info, const ServiceOptions& options,
                                       milliseconds usual, std::unique_ptr<Service> service) {
  return std::make_unique<PollingProvider>(info, options.interval.count() > 0 ? options.interval : usual,
                                           std::move(service));
}

ProviderResult make_world(const ProviderOptions& /*options*/) {
  return make_world_provider();
}

ProviderResult make_owid(const ProviderOptions& options) {
  return make_owid_provider(options.owid_file);
}

ProviderResult make_rte(const ProviderOptions& options) {
  CEEMS_TRY(auto api, make_api(options, options.rte, kRteUrl, true));
  return make_polling(kRteInfo, options.rte, kSlowPace, make_rte_service(std::move(api)));
}

// Requests of the next two carry secrets, so they follow no redirect.
ProviderResult make_electricity_maps(const ProviderOptions& options) {
  if (!options.electricity_maps_token)
    return base::fail(base::ErrorCode::kInvalid, "emaps", "EMAPS_API_TOKEN is not set");
  CEEMS_TRY(auto api, make_api(options, options.electricity_maps, kElectricityMapsUrl, false));
  return make_polling(
      kElectricityMapsInfo, options.electricity_maps, kSlowPace,
      make_electricity_maps_service(std::move(api), {.token = *options.electricity_maps_token,
                                                     .zones = options.electricity_maps_zones}));
}

ProviderResult make_watttime(const ProviderOptions& options) {
  if (options.watttime_user.empty() || options.watttime_password.empty() || options.watttime_region.empty())
    return base::fail(base::ErrorCode::kInvalid, "wt", "WT_USERNAME, WT_PASSWORD or WT_REGION is not set");
  CEEMS_TRY(auto api, make_api(options, options.watttime, kWattTimeUrl, false));
  return make_polling(kWattTimeInfo, options.watttime, kWattTimePace,
                      make_watttime_service(std::move(api), {.user = options.watttime_user,
                                                             .password = options.watttime_password,
                                                             .region = options.watttime_region}));
}

struct Maker {
  std::string_view id;
  ProviderResult (*make)(const ProviderOptions&);
  bool needs_credentials = false;
};

constexpr std::array kMakers{
    Maker{"emaps", make_electricity_maps, true},
    Maker{"global", make_world},
    Maker{"owid", make_owid},
    Maker{"rte", make_rte},
    Maker{"wt", make_watttime, true},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kMakers.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = kMakers[i].id;
  return names;
}();

void take(std::string& target, const char* variable) {
  const char* const value = std::getenv(variable);
  if (target.empty() && value != nullptr) target = value;
}

}  // namespace

void add_environment(ProviderOptions& options) {
  if (const char* token = std::getenv("EMAPS_API_TOKEN"); token != nullptr && !options.electricity_maps_token)
    options.electricity_maps_token = token;
  std::string zones;
  take(zones, "EMAPS_ZONES");
  if (options.electricity_maps_zones.empty()) {
    for (const std::string_view zone : base::split(zones, ','))
      if (!base::trim(zone).empty()) options.electricity_maps_zones.emplace_back(base::trim(zone));
  }
  take(options.watttime_user, "WT_USERNAME");
  take(options.watttime_password, "WT_PASSWORD");
  take(options.watttime_region, "WT_REGION");
  take(options.rte.url, "__RTE_BASE_URL");
  take(options.electricity_maps.url, "__EMAPS_BASE_URL");
  take(options.watttime.url, "__WT_BASE_URL");
}

std::span<const std::string_view> provider_names() {
  return kNames;
}

base::Result<std::vector<std::unique_ptr<Provider>>> make_providers(const std::vector<std::string>& ids,
                                                                    const ProviderOptions& options) {
  for (const std::string& id : ids) {
    if (std::ranges::find(kNames, id) == kNames.end())
      return base::fail(base::ErrorCode::kInvalid, id, "no such provider of emission factors");
  }
  std::vector<std::unique_ptr<Provider>> providers;
  for (const Maker& maker : kMakers) {
    if (!ids.empty() && std::ranges::find(ids, maker.id) == ids.end()) continue;
    auto provider = maker.make(options);
    if (!provider && ids.empty() && maker.needs_credentials &&
        provider.error().code == base::ErrorCode::kInvalid) {
      base::Logger().warn("a provider of emission factors is left out",
                          {{"provider", maker.id}, {"reason", provider.error().message}});
      continue;
    }
    if (!provider) return std::unexpected(std::move(provider).error());
    providers.push_back(*std::move(provider));
  }
  return providers;
}

}  // namespace ceems::grid

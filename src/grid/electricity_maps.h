// The mix of zones of the world, https://www.electricitymaps.com : provider `emaps`. A token is needed; how
// many zones it is good for and how often it may ask depends on the contract.
//
// Format: https://app.electricitymaps.com/docs (API v3): `/zones` is an object of zone to an object of names
// and whatever else; `/carbon-intensity/latest?zone=` says `carbonIntensity` in g/kWh, `datetime`,
// `isEstimated`. Field `auth-token` of the request holds the token.
#pragma once

#include "base/result.h"
#include "grid/json_api.h"
#include "grid/poller.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::grid {

inline constexpr ProviderInfo kElectricityMapsInfo{
    .id = "emaps", .name = "Electricity Maps", .signal = "average", .scope = "lifecycle"};
inline constexpr std::string_view kElectricityMapsUrl = "https://api.electricitymaps.com/v3";

struct Zone {
  std::string key;   // "US-CAL-CISO"
  std::string name;  // "USA California"; the key if it has none
};

// Sorted by key, each once; at most 2,000. kInvalid if the text is of another shape.
base::Result<std::vector<Zone>> parse_zones(std::string_view body);

// kInvalid if the text is of another shape or about another zone; kNoData if there is no value now.
base::Result<EmissionFactor> parse_carbon_intensity(std::string_view body, const Zone& zone);

struct ElectricityMapsOptions {
  std::string token = {};               // secret
  std::vector<std::string> zones = {};  // empty: all that the token is good for
};

// Asks for one zone after the other. A zone that fails keeps its factor; a service that can't be reached or
// has enough of us is left alone for the rest of the round, and the next round goes on from there.
std::unique_ptr<Service> make_electricity_maps_service(std::unique_ptr<JsonApi> api,
                                                       ElectricityMapsOptions options);

}  // namespace ceems::grid

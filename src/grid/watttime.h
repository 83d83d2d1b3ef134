// Marginal emissions of a region, https://watttime.org : provider `wt`. An account is needed; without a
// subscription it is good for region CAISO_NORTH alone.
//
// Format: https://docs.watttime.org (API v3): `/login` with basic authentication gives a token for 30
// minutes;
// `/v3/historical` lists values of signal co2_moer in pounds per megawatt-hour. At most 100 logins in 5
// minutes, and 10 requests a second.
#pragma once

#include "base/result.h"
#include "grid/json_api.h"
#include "grid/poller.h"

#include <memory>
#include <string>
#include <string_view>

namespace ceems::grid {

inline constexpr ProviderInfo kWattTimeInfo{
    .id = "wt", .name = "Watt Time", .signal = "marginal", .scope = "direct"};
inline constexpr std::string_view kWattTimeUrl = "https://api.watttime.org";

// kInvalid if the text is of another shape.
base::Result<std::string> parse_watttime_token(std::string_view body);

// The newest value. kInvalid if the text is of another shape or in another unit; kNoData, with the service's
// warnings, if there is none.
base::Result<EmissionFactor> parse_watttime_history(std::string_view body, std::string_view region);

struct WattTimeOptions {
  std::string user = {};
  std::string password = {};  // secret
  std::string region = {};    // "CAISO_NORTH"
};

std::unique_ptr<Service> make_watttime_service(std::unique_ptr<JsonApi> api, WattTimeOptions options);

}  // namespace ceems::grid

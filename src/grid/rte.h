// The mix of France as RTE measures it, every quarter of an hour: provider `rte`. Direct emissions of
// generation.
//
// Format: dataset "eco2mix-national-tr" of Opendatasoft's Explore API 2.1,
// https://reseaux-energies-rte.opendatasoft.com/explore/dataset/eco2mix-national-tr/api/ : field `taux_co2`
// in g/kWh, null for times to come, and `date_heure` in RFC 3339. No account is needed; a daily quota
// applies.
#pragma once

#include "base/result.h"
#include "grid/json_api.h"
#include "grid/poller.h"

#include <memory>
#include <string_view>

namespace ceems::grid {

inline constexpr ProviderInfo kRteInfo{
    .id = "rte", .name = "RTE eCO2 Mix", .signal = "average", .scope = "direct"};
inline constexpr std::string_view kRteUrl = "https://reseaux-energies-rte.opendatasoft.com";

// The newest record. kInvalid if the text is of another shape; kNoData if there is no record.
base::Result<EmissionFactor> parse_rte(std::string_view body);

std::unique_ptr<Service> make_rte_service(std::unique_ptr<JsonApi> api);

}  // namespace ceems::grid

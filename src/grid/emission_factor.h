// What a kilowatt-hour of electricity emits, somewhere, according to somebody. Plain data.
#pragma once

#include <string>
#include <vector>

namespace ceems::grid {

struct EmissionFactor {
  std::string provider;       // "owid"
  std::string provider_name;  // "OWID"
  std::string country_code;   // ISO 3166-1 alpha-2 ("FR"), "ZZ" for the world, or the provider's own zone
  std::string country;        // "France"
  double grams_per_kwh = 0;   // CO2 equivalent
};

using FactorTable = std::vector<EmissionFactor>;  // sorted by country code, each once

}  // namespace ceems::grid

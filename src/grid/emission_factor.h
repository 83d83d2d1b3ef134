// What a kilowatt-hour of electricity emits, somewhere, according to somebody. Plain data.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ceems::grid {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

struct EmissionFactor {
  std::string provider;       // "owid"
  std::string provider_name;  // "OWID"
  std::string country_code;   // ISO 3166-1 alpha-2 ("FR"), "ZZ" for the world, or the provider's own zone
  std::string country;        // "France"
  double grams_per_kwh = 0;   // CO2 equivalent
  // When it was so, as the provider says, or else when it was fetched; nothing for a yearly average.
  std::optional<Instant> time = {};
  std::optional<bool> estimated =
      {};  // whether the provider knows no better yet; nothing where it doesn't say
};

using FactorTable = std::vector<EmissionFactor>;  // sorted by country code, each once

// No grid emits more: that of pure lignite, at a poor plant, is below 1,500.
inline constexpr double kMostGramsPerKwh = 5'000;

}  // namespace ceems::grid

// The average of the whole world: provider `global`, country code `ZZ`.
#pragma once

#include "grid/provider.h"

#include <memory>

namespace ceems::grid {

// Year 2024, from IEA, Electricity 2025, https://www.iea.org/reports/electricity-2025/emissions
inline constexpr double kWorldGramsPerKwh = 445;

std::unique_ptr<Provider> make_world_provider();

}  // namespace ceems::grid

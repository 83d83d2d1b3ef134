// Emission factors of countries, by year, from Our World in Data: provider `owid`. A table is built in; a
// newer one can be downloaded from https://ourworldindata.org/grapher/carbon-intensity-electricity (as CSV).
//
// Format: RFC 4180, a header line, then entity, ISO 3166-1 alpha-3 code, year, g CO2 per kWh. Further columns
// are ignored, and so are rows without a code of a country (regions, OWID_*) or without a value.
#pragma once

#include "base/result.h"
#include "grid/provider.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::grid {

// The value of the latest year of each country. kInvalid, with the line, for a record of another number of
// fields than the header has; kInvalid for a text without any factor.
base::Result<FactorTable> parse_owid(std::string_view csv);

// The table that is built in.
const FactorTable& built_in_owid_table();

// By two-letter code, from the table that is built in.
std::optional<EmissionFactor> find_owid_factor(std::string_view country_code);

// `file`: a table to use instead of the one built in, read once, at most 64 MiB; empty for none.
base::Result<std::unique_ptr<Provider>> make_owid_provider(const std::string& file = {});

}  // namespace ceems::grid

#include "rules/options.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ceems::rules {

namespace {

using base::ErrorCode;

constexpr std::array kAllPowerSources{PowerSource::kCray,  PowerSource::kRedfish, PowerSource::kIpmi,
                                      PowerSource::kHwmon, PowerSource::kRapl,    PowerSource::kPowerModel};
constexpr std::array<std::string_view, 4> kCountryProviders{"rte", "emaps", "owid", "wt"};
constexpr std::size_t kNameLimit = 200;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_label_name(std::string_view text) {
  if (text.empty() || text.size() > kNameLimit || is_digit(text.front())) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

// Countries, zones, regions and providers: FR, US-CAL-CISO, CAISO_NORTH, owid.
bool is_code(std::string_view text) {
  if (text.empty() || text.size() > kNameLimit) return false;
  return std::ranges::all_of(text,
                             [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

bool is_job_name(std::string_view text) {
  return text.size() <= kNameLimit && base::is_valid_utf8(text) && std::ranges::none_of(text, [](char c) {
           return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f;
         });
}

std::string upper_country(std::string code) {
  if (code.size() != 2) return code;
  for (char& c : code)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return code;
}

std::vector<EmissionSource> sources_of_country(const std::string& country_code) {
  std::vector<EmissionSource> sources;
  sources.reserve(kCountryProviders.size() + 1);
  for (const std::string_view provider : kCountryProviders)
    sources.push_back({.provider = std::string(provider), .country_code = upper_country(country_code)});
  sources.push_back({.provider = "global", .country_code = "ZZ"});
  return sources;
}

base::Status check_emissions(const RuleOptions& options) {
  if (!std::isfinite(options.emission_factor) || options.emission_factor < 0)
    return base::fail(ErrorCode::kInvalid, "emission factor", "{} is not a number of g/kWh",
                      options.emission_factor);
  if (!is_code(options.emission_factor_provider))
    return base::fail(ErrorCode::kInvalid, "emission provider", "'{}' is not a name",
                      options.emission_factor_provider);
  for (const EmissionSource& source : options.emission_sources) {
    if (!is_code(source.provider))
      return base::fail(ErrorCode::kInvalid, "emission provider", "'{}' is not a name", source.provider);
    // Records of units have the provider as a label, and no place.
    const auto same = [&source](const EmissionSource& other) { return other.provider == source.provider; };
    if (std::ranges::count_if(options.emission_sources, same) > 1)
      return base::fail(ErrorCode::kInvalid, "emission provider", "'{}' is given for more than one place",
                        source.provider);
    if (!is_code(source.country_code))
      return base::fail(ErrorCode::kInvalid, "country code", "'{}' is not a country, zone or region",
                        source.country_code);
  }
  return {};
}

}  // namespace

std::string_view power_source_name(PowerSource source) {
  switch (source) {
    case PowerSource::kCray:
      return "cray";
    case PowerSource::kRedfish:
      return "redfish";
    case PowerSource::kIpmi:
      return "ipmi";
    case PowerSource::kHwmon:
      return "hwmon";
    case PowerSource::kRapl:
      return "rapl";
    case PowerSource::kPowerModel:
      return "power-model";
  }
  return "";
}

base::Result<PowerSource> parse_power_source(std::string_view name) {
  for (const PowerSource source : kAllPowerSources)
    if (power_source_name(source) == name) return source;
  return base::fail(ErrorCode::kInvalid, "power source",
                    "'{}' is none of cray, redfish, ipmi, hwmon, rapl, power-model", name);
}

std::span<const PowerSource> all_power_sources() {
  return kAllPowerSources;
}

bool has_power_source(const RuleOptions& options, PowerSource source) {
  return std::ranges::find(options.power_sources, source) != options.power_sources.end();
}

base::Result<RuleOptions> with_emissions(RuleOptions options, const EmissionChoice& choice) {
  const bool by_country = !choice.country_code.empty();
  const bool by_source = !choice.sources.empty();
  const bool by_factor = choice.factor != 0;
  if (int{by_country} + int{by_source} + int{by_factor} > 1)
    return base::fail(ErrorCode::kInvalid, "emissions",
                      "a country code, emission sources and an emission factor exclude each other");
  options.emission_factor = choice.factor;
  if (by_country) options.emission_sources = sources_of_country(choice.country_code);
  if (!by_source) return options;

  options.emission_sources.clear();
  for (const std::string& text : choice.sources) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos)
      return base::fail(ErrorCode::kInvalid, "emission source", "'{}' is not PROVIDER/CODE, as in owid/FR",
                        text);
    options.emission_sources.push_back(
        {.provider = text.substr(0, slash), .country_code = upper_country(text.substr(slash + 1))});
  }
  return options;
}

base::Status check_options(const RuleOptions& options) {
  if (!is_job_name(options.job))
    return base::fail(ErrorCode::kInvalid, "job", "too long, not UTF-8, or contains control characters");
  for (const std::string& label : options.host_labels)
    if (!is_label_name(label) || label == "job" || label == "instance")
      return base::fail(ErrorCode::kInvalid, "host label", "'{}' is not a label name of its own", label);
  if (options.rate_window.count() < 1)
    return base::fail(ErrorCode::kInvalid, "rate window", "must be at least 1ms");
  if (options.evaluation_interval.count() < 0)
    return base::fail(ErrorCode::kInvalid, "evaluation interval", "must not be negative");
  if (!is_job_name(options.gpu_job))
    return base::fail(ErrorCode::kInvalid, "GPU job", "too long, not UTF-8, or contains control characters");
  for (const auto& names : {options.redfish_chassis, options.hwmon_meters})
    for (const std::string& name : names)
      if (name.empty() || !is_job_name(name))
        return base::fail(ErrorCode::kInvalid, "chassis or meter",
                          "empty, too long, not UTF-8, or contains control characters");
  if (!(options.misc_fraction >= 0 && options.misc_fraction < 1))
    return base::fail(ErrorCode::kInvalid, "misc fraction", "{} is not a fraction of 1",
                      options.misc_fraction);
  if (!std::isfinite(options.pue) || options.pue <= 0)
    return base::fail(ErrorCode::kInvalid, "pue", "{} is not a positive number", options.pue);
  return check_emissions(options);
}

}  // namespace ceems::rules

// What a site may choose about its recording rules. Plain data and its checks; thread-safe.
#pragma once

#include "base/result.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::rules {

// Where a host's joules come from, best first: a host that has several is accounted by the first of them
// alone, so that no joule counts twice.
enum class PowerSource {
  kCray,        // the node's controller of HPE Cray machines: node, processors, memory, accelerators
  kRedfish,     // the BMC's meter by Redfish
  kIpmi,        // the BMC's meter by IPMI DCMI
  kHwmon,       // a meter of the whole node that Linux has a driver for
  kRapl,        // the CPU's energy counters: package, and DRAM where there is one
  kPowerModel,  // the exporter's estimate, for hosts without a meter
};
// As in flags and in label `source`: "cray", "redfish", "ipmi", "hwmon", "rapl", "power-model".
std::string_view power_source_name(PowerSource source);
base::Result<PowerSource> parse_power_source(std::string_view name);
std::span<const PowerSource> all_power_sources();

// One series of ceems_emissions_gCo2_kWh, by its labels.
struct EmissionSource {
  std::string provider;      // "owid"
  std::string country_code;  // "FR"; a provider may use zones or regions of its own: "US-CAL-CISO"
};

struct RuleOptions {
  // Scrape job of the exporters; empty: whatever job they are scraped by.
  std::string job;
  // Labels that tell hosts apart, besides job and instance; for servers that hold several clusters.
  std::vector<std::string> host_labels;
  // Window of rate() and irate(): four scrape intervals.
  std::chrono::milliseconds rate_window{60'000};
  // Interval of the rule groups; 0: the server's own evaluation_interval, which is what energy is integrated
  // by.
  std::chrono::milliseconds evaluation_interval{0};
  // Power usage effectiveness of the site: watts at its meter per watt of its computers.
  double pue = 1;
  std::vector<PowerSource> power_sources{PowerSource::kCray, PowerSource::kRedfish,
                                         PowerSource::kIpmi, PowerSource::kHwmon,
                                         PowerSource::kRapl, PowerSource::kPowerModel};
  // Chassis of Redfish (label `chassis`) that make up a host, summed. Empty: the one that draws most, since
  // chassis may contain each other.
  std::vector<std::string> redfish_chassis;
  // Meters of hwmon that make up a host, summed: label `chip_name`, or `chip_name/sensor`. Empty: that of
  // drivers which measure whole nodes, the one that reads most.
  std::vector<std::string> hwmon_meters;
  // Whether what Redfish, IPMI and hwmon measure contains the GPUs: then what their exporters say is taken
  // off, since GPUs have an account of their own.
  bool gpu_in_host_power = false;
  // What a BMC measures and neither processors nor memory are charged with, as a fraction: units get it in
  // equal parts.
  double misc_fraction = 0.1;
  // The default is the world's average, which every exporter with the `emissions` collector knows.
  std::vector<EmissionSource> emission_sources{{.provider = "global", .country_code = "ZZ"}};
  // g/kWh. Above 0 it takes the place of the emission sources, as this provider.
  double emission_factor = 0;
  std::string emission_factor_provider = "custom";
  // Scrape job of the exporters of GPUs, for the records of scrape jobs; empty: `job`.
  std::string gpu_job;
};

bool has_power_source(const RuleOptions& options, PowerSource source);

// Where emission factors are to come from, as people say it; at most one of the three.
struct EmissionChoice {
  // "FR": every provider that knows countries, for this one, and the world's average beside them. Providers
  // that are not scraped give no series, so naming too many costs nothing.
  std::string country_code;
  std::vector<std::string> sources;  // "emaps/US-CAL-CISO": provider and code of its own
  double factor = 0;                 // g/kWh
};

// The options with this choice; unchanged when nothing was chosen. kInvalid when more than one was, or a
// source cannot be understood. Two letters are a country whatever their case.
base::Result<RuleOptions> with_emissions(RuleOptions options, const EmissionChoice& choice);

// kInvalid, with the option as subject: a number that is not a number or not positive where it must be, an
// interval below 1 ms, a label or code that PromQL or the exporter could not have.
base::Status check_options(const RuleOptions& options);

}  // namespace ceems::rules

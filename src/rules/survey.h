// What a server's series say about a site: which scrape jobs have which meters, whose GPUs are scraped by
// which job, and who tells emission factors. Pure; thread-safe.
#pragma once

#include "rules/options.h"

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::rules {

// One series, by the labels that matter here; "" for those that it lacks.
struct SeenSeries {
  std::string metric = {};
  std::string job = {};
  std::string instance = {};
  std::string provider = {};
  std::string country_code = {};
  std::string chassis = {};
  std::string chip_name = {};
};

// Selectors of all series that a survey is made of.
std::vector<std::string> survey_selectors();

struct SeenJob {
  std::string name;
  std::vector<PowerSource> power_sources;  // best first
  std::set<std::string> chassis;           // of Redfish
  std::set<std::string> hwmon_chips;       // drivers of hwmon that tell watts, of nodes or of parts of them
  std::set<std::string> gpu_hosts;         // hosts on which units hold GPUs
  bool io = false;                         // whether what units read and write is counted
  bool network = false;                    // whether what they send and receive is
};

// Scrape job of an exporter of GPUs, which may be one of the above too.
struct SeenGpuJob {
  std::string name;
  std::set<std::string> hosts;
  std::set<std::string> metrics;  // of power
};

struct GpuPair {
  std::string job;
  std::string gpu_job;
};

struct Survey {
  std::vector<SeenJob> jobs;                     // those with a meter, in order of appearance
  std::vector<SeenGpuJob> gpu_jobs;              // in order of appearance
  std::vector<EmissionSource> emission_sources;  // sorted, each once

  // Jobs whose units hold GPUs of hosts that a job of GPU exporters tells of; in order of the jobs.
  std::vector<GpuPair> gpu_pairs() const;
};

Survey make_survey(std::span<const SeenSeries> series);

// Whether this driver of hwmon measures whole nodes: ACPI's power meters, and IBM's.
bool is_node_meter(std::string_view chip_name);

// The host of an instance: "node7:9400", "[::1]:9400" or "node7".
std::string_view host_of(std::string_view instance);

}  // namespace ceems::rules

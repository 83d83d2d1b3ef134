// What the API server asks its time series database about units when its configuration says nothing else:
// queries as text templates. They read the records that this room's rules make, and those of rules that keep
// the same names.
//
// Variables, written {{.Name}}:
//   UUIDs                    ids of units, escaped for a regular expression and joined by "|"; the queries
//                            put them between back-quotes
//   RangeOpen                the length of the window less one millisecond, in milliseconds: "899999ms"
//   Range                    the length of the window as a duration: "15m0s"
//   EvaluationIntervalMilli  the server's evaluation interval in milliseconds: "15000"
//
// Energy and emissions are sums of the recorded values at multiples of the evaluation interval, each standing
// for one interval. A window is open at its start and closed at its end, (end - Range, end], so that windows
// that follow each other count every interval once: Prometheus 2 includes both ends of a subquery, therefore
// RangeOpen. Each step looks back over one evaluation interval for its value, whatever lookback_delta the
// query is sent with. A sample for the window's end exists only once the rules have been evaluated then: ask
// some seconds later.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace ceems::rules {

// Metric, e.g. "total_cpu_energy_usage_kwh", to sub-metric, e.g. "total", to template.
using QueryTemplates = std::map<std::string, std::map<std::string, std::string>>;

// All twelve metrics. Emissions have a sub-metric "<provider>_total" for each provider given. Thread-safe.
QueryTemplates default_updater_queries(std::span<const std::string_view> providers);
// Of those that the exporter and the rules may name.
QueryTemplates default_updater_queries();

// Of those the ones whose records or counters are among `series`; a metric without any has none.
QueryTemplates only_existing(QueryTemplates templates, const std::set<std::string>& series);
// Every record and counter that default_updater_queries() asks for.
std::set<std::string> updater_series();

// The same as the YAML value of `queries` in the API server's configuration: metric, sub-metric, query.
std::string updater_queries_yaml(const QueryTemplates& templates);

}  // namespace ceems::rules

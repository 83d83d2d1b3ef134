#include "rules/rule_sets.h"
#include "rules/template.h"

namespace ceems::rules {

namespace {

// A firing alert holds on to itself through ALERTS: the evidence that it needs to begin with grows too old
// while it lasts.

// Which targets are exporters is known from their jobs, unless the job is.
constexpr std::string_view kAnyExporterDown = R"(
up == 0
and on (job)
(
  group by (job) (present_over_time(ceems_exporter_build_info[15m]))
  or
  group by (job) (ALERTS{alertname="CeemsExporterDown",alertstate="firing"})
)
)";

constexpr std::string_view kExporterDown = "up{<J>} == 0";

// A source that a host never had is no failure. What every host has is one at once.
constexpr std::string_view kCollectorFailing = R"(
ceems_scrape_collector_success{<J>} == 0
and on (<host>, collector)
(
  ceems_scrape_collector_success{<J>} offset 30m == 1
  or
  ceems_scrape_collector_success{collector=~"cpu|meminfo"<,J>}
  or
  ALERTS{alertname="CeemsCollectorFailing",alertstate="firing"<,J>}
)
)";

// Units that were there ten minutes ago: new ones have no rate yet.
constexpr std::string_view kUnitWithoutEnergy = R"(
count by (<host>, manager) (
  (ceems_compute_unit_cpus{<J>} and ceems_compute_unit_cpus{<J>} offset 10m)
  unless on (<host>, manager, uuid) uuid:ceems_host_power_watts:pue{<J>}
)
)";

// Several exporters may ask for the same factor.
constexpr std::string_view kFactorOld =
    "min by (provider, country_code) (ceems_emissions_age_seconds) > 6 * 3600";

}  // namespace

RuleFile alert_rules(const RuleOptions& options) {
  Rule exporter_down{
      .comment = "Energy that is used meanwhile is lost to the accounts.",
      .alert = "CeemsExporterDown",
      .expression = fill(options.job.empty() ? kAnyExporterDown : kExporterDown, options),
      .hold = "5m",
      .labels = {{"severity", "critical"}},
      .annotations = {{"summary", "No metrics from {{ $labels.instance }} for 5 minutes"},
                      {"description",
                       "Prometheus cannot scrape job {{ $labels.job }} on {{ $labels.instance }}. Compute "
                       "units there get no "
                       "energy for this time. See whether the host is up, the exporter runs, and its port, "
                       "TLS and password "
                       "match the scrape configuration; the Targets page of Prometheus shows the error."}}};
  Rule collector_failing{
      .comment = "A collector that worked, or that works on any host, and now fails in every scrape.",
      .alert = "CeemsCollectorFailing",
      .expression = fill(kCollectorFailing, options),
      .hold = "15m",
      .labels = {{"severity", "warning"}},
      .annotations = {{"summary", "Collector {{ $labels.collector }} fails on {{ $labels.instance }}"},
                      {"description",
                       "The exporter on {{ $labels.instance }} (job {{ $labels.job }}) has had nothing from "
                       "its collector "
                       "{{ $labels.collector }} for 15 minutes. Its log says why; a lost capability, a "
                       "removed device and a "
                       "service that no longer answers are the usual reasons."}}};
  Rule unit_without_energy{
      .comment = "Units that run, and whose power is not known.",
      .alert = "CeemsUnitWithoutEnergy",
      .expression = fill(kUnitWithoutEnergy, options),
      .hold = "5m",
      .labels = {{"severity", "warning"}},
      .annotations = {
          {"summary", "{{ $value }} units of {{ $labels.manager }} on {{ $labels.instance }} get no energy"},
          {"description",
           "{{ $value }} units of manager {{ $labels.manager }} on {{ $labels.instance }} (job {{ "
           "$labels.job }}) "
           "run for more than 10 minutes without uuid:ceems_host_power_watts:pue. Either the host has no "
           "meter that can be read "
           "(see instance:ceems_host_power_watts:pue; the exporter's power model is made "
           "for hosts without one), or its CPU time is missing (ceems_cpu_seconds_total), or the rate "
           "window "
           "of the rules is shorter than two scrape intervals."}}};
  Rule factor_old{
      .comment = "Emissions that are counted with the factor of another part of the day.",
      .alert = "CeemsEmissionFactorOld",
      .expression = std::string(kFactorOld),
      .hold = "15m",
      .labels = {{"severity", "warning"}},
      .annotations = {
          {"summary", "The emission factor of {{ $labels.provider }} for {{ $labels.country_code }} is old"},
          {"description",
           "Provider {{ $labels.provider }} has told no newer factor of {{ $labels.country_code }} for {{ "
           "$value | humanizeDuration }}; emissions are still counted with the last one. The exporter's log "
           "and ceems_exporter_source_errors_total say whether the service fails, refuses or has changed."}}};
  return {.name = "alerts.rules",
          .comment =
              "Alerts about the monitoring itself.\n"
              "Explained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          .groups = {{.name = "ceems-alerts",
                      .interval = "1m",
                      .rules = {std::move(exporter_down), std::move(collector_failing),
                                std::move(unit_without_energy), std::move(factor_old)}}}};
}

}  // namespace ceems::rules

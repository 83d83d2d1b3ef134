#include "reference.h"

#include "collector/compute_units_families.h"
#include "collector/exporter_info.h"
#include "collector/metrics_endpoint.h"
#include "collector/process_metrics.h"
#include "collector/redfish.h"
#include "collector/scraper.h"
#include "collector/unit_managers.h"
#include "collectors.h"
#include "exposition/catalogue.h"
#include "options.h"

namespace ceems::exporter {

base::Result<std::string> describe_metrics() {
  Options everything;
  config::Flags defaults("", "");
  declare_flags(defaults, everything);
  enable_all(everything);
  // Those of compute units are the same for each, and one of them needs a file, as Redfish does.
  collector::ComputeUnitsOptions of_units;
  for (bool* on : {&of_units.use_slurm, &of_units.use_lsf, &of_units.use_openpbs, &of_units.use_libvirt,
                   &of_units.use_kubernetes, &of_units.use_generic})
    *on = true;
  for (bool Switches::* units : {&Switches::slurm, &Switches::lsf, &Switches::openpbs, &Switches::libvirt,
                                 &Switches::kubernetes, &Switches::generic})
    everything.switches.*units = false;
  everything.switches.redfish = false;
  CEEMS_TRY(const auto collectors, make_collectors(everything));

  const collector::Scraper scraper({}, {});
  const collector::ExporterInfo info({});
  const collector::HandlerMetrics handler;
  const collector::ProcessMetrics process;
  exposition::Catalogue catalogue;
  for (const auto& one : collectors)
    catalogue.add(one->name(), one->families());
  catalogue.add("redfish", collector::redfish_families());
  for (const std::string_view units : collector::unit_collectors(of_units))
    catalogue.add(units, collector::unit_families::all());
  catalogue.add("exporter", scraper.runner().families());
  catalogue.add("exporter", scraper.families());
  catalogue.add("exporter", info.families());
  catalogue.add("exporter", handler.families());
  catalogue.add("exporter", process.families());
  CEEMS_TRY_VOID(catalogue.check());
  return catalogue.markdown();
}

}  // namespace ceems::exporter

// How sources that are read in the background do, as metrics: each collector of such a source emits them for
// its own.
#pragma once

#include "exposition/emitter.h"
#include "power/background.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::collector {

// A collector's own families, and ceems_exporter_source_{age_seconds,errors_total,
// last_success_timestamp_seconds,readings_total} behind them.
std::vector<exposition::Family> with_source_health(std::span<const exposition::Family> own);

// `labels` is rendered and holds label `source`.
void emit_source_health(exposition::Emitter& emitter, std::string_view labels,
                        const power::SourceHealth& health);

// The same of several sources of one collector, sorted by label.
struct LabelledHealth {
  std::string labels;
  power::SourceHealth health;
};
void emit_source_health(exposition::Emitter& emitter, std::span<const LabelledHealth> sources);

}  // namespace ceems::collector

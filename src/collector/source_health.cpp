#include "collector/source_health.h"

#include <array>
#include <chrono>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::array kFamilies{
    Family{"ceems_exporter_source_age_seconds", MetricType::kGauge,
           "Age of the last good reading of a source that is read in the background.", "source"},
    Family{"ceems_exporter_source_errors_total", MetricType::kCounter,
           "Readings of a source in the background that failed.", "source"},
    Family{"ceems_exporter_source_last_success_timestamp_seconds", MetricType::kGauge,
           "Time of the last good reading of a source that is read in the background.", "source"},
    Family{"ceems_exporter_source_readings_total", MetricType::kCounter,
           "Good readings of a source in the background.", "source"},
};

}  // namespace

std::vector<Family> with_source_health(std::span<const Family> own) {
  std::vector<Family> all(own.begin(), own.end());
  all.insert(all.end(), kFamilies.begin(), kFamilies.end());
  return all;
}

void emit_source_health(exposition::Emitter& emitter, std::string_view labels,
                        const power::SourceHealth& health) {
  if (!health.started) return;
  if (health.age) {
    emitter.begin(kFamilies[0]);
    emitter.sample(labels, health.age->count());
  }
  emitter.begin(kFamilies[1]);
  emitter.sample(labels, health.errors);
  if (health.last_success) {
    emitter.begin(kFamilies[2]);
    emitter.sample(labels, std::chrono::duration<double>(health.last_success->time_since_epoch()).count());
  }
  emitter.begin(kFamilies[3]);
  emitter.sample(labels, health.readings);
}

}  // namespace ceems::collector

#include "collector/source_health.h"

#include <array>
#include <chrono>
#include <optional>

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

// In the order of kFamilies; nothing if there was no good reading yet.
std::optional<double> value_of(const power::SourceHealth& health, std::size_t family) {
  switch (family) {
    case 0:
      return health.age ? std::optional(health.age->count()) : std::nullopt;
    case 1:
      return static_cast<double>(health.errors);
    case 2:
      if (!health.last_success) return std::nullopt;
      return std::chrono::duration<double>(health.last_success->time_since_epoch()).count();
    default:
      return static_cast<double>(health.readings);
  }
}

}  // namespace

std::vector<Family> with_source_health(std::span<const Family> own) {
  std::vector<Family> all(own.begin(), own.end());
  all.insert(all.end(), kFamilies.begin(), kFamilies.end());
  return all;
}

void emit_source_health(exposition::Emitter& emitter, std::span<const LabelledHealth> sources) {
  for (std::size_t family = 0; family < kFamilies.size(); ++family) {
    bool begun = false;
    for (const auto& [labels, health] : sources) {
      const auto value = health.started ? value_of(health, family) : std::nullopt;
      if (!value) continue;
      if (!begun) emitter.begin(kFamilies[family]);
      begun = true;
      emitter.sample(labels, *value);
    }
  }
}

void emit_source_health(exposition::Emitter& emitter, std::string_view labels,
                        const power::SourceHealth& health) {
  const LabelledHealth one{std::string(labels), health};
  emit_source_health(emitter, {&one, 1});
}

}  // namespace ceems::collector

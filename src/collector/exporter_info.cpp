#include "collector/exporter_info.h"

#include "program/build_info.h"

#include <algorithm>
#include <array>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr Family kBuildInfo = program::build_info_family("ceems_exporter_build_info");
constexpr Family kMissing{
    "ceems_exporter_missing_capability", MetricType::kGauge,
    "Always 1: a feature works in part or not at all, because the exporter was not given this "
    "capability.",
    "capability,feature"};
constexpr std::array kFamilies{kBuildInfo, kMissing};

}  // namespace

ExporterInfo::ExporterInfo(const std::vector<base::MissingCapability>& missing)
    : build_labels_(program::build_info_labels()) {
  for (const base::MissingCapability& one : missing) {
    missing_labels_.push_back(
        exposition::render_labels({{"capability", one.capability}, {"feature", one.feature}}));
  }
}

void ExporterInfo::emit(exposition::Emitter& emitter) {
  emitter.begin(kBuildInfo);
  emitter.sample(build_labels_, 1);
  emitter.begin(kMissing);
  for (const std::string& labels : missing_labels_)
    emitter.sample(labels, 1);
}

std::span<const Family> ExporterInfo::families() const {
  return kFamilies;
}

}  // namespace ceems::collector

#include "unit/presets.h"

#include <algorithm>
#include <array>

namespace ceems::unit {

namespace {

constexpr std::array<Preset, 7> kPresets = {{
    {"systemd-services", R"(^(?:/[^/]+\.slice)*/(?P<id>[^/]+\.service)$)"},
    {"systemd-scopes", R"(^(?:/[^/]+\.slice)+/(?P<id>[^/]+\.scope)$)"},
    {"docker", R"(/docker[-/](?P<id>[0-9a-f]{64})(?:\.scope)?$)"},
    {"podman", R"(/libpod-(?:payload-)?(?P<id>[0-9a-f]{64})(?:\.scope)?$)"},
    {"htcondor", R"(/(?P<id>condor_[^/]*_(?P<slot>slot[0-9]+(?:_[0-9]+)?)(?:@(?P<machine>[^/]*))?)$)"},
    {"flux", R"(/(?:imp-)?shell-(?:(?P<rank>[0-9]+)-)?(?P<id>f[1-9A-HJ-NP-Za-km-z]+)\.service$)"},
    {"grid-engine",
     R"(/(?:(?:UGE|AGE|sge)/|ocs[0-9]+(?:-jobs-|\.))(?P<id>[0-9]+(?:\.[0-9]+)?)(?:\.slice|\.scope)?$)"},
}};

}  // namespace

std::span<const Preset> presets() {
  return kPresets;
}

const Preset* find_preset(std::string_view name) {
  const auto found = std::ranges::find(kPresets, name, &Preset::name);
  return found == kPresets.end() ? nullptr : &*found;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets)
    names.emplace_back(preset.name);
  return names;
}

}  // namespace ceems::unit

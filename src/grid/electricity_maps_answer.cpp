#include "base/rfc3339.h"
#include "base/text.h"
#include "grid/answer.h"
#include "grid/electricity_maps.h"
#include "json/read.h"

#include <algorithm>
#include <utility>

namespace ceems::grid {

namespace {

constexpr std::size_t kMostZones = 2'000;
constexpr std::size_t kLongestKey = 64;
constexpr std::size_t kLongestName = 200;

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= kLongestKey && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string name_of(const json::value& zone, std::string_view key) {
  std::string name;
  for (const std::string_view part : {"countryName", "zoneName"}) {
    const std::string_view text = base::trim(json::find_text(zone, part).value_or(""));
    if (text.empty() || text.size() > kLongestName) continue;
    if (!name.empty()) name += ' ';
    name += text;
  }
  return name.empty() ? std::string(key) : name;
}

}  // namespace

base::Result<std::vector<Zone>> parse_zones(std::string_view body) {
  CEEMS_TRY(const auto answer, json::parse(body));
  const auto* const object = answer.if_object();
  if (object == nullptr) return another_shape("no zones");
  std::vector<Zone> zones;
  for (const auto& [key, zone] : *object) {
    const std::string_view text(key.data(), key.size());
    if (zones.size() < kMostZones && is_key(text) && zone.is_object())
      zones.push_back({std::string(text), name_of(zone, text)});
  }
  if (zones.empty()) return another_shape("no zones");
  std::ranges::sort(zones, {}, &Zone::key);
  return zones;
}

base::Result<EmissionFactor> parse_carbon_intensity(std::string_view body, const Zone& zone) {
  CEEMS_TRY(const auto answer, json::parse(body));
  const auto about = json::find_text(answer, "zone");
  if (about && *about != zone.key) return another_shape("about another zone");
  const auto* const value = json::member(answer, "carbonIntensity");
  if (value == nullptr) return another_shape("no carbonIntensity");
  if (value->is_null()) return base::fail(base::ErrorCode::kNoData, zone.key, "no carbon intensity now");
  const auto grams = json::number_member(answer, "carbonIntensity");
  if (!grams) return another_shape("carbonIntensity is no number");
  CEEMS_TRY(const double plausible, plausible_grams(*grams));
  return EmissionFactor{.provider = std::string(kElectricityMapsInfo.id),
                        .provider_name = std::string(kElectricityMapsInfo.name),
                        .country_code = zone.key,
                        .country = zone.name,
                        .grams_per_kwh = plausible,
                        .time = base::parse_rfc3339(json::find_text(answer, "datetime").value_or("")),
                        .estimated = json::bool_member(answer, "isEstimated")};
}

}  // namespace ceems::grid

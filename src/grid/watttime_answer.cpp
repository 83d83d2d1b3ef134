#include "base/rfc3339.h"
#include "base/text.h"
#include "grid/answer.h"
#include "grid/watttime.h"
#include "json/read.h"

#include <algorithm>
#include <utility>

namespace ceems::grid {

namespace {

constexpr double kGramsPerPound = 453.592;
constexpr double kKilowattHoursPerMegawattHour = 1'000;
constexpr std::string_view kUnits = "lbs_co2_per_mwh";
constexpr std::size_t kLongestToken = 8'192;
constexpr std::size_t kLongestWarnings = 300;

std::string warnings_of(const json::value& meta) {
  std::string text;
  const auto* const warnings = json::array_member(meta, "warnings");
  if (warnings == nullptr) return text;
  for (const auto& warning : *warnings) {
    const auto message = json::find_text(warning, "message");
    if (!message || !base::is_valid_utf8(*message) || text.size() + message->size() > kLongestWarnings)
      continue;
    text += text.empty() ? ": " : "; ";
    text += *message;
  }
  return text;
}

}  // namespace

base::Result<std::string> parse_watttime_token(std::string_view body) {
  CEEMS_TRY(const auto answer, json::parse(body));
  const auto token = json::find_text(answer, "token");
  const auto fits = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!token || token->empty() || token->size() > kLongestToken || !std::ranges::all_of(*token, fits))
    return another_shape("no token");
  return std::string(*token);
}

base::Result<EmissionFactor> parse_watttime_history(std::string_view body, std::string_view region) {
  CEEMS_TRY(const auto answer, json::parse(body));
  const auto* const data = json::array_member(answer, "data");
  const auto* const meta = json::member(answer, "meta");
  if (data == nullptr || meta == nullptr) return another_shape("no data");
  if (data->empty())
    return base::fail(base::ErrorCode::kNoData, region, "no value of the last hour{}", warnings_of(*meta));
  if (json::find_text(*meta, "units") != kUnits) return another_shape("not in pounds per megawatt-hour");
  std::optional<Instant> newest;
  double pounds = 0;
  for (const auto& point : *data) {
    const auto time = base::parse_rfc3339(json::find_text(point, "point_time").value_or(""));
    const auto value = json::number_member(point, "value");
    if (!time || !value) return another_shape("a point without a time or a value");
    if (newest && *time < *newest) continue;
    newest = time;
    pounds = *value;
  }
  CEEMS_TRY(const double grams, plausible_grams(pounds * kGramsPerPound / kKilowattHoursPerMegawattHour));
  return EmissionFactor{.provider = std::string(kWattTimeInfo.id),
                        .provider_name = std::string(kWattTimeInfo.name),
                        .country_code = std::string(region),
                        .country = std::string(region),
                        .grams_per_kwh = grams,
                        .time = newest};
}

}  // namespace ceems::grid

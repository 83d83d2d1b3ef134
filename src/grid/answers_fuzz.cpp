// Whatever a service of emission factors sends is factors that a grid can have, or an error.
#include "grid/answer.h"
#include "grid/electricity_maps.h"
#include "grid/patience.h"
#include "grid/rte.h"
#include "grid/watttime.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void check(const ceems::base::Result<ceems::grid::EmissionFactor>& factor) {
  if (factor && !(factor->grams_per_kwh >= 0 && factor->grams_per_kwh <= ceems::grid::kMostGramsPerKwh))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::grid;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(parse_rte(text));
  check(parse_carbon_intensity(text, {"FR", "France"}));
  check(parse_watttime_history(text, "CAISO_NORTH"));
  if (const auto zones = parse_zones(text); zones && zones->empty()) std::abort();
  if (const auto token = parse_watttime_token(text); token && token->empty()) std::abort();
  if (error_text(text).size() > 200) std::abort();
  ceems::http::Response answer = ceems::http::text_response(429, std::string(text));
  answer.fields.add("Retry-After", std::string(text.substr(0, 64)));
  answer.fields.add("X-RateLimit-Reset", std::string(text.substr(0, 64)));
  const auto pause = asked_pause(answer, Instant(std::chrono::hours(500'000)));
  if (pause && pause->count() < 0) std::abort();
  return 0;
}

#include "grid/answer.h"

#include "base/text.h"
#include "grid/emission_factor.h"
#include "json/read.h"

#include <algorithm>
#include <cmath>

namespace ceems::grid {

std::unexpected<base::Error> another_shape(std::string_view what) {
  return base::fail(base::ErrorCode::kInvalid, "", "the answer has another shape: {}", what);
}

base::Result<double> plausible_grams(double grams) {
  if (std::isfinite(grams) && grams >= 0 && grams <= kMostGramsPerKwh) return grams;
  return base::fail(base::ErrorCode::kInvalid, "", "{} g/kWh is no emission factor", grams);
}

std::string error_text(std::string_view body) {
  constexpr std::size_t kMost = 200;
  const auto value = json::parse(body);
  if (!value) return {};
  for (const std::string_view name : {"message", "error", "detail"}) {
    const auto text = json::find_text(*value, name);
    if (!text || text->empty() || !base::is_valid_utf8(*text)) continue;
    std::size_t size = std::min(text->size(), kMost);
    while (size > 0 && !base::is_valid_utf8(text->substr(0, size)))
      --size;
    return std::string(text->substr(0, size));
  }
  return {};
}

}  // namespace ceems::grid

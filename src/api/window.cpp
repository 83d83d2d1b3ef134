#include "api/window.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace ceems::api {

namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kQuarterHour = 900;
// Beyond, milliseconds and sums of two times would not fit. 100 million years are enough for everybody.
constexpr std::int64_t kFarthest = std::numeric_limits<std::int64_t>::max() / 4'000;

struct Bounds {
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> to;
};

base::Result<std::optional<std::int64_t>> read_bound(const Parameters& parameters, const char* name) {
  auto value = parameters.integer(name);
  if (!value)
    return base::fail(base::ErrorCode::kInvalid, "", "query parameter '{}': malformed timestamp", name);
  if (*value) value = std::clamp(**value, -kFarthest, kFarthest);
  return value;
}

base::Result<Bounds> read_bounds(const Parameters& parameters) {
  Bounds bounds;
  CEEMS_TRY(bounds.from, read_bound(parameters, "from"));
  CEEMS_TRY(bounds.to, read_bound(parameters, "to"));
  return bounds;
}

std::int64_t round_down(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

base::Result<store::TimeRange> checked(std::int64_t from, std::int64_t to, const WindowRules& rules) {
  if (rules.max_period.count() > 0 && to - from > rules.max_period.count())
    return base::fail(base::ErrorCode::kInvalid, "", "maximum query window exceeded");
  // Time 0 stands for "not ended", which is never inside of a window.
  return store::TimeRange{std::max<std::int64_t>(from * 1'000, 1), to * 1'000 + 999};
}

}  // namespace

base::Result<store::TimeRange> read_window(const Parameters& parameters, const WindowRules& rules) {
  CEEMS_TRY(const Bounds bounds, read_bounds(parameters));
  const std::int64_t now = rules.now.time_since_epoch().count();
  const std::int64_t to = bounds.to ? *bounds.to : bounds.from ? *bounds.from + kDay : now;
  return checked(bounds.from.value_or(to - kDay), to, rules);
}

base::Result<store::TimeRange> read_usage_window(const Parameters& parameters, const WindowRules& rules) {
  CEEMS_TRY(const Bounds bounds, read_bounds(parameters));
  const std::int64_t now = rules.now.time_since_epoch().count();
  const std::int64_t from = round_down(bounds.from.value_or(now - kDay), kQuarterHour);
  const std::int64_t to = -round_down(-bounds.to.value_or(now), kQuarterHour);
  return checked(from, to, rules);
}

}  // namespace ceems::api

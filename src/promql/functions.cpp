#include "promql/functions.h"

#include "base/check.h"

#include <algorithm>
#include <array>

namespace ceems::promql {

namespace {

using enum ValueType;

// Sorted by name.
constexpr std::array kFunctions = std::to_array<Function>({
    {"abs", "i", 0, kInstantVector},
    {"absent", "i", 0, kInstantVector},
    {"absent_over_time", "r", 0, kInstantVector},
    {"acos", "i", 0, kInstantVector},
    {"acosh", "i", 0, kInstantVector},
    {"asin", "i", 0, kInstantVector},
    {"asinh", "i", 0, kInstantVector},
    {"atan", "i", 0, kInstantVector},
    {"atanh", "i", 0, kInstantVector},
    {"avg_over_time", "r", 0, kInstantVector},
    {"ceil", "i", 0, kInstantVector},
    {"changes", "r", 0, kInstantVector},
    {"clamp", "iss", 0, kInstantVector},
    {"clamp_max", "is", 0, kInstantVector},
    {"clamp_min", "is", 0, kInstantVector},
    {"cos", "i", 0, kInstantVector},
    {"cosh", "i", 0, kInstantVector},
    {"count_over_time", "r", 0, kInstantVector},
    {"day_of_month", "i", 1, kInstantVector},
    {"day_of_week", "i", 1, kInstantVector},
    {"day_of_year", "i", 1, kInstantVector},
    {"days_in_month", "i", 1, kInstantVector},
    {"deg", "i", 0, kInstantVector},
    {"delta", "r", 0, kInstantVector},
    {"deriv", "r", 0, kInstantVector},
    {"double_exponential_smoothing", "rss", 0, kInstantVector},
    {"end", "", 0, kScalar},
    {"exp", "i", 0, kInstantVector},
    {"first_over_time", "r", 0, kInstantVector},
    {"floor", "i", 0, kInstantVector},
    {"histogram_avg", "i", 0, kInstantVector},
    {"histogram_count", "i", 0, kInstantVector},
    {"histogram_fraction", "ssi", 0, kInstantVector},
    {"histogram_quantile", "si", 0, kInstantVector},
    {"histogram_quantiles", "itss", 9, kInstantVector},
    {"histogram_stddev", "i", 0, kInstantVector},
    {"histogram_stdvar", "i", 0, kInstantVector},
    {"histogram_sum", "i", 0, kInstantVector},
    {"holt_winters", "rss", 0, kInstantVector},
    {"hour", "i", 1, kInstantVector},
    {"idelta", "r", 0, kInstantVector},
    {"increase", "r", 0, kInstantVector},
    {"info", "ii", 1, kInstantVector},
    {"integral", "rs", 1, kInstantVector},
    {"irate", "r", 0, kInstantVector},
    {"label_join", "ittt", -1, kInstantVector},
    {"label_replace", "itttt", 0, kInstantVector},
    {"last_over_time", "r", 0, kInstantVector},
    {"ln", "i", 0, kInstantVector},
    {"log10", "i", 0, kInstantVector},
    {"log2", "i", 0, kInstantVector},
    {"mad_over_time", "r", 0, kInstantVector},
    {"max_of", "ss", 0, kScalar},
    {"max_over_time", "r", 0, kInstantVector},
    {"min_of", "ss", 0, kScalar},
    {"min_over_time", "r", 0, kInstantVector},
    {"minute", "i", 1, kInstantVector},
    {"month", "i", 1, kInstantVector},
    {"pi", "", 0, kScalar},
    {"predict_linear", "rs", 0, kInstantVector},
    {"present_over_time", "r", 0, kInstantVector},
    {"quantile_over_time", "sr", 0, kInstantVector},
    {"rad", "i", 0, kInstantVector},
    {"range", "", 0, kScalar},
    {"rate", "r", 0, kInstantVector},
    {"resets", "r", 0, kInstantVector},
    {"round", "is", 1, kInstantVector},
    {"scalar", "i", 0, kScalar},
    {"sgn", "i", 0, kInstantVector},
    {"sin", "i", 0, kInstantVector},
    {"sinh", "i", 0, kInstantVector},
    {"sort", "i", 0, kInstantVector},
    {"sort_by_label", "it", -1, kInstantVector},
    {"sort_by_label_desc", "it", -1, kInstantVector},
    {"sort_desc", "i", 0, kInstantVector},
    {"sqrt", "i", 0, kInstantVector},
    {"start", "", 0, kScalar},
    {"start_timestamp", "i", 0, kInstantVector},
    {"stddev_over_time", "r", 0, kInstantVector},
    {"stdvar_over_time", "r", 0, kInstantVector},
    {"step", "", 0, kScalar},
    {"sum_over_time", "r", 0, kInstantVector},
    {"tan", "i", 0, kInstantVector},
    {"tanh", "i", 0, kInstantVector},
    {"time", "", 0, kScalar},
    {"timestamp", "i", 0, kInstantVector},
    {"ts_of_first_over_time", "r", 0, kInstantVector},
    {"ts_of_last_over_time", "r", 0, kInstantVector},
    {"ts_of_max_over_time", "r", 0, kInstantVector},
    {"ts_of_min_over_time", "r", 0, kInstantVector},
    {"vector", "s", 0, kInstantVector},
    {"year", "i", 1, kInstantVector},
});
static_assert(std::ranges::is_sorted(kFunctions, {}, &Function::name));

}  // namespace

std::string_view value_type_name(ValueType type) {
  switch (type) {
    case kScalar:
      return "scalar";
    case kString:
      return "string";
    case kInstantVector:
      return "instant vector";
    case kRangeVector:
      break;
  }
  return "range vector";
}

std::optional<std::size_t> Function::most_arguments() const {
  if (repeats < 0) return std::nullopt;
  return least_arguments() + static_cast<std::size_t>(repeats);
}

ValueType Function::parameter(std::size_t index) const {
  CEEMS_CHECK(!parameters.empty());
  switch (parameters[std::min(index, parameters.size() - 1)]) {
    case 's':
      return kScalar;
    case 't':
      return kString;
    case 'i':
      return kInstantVector;
    default:
      return kRangeVector;
  }
}

const Function* find_function(std::string_view name) {
  const auto found = std::ranges::lower_bound(kFunctions, name, {}, &Function::name);
  return found != kFunctions.end() && found->name == name ? &*found : nullptr;
}

std::span<const Function> all_functions() {
  return kFunctions;
}

bool is_info(const Function& function) {
  return function.name == "info";
}

}  // namespace ceems::promql

#include "store/tolerant.h"

#include "base/log.h"
#include "store/json_scan.h"

#include <atomic>

namespace ceems::store {

namespace {

void report(const base::Error& error, std::string_view json) {
  constexpr std::size_t kShown = 80;
  static std::atomic_flag reported;
  if (reported.test_and_set()) return;
  base::Logger().warn("a column of the database is not valid JSON and counts as empty",
                      {{"error", error}, {"text", json.substr(0, kShown)}});
}

template <class Value>
Value value_or_empty(base::Result<Value> result, std::string_view json, Value empty) {
  if (result) return *std::move(result);
  report(result.error(), json);
  return empty;
}

}  // namespace

MetricMap read_metric_map(std::string_view json) {
  if (json.empty() || json == "{}") return {};
  return value_or_empty(parse_metric_map(json), json, MetricMap());
}

std::vector<std::string> read_string_list(std::string_view json) {
  return value_or_empty(parse_string_list(json), json, std::vector<std::string>());
}

std::string read_object(std::string_view json) {
  if (json.empty() || json == "{}") return "{}";
  return value_or_empty(splice_object(json), json, std::string("{}"));
}

}  // namespace ceems::store

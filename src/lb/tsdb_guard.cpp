#include "lb/tsdb_guard.h"

#include "access/guarded_query.h"
#include "lb/parameters.h"
#include "promql/parser.h"
#include "promql/printer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace ceems::lb {

namespace {

using std::chrono::milliseconds;

// Lists of labels come from whole blocks of the TSDB, which hold up to 31 days: what lies in the same block
// shows, although it is not in the window.
constexpr std::int64_t kBlockMs = std::int64_t{31} * 86'400'000;
// Times that no sample has, for windows without an end.
constexpr std::int64_t kFarMs = std::int64_t{1} << 58;

base::Result<std::string> query_of(const Parameters& parameters) {
  const std::string* query = parameters.find("query");
  if (query == nullptr) return base::fail(base::ErrorCode::kInvalid, "query", "this parameter is missing");
  return *query;
}

base::Result<std::int64_t> time_of(const Parameters& parameters, std::string_view name) {
  const std::string* text = parameters.find(name);
  if (text == nullptr) return base::fail(base::ErrorCode::kInvalid, name, "this parameter is missing");
  return parse_time(*text, name);
}

base::Result<std::int64_t> time_or(const Parameters& parameters, std::string_view name,
                                   std::int64_t fallback) {
  const std::string* text = parameters.find(name);
  if (text == nullptr) return fallback;
  return parse_time(*text, name);
}

// How old a sample may be that is still the latest.
base::Result<milliseconds> look_back(const Parameters& parameters, const AccessSettings& settings) {
  const std::string* text = parameters.find("lookback_delta");
  if (text == nullptr) return settings.lookback;
  CEEMS_TRY(const std::int64_t length, parse_length(*text, "lookback_delta"));
  return std::max(settings.lookback, milliseconds(length));
}

base::Status guard_instant(Parameters& parameters, const access::Guard& guard, const AccessSettings& settings,
                           std::int64_t now_ms) {
  CEEMS_TRY(const std::string query, query_of(parameters));
  CEEMS_TRY(const std::int64_t time, time_or(parameters, "time", now_ms));
  CEEMS_TRY(const milliseconds back, look_back(parameters, settings));
  const promql::QueryTimes times{.start = milliseconds(time), .end = milliseconds(time), .step = {}};
  CEEMS_TRY(std::string guarded, access::guard_query(query, times, back, guard));
  parameters.set("query", std::move(guarded));
  parameters.set("time", print_time(time));
  return {};
}

base::Status guard_range(Parameters& parameters, const access::Guard& guard, const AccessSettings& settings) {
  CEEMS_TRY(const std::string query, query_of(parameters));
  CEEMS_TRY(const std::int64_t start, time_of(parameters, "start"));
  CEEMS_TRY(const std::int64_t end, time_of(parameters, "end"));
  if (end < start)
    return base::fail(base::ErrorCode::kInvalid, "end", "the end must not be before the start");
  const std::string* step_text = parameters.find("step");
  if (step_text == nullptr) return base::fail(base::ErrorCode::kInvalid, "step", "this parameter is missing");
  CEEMS_TRY(const std::int64_t step, parse_length(*step_text, "step"));
  if (step <= 0) return base::fail(base::ErrorCode::kInvalid, "step", "must be above zero");
  CEEMS_TRY(const milliseconds back, look_back(parameters, settings));
  const promql::QueryTimes times{
      .start = milliseconds(start), .end = milliseconds(end), .step = milliseconds(step)};
  CEEMS_TRY(std::string guarded, access::guard_query(query, times, back, guard));
  parameters.set("query", std::move(guarded));
  parameters.set("start", print_time(start));
  parameters.set("end", print_time(end));
  parameters.set("step", print_time(step));
  return {};
}

// Servers look for exemplars of each selector of the query between start and end, whatever its offset.
base::Status guard_exemplars(Parameters& parameters, const access::Guard& guard,
                             const AccessSettings& settings, std::int64_t now_ms) {
  CEEMS_TRY(const std::string query, query_of(parameters));
  const std::int64_t now = now_ms;
  CEEMS_TRY(const std::int64_t start, time_or(parameters, "start", -kFarMs));
  CEEMS_TRY(const std::int64_t end, time_or(parameters, "end", kFarMs));
  const promql::QueryTimes times{.start = milliseconds(now), .end = milliseconds(now), .step = {}};
  CEEMS_TRY(std::string guarded,
            access::guard_query(query, times, settings.lookback, guard, store::TimeRange{start, end}));
  parameters.set("query", std::move(guarded));
  return {};
}

base::Status guard_selectors(Parameters& parameters, TsdbResource resource, const access::Guard& guard) {
  CEEMS_TRY(const std::int64_t start, time_or(parameters, "start", -kFarMs));
  CEEMS_TRY(const std::int64_t end, time_or(parameters, "end", kFarMs));
  if (end < start)
    return base::fail(base::ErrorCode::kInvalid, "end", "the end must not be before the start");
  const store::TimeRange window{start, end};
  const store::TimeRange reach{start - kBlockMs, end + kBlockMs};
  std::vector<std::string> selectors = parameters.all("match[]");
  if (selectors.empty() && resource == TsdbResource::kSeries)
    return base::fail(base::ErrorCode::kInvalid, "match[]", "this parameter is missing");
  for (std::string& selector : selectors) {
    CEEMS_TRY(selector, access::guard_selector(selector, window, reach, guard));
  }
  if (selectors.empty()) {
    CEEMS_TRY(std::string everything, access::guarded_everything(window, reach, guard));
    selectors.push_back(std::move(everything));
  }
  parameters.set_all("match[]", selectors);
  for (const std::string_view name : {"start", "end"}) {
    if (parameters.find(name) != nullptr) parameters.set(name, print_time(name == "start" ? start : end));
  }
  return {};
}

base::Status print_query(Parameters& parameters) {
  CEEMS_TRY(const std::string query, query_of(parameters));
  CEEMS_TRY(const promql::ExpressionPtr expression, promql::parse(query));
  parameters.set("query", promql::print(*expression));
  return {};
}

base::Status check_open(std::string_view name, const AccessSettings& settings) {
  if (std::ranges::find(settings.open_routes, name) != settings.open_routes.end()) return {};
  return base::fail(base::ErrorCode::kPermission, "", "user do not have permissions to this resource");
}

base::Status guard_parameters(const TsdbRoute& route, Parameters& parameters, const access::Guard& guard,
                              const AccessSettings& settings, std::int64_t now_ms) {
  switch (route.resource) {
    case TsdbResource::kQuery:
      return guard_instant(parameters, guard, settings, now_ms);
    case TsdbResource::kQueryRange:
      return guard_range(parameters, guard, settings);
    case TsdbResource::kQueryExemplars:
      return guard_exemplars(parameters, guard, settings, now_ms);
    case TsdbResource::kSeries:
    case TsdbResource::kLabels:
    case TsdbResource::kLabelValues:
      return guard_selectors(parameters, route.resource, guard);
    case TsdbResource::kFormatQuery:
    case TsdbResource::kParseQuery:
      return print_query(parameters);
    case TsdbResource::kMetadata:
      return check_open("metadata", settings);
    case TsdbResource::kBuildInfo:
      break;
  }
  return check_open("status/buildinfo", settings);
}

}  // namespace

base::Result<TsdbRequest> guard_request(const TsdbRoute& route, const http::Request& request,
                                        const access::Guard& guard, const AccessSettings& settings,
                                        std::int64_t now_ms) {
  CEEMS_TRY(Parameters parameters, Parameters::read(request, route.resource, settings.extra_parameters));
  CEEMS_TRY_VOID(guard_parameters(route, parameters, guard, settings, now_ms));
  TsdbRequest guarded;
  std::string form = parameters.form();
  if (takes_post(route.resource)) {
    guarded.method = "POST";
    guarded.target = route.path;
    guarded.body = std::move(form);
  } else {
    guarded.method = "GET";
    guarded.target = form.empty() ? route.path : route.path + "?" + form;
  }
  return guarded;
}

}  // namespace ceems::lb

#include "lb/tsdb_routes.h"

#include "http/message.h"

#include <algorithm>

namespace ceems::lb {

namespace {

struct FixedRoute {
  std::string_view path;
  TsdbResource resource;
};

constexpr FixedRoute kFixed[] = {
    {"/api/v1/query", TsdbResource::kQuery},
    {"/api/v1/query_range", TsdbResource::kQueryRange},
    {"/api/v1/query_exemplars", TsdbResource::kQueryExemplars},
    {"/api/v1/series", TsdbResource::kSeries},
    {"/api/v1/labels", TsdbResource::kLabels},
    {"/api/v1/format_query", TsdbResource::kFormatQuery},
    {"/api/v1/parse_query", TsdbResource::kParseQuery},
    {"/api/v1/metadata", TsdbResource::kMetadata},
    {"/api/v1/status/buildinfo", TsdbResource::kBuildInfo},
};

constexpr std::string_view kValuesPrefix = "/api/v1/label/";
constexpr std::string_view kValuesSuffix = "/values";

constexpr ParameterRule kQuery[] = {{"query"}, {"time"},           {"timeout"},
                                    {"limit"}, {"lookback_delta"}, {"stats"}};
constexpr ParameterRule kQueryRange[] = {{"query"}, {"start"},          {"end"},  {"step"}, {"timeout"},
                                         {"limit"}, {"lookback_delta"}, {"stats"}};
constexpr ParameterRule kExemplars[] = {{"query"}, {"start"}, {"end"}};
constexpr ParameterRule kSelectors[] = {{"match[]", true}, {"start"}, {"end"}, {"limit"}};
constexpr ParameterRule kText[] = {{"query"}};
constexpr ParameterRule kMetadata[] = {{"metric"}, {"limit"}, {"limit_per_metric"}};

// The name in /api/v1/label/<name>/values: ASCII letters, digits, underscore, or how Prometheus writes others
// (U__…); nothing that would have to be decoded.
bool is_plain_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
  });
}

}  // namespace

bool takes_post(TsdbResource resource) {
  switch (resource) {
    case TsdbResource::kLabelValues:
    case TsdbResource::kMetadata:
    case TsdbResource::kBuildInfo:
      return false;
    default:
      return true;
  }
}

std::optional<TsdbRoute> find_tsdb_route(std::string_view method, std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::optional<TsdbRoute> route;
  for (const FixedRoute& fixed : kFixed) {
    if (path == fixed.path) route = TsdbRoute{fixed.resource, std::string(path), ""};
  }
  if (!route && path.starts_with(kValuesPrefix) && path.ends_with(kValuesSuffix) &&
      path.size() > kValuesPrefix.size() + kValuesSuffix.size()) {
    const std::string_view name =
        path.substr(kValuesPrefix.size(), path.size() - kValuesPrefix.size() - kValuesSuffix.size());
    if (is_plain_name(name))
      route = TsdbRoute{TsdbResource::kLabelValues, std::string(path), std::string(name)};
  }
  if (!route || (method != "GET" && (method != "POST" || !takes_post(route->resource)))) return std::nullopt;
  return route;
}

std::span<const ParameterRule> parameters_of(TsdbResource resource) {
  switch (resource) {
    case TsdbResource::kQuery:
      return kQuery;
    case TsdbResource::kQueryRange:
      return kQueryRange;
    case TsdbResource::kQueryExemplars:
      return kExemplars;
    case TsdbResource::kSeries:
    case TsdbResource::kLabels:
    case TsdbResource::kLabelValues:
      return kSelectors;
    case TsdbResource::kFormatQuery:
    case TsdbResource::kParseQuery:
      return kText;
    case TsdbResource::kMetadata:
      return kMetadata;
    case TsdbResource::kBuildInfo:
      break;
  }
  return {};
}

}  // namespace ceems::lb

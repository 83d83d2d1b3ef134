// The routes of a Prometheus-compatible server that access control knows. Everything else is denied to users.
// Paths are compared as they arrive, still encoded: what two programs may read differently fits no route.
// https://prometheus.io/docs/prometheus/latest/querying/api/ . Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ceems::lb {

enum class TsdbResource : std::uint8_t {
  kQuery,
  kQueryRange,
  kQueryExemplars,
  kSeries,
  kLabels,
  kLabelValues,
  kFormatQuery,  // reads no data
  kParseQuery,   // reads no data
  kMetadata,     // names and help of all metrics
  kBuildInfo,
};

struct TsdbRoute {
  TsdbResource resource;
  std::string path;   // as it is sent on
  std::string label;  // decoded; of kLabelValues
};

// Nothing for a path or method that is none of these. One slash at the end is tolerated and not sent on.
std::optional<TsdbRoute> find_tsdb_route(std::string_view method, std::string_view path);

// The parameters that this resource takes, and whether one may be given several times.
struct ParameterRule {
  std::string_view name;
  bool repeated = false;
};
std::span<const ParameterRule> parameters_of(TsdbResource resource);

// Whether a request with a body may be sent in place of one without. The values of a label are asked for by
// GET alone.
bool takes_post(TsdbResource resource);

}  // namespace ceems::lb

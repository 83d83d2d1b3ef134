// The part of Pyroscope's API that access control knows: unary calls of querier.v1.QuerierService over HTTP,
// as Connect has them. Everything else is denied to users, and so are these of its methods: GetProfileStats
// and AnalyzeQuery, which tell of everybody's profiles.
// https://grafana.com/docs/pyroscope/latest/reference-server-api/ , https://connectrpc.com/docs/protocol/ .
// Pure functions.
#pragma once

#include "lb/api_message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::lb {

enum class PyroscopeMethod : std::uint8_t {
  kProfileTypes,
  kLabelValues,
  kLabelNames,
  kSeries,
  kSelectMergeStacktraces,
  kSelectMergeSpanProfile,
  kSelectMergeProfile,
  kSelectSeries,
  kSelectHeatmap,
  kDiff,
};

struct PyroscopeRoute {
  PyroscopeMethod method;
  std::string path;  // as it is sent on
};

// Nothing for a path or an HTTP method that is none of these. Paths are compared as they arrive, still
// encoded; one slash at the end is tolerated and not sent on.
std::optional<PyroscopeRoute> find_pyroscope_route(std::string_view method, std::string_view path);

std::string_view pyroscope_path(PyroscopeMethod method);

// What is asked. Fields that could show more than the selectors of a request let through are in no table: of
// SelectMergeStacktracesRequest `async`, which fetches the answer to another request.
const MessageType& pyroscope_request(PyroscopeMethod method);

const MessageType& label_values_response();
const MessageType& profile_types_response();
const MessageType& profile_type_message();

}  // namespace ceems::lb

// Every route of the API, once: what serves it, what it takes and what it answers. The server, its OpenAPI
// document and its tests are made from this table, so that none can say what another does not. Immutable;
// thread-safe.
#pragma once

#include "api/call.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ceems::api {

enum class Audience : std::uint8_t { kAnybody, kUsers, kAdministrators, kServiceAccount };

// What a list in an answer consists of.
enum class Rows : std::uint8_t { kNone, kUnits, kUsage, kUsers, kProjects, kStats, kClusters, kClaims };

enum class ValueKind : std::uint8_t {
  kText,
  kWholeNumber,
  kSeconds,     // since 1970
  kYes,         // present without a value, or with one that says no: see Parameters::flag()
  kUnitField,   // name of a field of units
  kUsageField,  // name of a field of usage
  kGrouping,    // name of a field that usage can be grouped by
  kAdminRole,   // "admin"
};

struct RouteParameter {
  std::string_view name;
  ValueKind kind = ValueKind::kText;
  bool repeatable = false;
  bool required = false;
  std::string_view description;
};

struct ApiRoute {
  std::string_view path;  // below the root of the API
  Audience audience = Audience::kUsers;
  CallHandler handler;
  std::chrono::milliseconds write_timeout;
  Rows rows = Rows::kNone;
  std::string_view summary;
  // Handlers see these; whatever else a request says is not passed on to them.
  std::vector<RouteParameter> parameters;
};

std::span<const ApiRoute> api_routes();

}  // namespace ceems::api

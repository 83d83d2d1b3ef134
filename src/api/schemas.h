// JSON schemas of what the API answers, and the names that its parameters take. Pure functions, for this room
// only.
#pragma once

#include "api/route_table.h"

#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace ceems::api {

// The values that a parameter of that kind takes; empty where any will do.
std::vector<std::string_view> names_of(ValueKind kind);

// "http.Response-models_Unit": the schema of a whole answer.
std::string_view envelope_name(Rows rows);

// All of them, by name.
boost::json::object component_schemas();

}  // namespace ceems::api

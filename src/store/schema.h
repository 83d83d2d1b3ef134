// The tables that other programs read too, as versions that follow one another, and the tables of our own
// beside them.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ceems::store {

class Connection;

inline constexpr std::int64_t kSchemaVersion = 10;

// What leads from version n-1 to version n; n counts from 1. The statements of one step.
const std::string& migration(std::int64_t version);

// Brings a database of any version up to kSchemaVersion, each step in a transaction of its own, and makes our
// own tables. kInvalid when the database is newer, or when a step of another program was left half done.
base::Status migrate(Connection& connection);

// That of units by cluster and manager.
inline constexpr const char* kManagerIndex = "ceems_units_manager";

// Indexes that make reading fast. On a large database this takes minutes, during which others can read. Does
// nothing where they exist.
base::Status create_indexes(Connection& connection);

}  // namespace ceems::store

// How old the data of an answer is, for programs that must not go by data that is too old. Free functions,
// thread-safe.
#pragma once

#include "base/result.h"
#include "http/message.h"
#include "store/reader.h"

#include <chrono>

namespace ceems::api {

// Seconds since the database was last written to.
inline constexpr const char* kDatabaseAgeField = "X-Ceems-Database-Age";

base::Result<std::chrono::seconds> database_age(const store::Reader& reader);
void add_database_age(http::Response& response, std::chrono::seconds age);

}  // namespace ceems::api

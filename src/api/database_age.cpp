#include "api/database_age.h"

#include <algorithm>

#include <fmt/format.h>

namespace ceems::api {

base::Result<std::chrono::seconds> database_age(const store::Reader& reader) {
  CEEMS_TRY(const auto written, reader.last_write());
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - written);
  return std::max(age, std::chrono::seconds(0));
}

void add_database_age(http::Response& response, std::chrono::seconds age) {
  response.fields.set(kDatabaseAgeField, fmt::format("{}", age.count()));
}

}  // namespace ceems::api

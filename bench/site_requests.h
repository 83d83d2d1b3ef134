// What callers of a large site's API server ask for, and the SQL that tells the same.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace ceems::bench {

struct SiteRequest {
  std::string what;
  std::string user;
  std::function<std::string(std::size_t round)> target;
  std::string sql;  // with ? for each of the values
  std::function<std::vector<std::string>(std::size_t round)> values;
  int columns = 1;  // of the SQL, all texts
};

// `directory` is where the site's database is.
base::Result<std::vector<SiteRequest>> site_requests(const std::string& directory);

}  // namespace ceems::bench

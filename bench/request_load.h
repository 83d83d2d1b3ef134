// A load of HTTP requests on kept connections, each of which asks again as soon as it has its answer.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::bench {

struct Load {
  std::uint16_t port = 0;  // on 127.0.0.1
  std::string request;     // as it goes over the wire
  std::size_t connections = 1;
  std::size_t requests = 1;
};

struct LoadResult {
  std::vector<double> latency_usec;  // of each request
  double seconds = 0;
};

// Any answer but one with status 200 and a body is an error.
base::Result<LoadResult> run_load(const Load& load);

}  // namespace ceems::bench

// A client of the Prometheus HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/) and of
// engines that speak it. Blocking; thread-safe. Answers are bounded and may be wrong in any way: errors name
// the URL and what was wrong.
#pragma once

#include "base/result.h"
#include "config/http_client.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::http {
class Client;
}

namespace ceems::tsdb {

using Milliseconds = std::chrono::milliseconds;
// UTC, milliseconds since the epoch.
using TimePoint = std::chrono::sys_time<Milliseconds>;

struct LabelPair {
  std::string name{};
  std::string value{};
};

// One element of an instant vector.
struct Sample {
  std::vector<LabelPair> labels{};  // as the server sent them
  TimePoint time{};
  double value = 0;

  std::string_view label(std::string_view name) const;  // "" when absent
};

// What the server says of itself; defaults where it does not answer.
struct Settings {
  Milliseconds scrape_interval{60'000};
  Milliseconds evaluation_interval{60'000};
  Milliseconds lookback_delta{300'000};
  Milliseconds query_timeout{120'000};
  std::uint64_t max_samples = 50'000'000;
  Milliseconds retention{0};  // 0: unknown
  Milliseconds rate_interval() const { return scrape_interval * 4; }
};

struct ClientOptions {
  config::HttpClientConfig web{};  // web.url is the base URL; userinfo in it is basic auth
  std::string user_agent = "ceems/tsdb";
  Milliseconds query_timeout{60'000};
  Milliseconds scrape_interval{0};      // 0: ask the server
  Milliseconds evaluation_interval{0};  // 0: ask the server
};

class Client {
 public:
  static base::Result<std::unique_ptr<Client>> create(ClientOptions options);
  // The same over a given transport: for tests.
  static base::Result<std::unique_ptr<Client>> create(ClientOptions options,
                                                      std::unique_ptr<http::Client> transport);
  virtual ~Client() = default;

  // POST /api/v1/query, again as GET on 405 or 501. A scalar or matrix answer is kInvalid, as is a query that
  // the server refuses; kUnavailable, kTimeout and kTooLarge may pass. `lookback` 0: the server's own.
  virtual base::Result<std::vector<Sample>> query(std::string_view promql, TimePoint time,
                                                  Milliseconds lookback) = 0;
  // What time the server has.
  virtual base::Result<TimePoint> present() = 0;
  // The server's settings, cached for six hours after a success and for a minute after a failure; partial
  // answers count.
  virtual Settings settings() = 0;
  // POST /api/v1/admin/tsdb/delete_series. Refuses an empty list, and selectors of which no part asks for a
  // value that is not empty: they would match series that lack the label.
  virtual base::Status delete_series(const std::vector<std::string>& matchers, TimePoint start,
                                     TimePoint end) = 0;
  virtual void cancel() = 0;
};

}  // namespace ceems::tsdb

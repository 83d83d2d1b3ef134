// The parameters of a request to a Prometheus-compatible server, read once and written anew. Pure functions.
#pragma once

#include "base/result.h"
#include "http/message.h"
#include "lb/tsdb_routes.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::lb {

class Parameters {
 public:
  // Of the URL and, for a POST, of its form: together. kInvalid for a body that is no form, a broken escape,
  // a parameter that the resource does not take (but for those of `extra`) or takes once and is given twice.
  static base::Result<Parameters> read(const http::Request& request, TsdbResource resource,
                                       std::span<const std::string> extra);

  const std::string* find(std::string_view name) const;  // nullptr without it, or where it is empty
  std::vector<std::string> all(std::string_view name) const;
  void set(std::string_view name, std::string value);  // in place of all of that name
  void set_all(std::string_view name, const std::vector<std::string>& values);

  std::string form() const;

 private:
  std::vector<http::Parameter> entries_;
};

// A point of time as Prometheus reads it: seconds since the epoch with a fraction, or RFC 3339. UTC
// milliseconds; kInvalid with `name` as its subject.
base::Result<std::int64_t> parse_time(std::string_view text, std::string_view name);
// A length of time: seconds with a fraction, or 1h30m. Milliseconds, not negative.
base::Result<std::int64_t> parse_length(std::string_view text, std::string_view name);
// Milliseconds as Prometheus reads them: "1700000000.123".
std::string print_time(std::int64_t time_ms);

}  // namespace ceems::lb

// The time zone in which a site's database writes its texts. Uses the system's tz database. Immutable and
// thread-safe; cheap to copy.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace ceems::store {

class TimeZone {
 public:
  // UTC.
  TimeZone();
  // An IANA name, "UTC", "" (UTC) or "Local" (that of this process: TZ, else /etc/localtime).
  static base::Result<TimeZone> find(std::string_view name);

  std::string name() const;
  // 2030-01-02T03:04:05, wall clock, rounded down to the second.
  std::string local(std::int64_t ms) const;
  // 2030-01-02T03:04:05+0100.
  std::string zoned(std::int64_t ms) const;
  // The inverse of local(): of two instants with the same wall clock the earlier; a wall clock that a change
  // of clocks skips counts from the offset before it.
  std::optional<std::int64_t> parse_local(std::string_view text) const;
  // Midnight, or the first instant, of the local day that `ms` is in, and of the day after it.
  std::int64_t day_start(std::int64_t ms) const;
  std::int64_t next_day_start(std::int64_t ms) const;

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;
};

// The inverse of TimeZone::zoned(); also takes +01:00 and Z.
std::optional<std::int64_t> parse_zoned(std::string_view text);

// HH:MM:SS, from 24 hours on D-HH:MM:SS; negative spans are 00:00:00.
std::string format_timespan(std::int64_t seconds);

}  // namespace ceems::store

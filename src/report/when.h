// Points in time as people type them at a command line, in the local time zone.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string_view>

namespace ceems::report {

// Accepts, without regard to case:
//   2026-03-01   2026-03-01T10:30   2026-03-01T10:30:15   (a blank may stand for the T)
//   …the last two with Z, +02, +0200 or +02:00 behind them; without, local time is meant
//   10:30   10:30:15                  today
//   today   yesterday   tomorrow      at midnight
//   now   now-2days   now+90minutes   units: seconds (default), minutes, hours, days, weeks, or their short
//   forms
// A day that does not exist is kInvalid; a clock time that daylight saving skips is moved by the gap.
base::Result<std::chrono::sys_seconds> parse_time(std::string_view text, std::chrono::sys_seconds now);

// Local midnight of the day of `now`.
std::chrono::sys_seconds local_midnight(std::chrono::sys_seconds now);

}  // namespace ceems::report

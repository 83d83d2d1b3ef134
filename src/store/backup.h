// Copies of the live database.
#pragma once

#include "base/result.h"
#include "store/time_zone.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace ceems::store {

struct BackupOptions {
  std::string database{};   // the file to copy
  std::string directory{};  // created with mode 0750
  TimeZone time_zone{};
  std::size_t keep = 0;  // how many copies stay, the newest; 0: all
};

// Writes <directory>/ceems-YYYYMMDDHHMM.db: compact, checked, mode 0640, and there under that name only when
// it is complete. Does not hinder a Writer. Returns the path. kCancelled, with nothing left behind, when
// stopped.
base::Result<std::string> back_up(const BackupOptions& options, std::int64_t now_ms,
                                  const std::stop_token& stop);

// When the newest of the copies there was made, in milliseconds since 1970, by the time of its file. Absent
// when there is none.
std::optional<std::int64_t> newest_backup(const BackupOptions& options);

}  // namespace ceems::store

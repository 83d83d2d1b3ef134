// Units that should run and that the manager no longer tells of: they end after a while, at the time when
// they were told of last. Not thread-safe.
#pragma once

#include "manager/manager.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::manager {

class Forgotten {
 public:
  // Of the manager `kind` of that cluster, which is waited for that long.
  Forgotten(std::string_view kind, std::string cluster, Milliseconds patience)
      : kind_(kind), cluster_(std::move(cluster)), patience_(patience) {}

  // The units among `known` that end now, state UNKNOWN. `told` are the id and start of every unit that the
  // manager tells of in this window; the same window may come again.
  std::vector<Unit> ended(const Window& window, const std::vector<KnownUnit>& known,
                          const std::vector<std::pair<std::string, std::int64_t>>& told);

 private:
  std::string kind_;
  std::string cluster_;
  Milliseconds patience_;
  std::map<std::pair<std::string, std::int64_t>, TimePoint> since_;  // not told of since then
};

}  // namespace ceems::manager

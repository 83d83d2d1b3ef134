// What time it is, for the update cycle. Windows are closed once their samples are in the TSDB: by that, a
// clock of this machine that runs ahead would close windows whose samples are yet to come, and would delete
// what has not expired. So time has come only when this machine and the TSDBs agree that it has. Not
// thread-safe.
#pragma once

#include "tsdb/client.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ceems::update {

class Clocks {
 public:
  using Wall = std::function<tsdb::TimePoint()>;

  // `wall` tells this machine's time.
  explicit Clocks(Wall wall) : wall_(std::move(wall)) {}

  // Asks the TSDB of that updater. One that does not answer is taken to differ as much as it did before. Says
  // so when it begins or ceases to differ by more than a few seconds.
  void compare(const std::string& updater, tsdb::Client& tsdb);

  // What has come for this machine and for the TSDBs of those updaters; unknown ones do not count.
  tsdb::TimePoint present(const std::vector<std::string>& updaters) const;
  // For all TSDBs.
  tsdb::TimePoint present() const;

 private:
  Wall wall_;
  std::map<std::string, tsdb::Milliseconds> ahead_;  // this machine of that TSDB, at least; not below 0
  std::map<std::string, bool> differs_;
};

}  // namespace ceems::update

// Power of chassis by the Redfish service of a BMC; see redfish_chassis.h for what is read. The work for one
// reading is bounded in time: chassis that are not known yet are looked at a few at a time. Slow: for the
// background. Not thread-safe.
#pragma once

#include "base/result.h"
#include "http/client.h"
#include "power/redfish_chassis.h"
#include "power/redfish_config.h"
#include "power/redfish_resource.h"
#include "power/redfish_session.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::power {

struct RedfishSnapshot {
  std::vector<RedfishPower> chassis;   // those with a reading
  std::optional<base::Error> problem;  // of the last chassis that couldn't be read
};

struct RedfishMeterOptions {
  using Clock = std::chrono::steady_clock;

  RedfishConfig config;
  // Where the BMC of this machine is, asked when the configuration doesn't say it.
  std::function<base::Result<std::string>()> find_host = {};
  // No request begins after it; the last may take its own time.
  std::chrono::milliseconds time_limit{30'000};
  std::function<Clock::time_point()> now = Clock::now;
};

class RedfishMeter {
 public:
  RedfishMeter(RedfishMeterOptions options, std::unique_ptr<http::Client> client);

  // Logs in and looks for chassis if that was not done yet, and now and then again. Errors: no chassis could
  // be read; kNoData: no chassis has a meter.
  base::Result<RedfishSnapshot> read(const std::atomic<bool>& stopping);

  // Tells the BMC that our session has ended; a reading begins a new one.
  void end_session() { session_.end(); }

 private:
  using Clock = RedfishMeterOptions::Clock;

  base::Status discover();
  base::Result<std::string> get(const std::string& link);
  void look_at_new(std::optional<base::Error>& problem);
  void read_known(RedfishSnapshot& snapshot);

  const RedfishMeterOptions options_;
  RedfishSession session_;
  const std::atomic<bool>* stopping_ = nullptr;  // of the reading
  Clock::time_point deadline_{};                 // of the reading, or of its present part
  bool discovered_ = false;
  int readings_ = 0;             // since the last discovery
  std::deque<std::string> new_;  // links of chassis that were not looked at yet
  std::vector<RedfishChassisReader> known_;
};

}  // namespace ceems::power

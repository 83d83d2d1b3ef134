// Power of chassis by the Redfish service of a BMC: from Power resources where there are some (deprecated
// since Redfish 2020.4), else from EnvironmentMetrics. Sessions or basic authentication. Slow: for the
// background. Not thread-safe.
//
// Format: DMTF DSP0266 (protocol) and DSP0268 (schemas Chassis, Power, EnvironmentMetrics, Session).
#pragma once

#include "base/result.h"
#include "http/client.h"
#include "power/redfish_config.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

struct RedfishPower {
  std::string chassis;  // Id: "System.Embedded.1"
  // Watts, summed over the chassis' power controls; nothing where the BMC says nothing, or what no chassis
  // can have (negative, above a megawatt).
  std::optional<double> current = {};
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  std::optional<double> average = {};
  std::optional<double> energy_joules = {};  // as the BMC counts it since a time of its own
};

struct RedfishSnapshot {
  std::vector<RedfishPower> chassis;   // those with a reading
  std::optional<base::Error> problem;  // of the last chassis that couldn't be read
};

class RedfishMeter {
 public:
  RedfishMeter(RedfishConfig config, std::unique_ptr<http::Client> client);
  ~RedfishMeter();  // as end_session()
  RedfishMeter(const RedfishMeter&) = delete;
  RedfishMeter& operator=(const RedfishMeter&) = delete;

  // Logs in and looks for chassis if that was not done yet, and now and then again. Errors: no chassis could
  // be read; kNoData: no chassis has a meter.
  base::Result<RedfishSnapshot> read(const std::atomic<bool>& stopping);

  // Tells the BMC, which has room for few sessions, that ours has ended; a reading begins a new one.
  void end_session();

 private:
  struct Chassis {
    std::string id;
    std::string power;        // link of the Power resource; may be empty
    std::string environment;  // of EnvironmentMetrics; may be empty
  };

  base::Result<http::Response> send(std::string_view method, const std::string& path, std::string body,
                                    bool authenticated);
  base::Result<std::string> get(const std::string& path);  // logs in again once if the session has ended
  base::Status log_in();
  base::Status discover(const std::atomic<bool>& stopping);
  base::Result<RedfishPower> read_chassis(const Chassis& chassis);

  const RedfishConfig config_;
  const std::unique_ptr<http::Client> client_;
  std::string sessions_;  // link of the collection of sessions
  std::string token_;     // secret
  std::string session_;   // link of ours
  std::vector<Chassis> chassis_;
  int readings_ = 0;  // since the last discovery
};

// Adds what a Power resource, or EnvironmentMetrics, says. False if it is no JSON object.
bool add_redfish_power(std::string_view json, RedfishPower& power);
bool add_redfish_environment(std::string_view json, RedfishPower& power);

}  // namespace ceems::power

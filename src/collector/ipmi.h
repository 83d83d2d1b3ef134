// Collector `ipmi`: what the BMC of this node knows of power, see power/ipmi_meter.h. It is asked in the
// background, from the first collection on; a collection takes the latest reading.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"
#include "power/ipmi_meter.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ceems::collector {

struct IpmiOptions {
  std::string command = {};               // --collector.ipmi.dcmi.cmd
  std::int64_t device_number = 0;         // --collector.ipmi.dev-num
  bool force_native = false;              // --collector.ipmi.force-native-mode
  bool test_mode = false;                 // --collector.ipmi.test-mode: the program runs as who we are
  bool power_energy_sensors = false;      // --collector.ipmi.power-energy-sensor-readings
  bool temperature_sensors = false;       // --collector.ipmi.temperature-sensor-readings
  std::vector<std::string> sensors = {};  // --collector.ipmi.sensor-id: numbers up to 255
  std::string device_directory = "/dev";
  std::string search_path = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";
  std::chrono::milliseconds interval{10'000};
};

// Opens the device, which needs privileges: make it before they are dropped. kInvalid: a negative device, a
// sensor that is no number, a command that can't be read.
base::Result<std::unique_ptr<Collector>> make_ipmi_collector(const NodeContext& node,
                                                             const IpmiOptions& options);

// Whether a program may have to be run by sudo, because the exporter was started without the privilege to
// become root: it must then not give up the right to run programs that have more privileges than itself.
bool ipmi_may_use_sudo(const IpmiOptions& options);

// The same with a BMC to ask.
std::unique_ptr<Collector> make_ipmi_collector(const NodeContext& node, power::IpmiMeter meter,
                                               std::chrono::milliseconds interval);

}  // namespace ceems::collector

// Keeps the list of this node's GPUs, on a thread of its own, since the tools that know it may take a minute
// or never end. Devices are looked for at the start, when the drivers show that something has changed (MIG
// was set up anew, a driver was loaded), and otherwise now and then. NVIDIA's come from NVML for as long as
// that is read anyway; no tool is run then. A vendor whose tool fails keeps the devices that were known
// before.
//
// The log says what changed, once.
#pragma once

#include "base/log.h"
#include "gpu/detect.h"
#include "gpu/device.h"
#include "gpu/device_order.h"
#include "gpu/nvml_sampler.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::gpu {

struct DeviceWatchOptions {
  DetectOptions detect;
  std::string procfs = "/proc";
  DeviceOrder order;
  std::shared_ptr<const NvmlSampler> nvml;  // null: NVML is not read
  // How often the drivers are looked at.
  std::chrono::milliseconds look_interval{10'000};
  // How often tools are asked though nothing seems to have changed.
  std::chrono::milliseconds ask_interval{3'600'000};
  // After a tool failed; twice as long each time, up to `retry_most`, and up to `ask_interval` after one that
  // hung: elsewhere it may never end.
  std::chrono::milliseconds retry_first{30'000};
  std::chrono::milliseconds retry_most{3'600'000};
};

// The GPUs of a node at one time. Immutable.
struct DeviceList {
  std::vector<Device> devices;   // NVIDIA's first
  std::uint64_t generation = 0;  // another one: something is different
};

// Who told of the devices.
enum class DevicesFrom : std::uint8_t { kTool, kToolElsewhere, kNvml };

class DeviceWatch {
 public:
  // What became of the last look for one vendor.
  struct Source {
    Vendor vendor = Vendor::kNvidia;
    std::size_t devices = 0;
    DevicesFrom from = DevicesFrom::kTool;
    bool failed = false;  // a tool that failed; without any tool there is nothing to fail
  };
  struct View {
    std::shared_ptr<const DeviceList> list;  // null until the first look is done
    std::vector<Source> sources;             // by vendor
    std::uint64_t looks = 0;                 // that asked tools
  };

  DeviceWatch(DeviceWatchOptions options, const base::Logger& log);
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;
  ~DeviceWatch();

  // Starts the thread; does nothing if it runs. After privileges are dropped.
  void start();
  // Never waits for a tool. Thread-safe.
  View view() const;
  // Somebody has a GPU that is not in the list: VMs' ones are looked for at once, and a few times after that.
  // Thread-safe.
  void look_again();
  // Ends the thread and whatever tool it runs.
  void stop();

 private:
  struct Shared;
  class Loop;
  const std::unique_ptr<Shared> shared_;
};

}  // namespace ceems::gpu

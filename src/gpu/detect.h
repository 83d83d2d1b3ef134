// One look for the GPUs of a node, by asking the vendors' tools. Slow: a tool may take a minute, so this is
// not for a scrape. Thread-safe.
#pragma once

#include "base/result.h"
#include "gpu/device.h"
#include "gpu/tool_place.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::gpu {

struct DetectOptions {
  std::string sysfs = "/sys";
  // Which vendors to ask for; none: those whose devices are on PCI.
  std::optional<std::vector<Vendor>> vendors;
  // The tools; empty or missing: looked for in `search_path`.
  std::string nvidia_smi;
  std::string rocm_smi;
  std::string amd_smi;
  std::string search_path = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";
  std::chrono::milliseconds timeout{60'000};  // of one tool
  int cancel_fd = -1;                         // see base::ChildOptions
  // Asked where a tool is missing here, or fails; null: nobody is.
  std::shared_ptr<ToolPlace> elsewhere;
  // Also what the host gives to VMs of them, see virtual_gpus.h. Asked for by DeviceWatch.
  bool virtual_gpus = false;
};

// What became of one vendor's devices.
struct Found {
  Vendor vendor = Vendor::kNvidia;
  // kNotFound: there is no tool to ask. Others: the tool failed, or printed what cannot be understood.
  base::Result<std::vector<Device>> devices;
  bool elsewhere = false;  // its tool was run there
};

// One for each vendor that was asked for; empty where there are no GPUs.
std::vector<Found> detect_devices(const DetectOptions& options);

// The output of `nvidia-smi vgpu --query`. kNotFound without the tool.
base::Result<std::string> query_vgpus(const DetectOptions& options);

// Which vendors detect_devices() asks for.
std::vector<Vendor> vendors_to_detect(const DetectOptions& options);

// Something short that changes when devices or their parts come or go, as far as the drivers show in sysfs
// and procfs; cheap to ask for.
std::uint64_t device_fingerprint(const std::string& sysfs, const std::string& procfs);

}  // namespace ceems::gpu

#include "gpu/detect.h"

#include "base/file.h"
#include "gpu/amd_smi.h"
#include "gpu/amd_topology.h"
#include "gpu/nvidia_smi.h"
#include "gpu/pci_scan.h"
#include "gpu/tools.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ceems::gpu {

namespace {

using base::ErrorCode;

base::Result<std::vector<Device>> list_nvidia(const Tools& tools) {
  CEEMS_TRY(const std::string report, tools.run("nvidia-smi", {"--query", "--xml-format"}));
  CEEMS_TRY(std::vector<Device> devices, parse_nvidia_smi(report));
  if (lacks_mig_uuids(devices)) {
    // Without them only Kubernetes knows less.
    if (const auto list = tools.run("nvidia-smi", {"-L"})) add_mig_uuids(devices, *list);
  }
  return devices;
}

base::Result<std::vector<Device>> ask_amd(const Tools& tools) {
  auto devices = [&]() -> base::Result<std::vector<Device>> {
    CEEMS_TRY(const std::string report, tools.run("amd-smi", {"static", "-a", "-B", "-b", "-p", "--json"}));
    return parse_amd_smi(report);
  }();
  if (devices || devices.error().code == ErrorCode::kCancelled) return devices;
  const auto report = tools.run("rocm-smi", {"--showproductname", "--showserial", "--showbus",
                                             "--showcomputepartition", "--showmemorypartition", "--json"});
  if (report) return parse_rocm_smi(*report);
  const bool is_new_missing = devices.error().code == ErrorCode::kNotFound;
  if (is_new_missing) return std::unexpected(report.error());
  if (report.error().code == ErrorCode::kNotFound) return devices;
  return std::unexpected(both_failed(std::move(devices).error(), report.error()));
}

base::Result<std::vector<Device>> list_devices(Vendor vendor, const Tools& tools, const std::string& sysfs) {
  if (vendor == Vendor::kNvidia) return list_nvidia(tools);
  CEEMS_TRY(std::vector<Device> devices, ask_amd(tools));
  add_amd_topology(devices, read_amd_nodes(sysfs));
  return devices;
}

// Whether what failed here may be tried elsewhere.
bool may_go_elsewhere(const DetectOptions& options, const base::Error& error) {
  return options.elsewhere != nullptr && error.code != ErrorCode::kCancelled;
}

Found detect(Vendor vendor, const DetectOptions& options) {
  Found found{.vendor = vendor, .devices = list_devices(vendor, OwnTools(options), options.sysfs)};
  if (found.devices || !may_go_elsewhere(options, found.devices.error())) return found;
  auto there = list_devices(vendor, ToolsElsewhere(options, vendor), options.sysfs);
  found.elsewhere = there.has_value();
  if (there) {
    found.devices = std::move(there);
  } else {
    found.devices = std::unexpected(both_failed(std::move(found.devices).error(), std::move(there).error()));
  }
  return found;
}

// FNV-1a.
class Fingerprint {
 public:
  void add(std::string_view text) {
    for (const char c : text)
      add_byte(static_cast<unsigned char>(c));
    add_byte(0);
  }
  // The names in a directory, and in those below it.
  void add_names(const std::string& directory, int levels) {
    const auto names = base::list_directory(directory);
    if (!names) return;
    for (const std::string& name : *names) {
      add(name);
      if (levels > 1) add_names(base::join_path(directory, name), levels - 1);
    }
    add_byte(1);
  }
  std::uint64_t value() const { return value_; }

 private:
  void add_byte(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100'0000'01B3; }
  std::uint64_t value_ = 0xCBF2'9CE4'8422'2325;
};

}  // namespace

std::vector<Vendor> vendors_to_detect(const DetectOptions& options) {
  return options.vendors ? *options.vendors : scan_for_gpus(options.sysfs);
}

std::vector<Found> detect_devices(const DetectOptions& options) {
  std::vector<Found> found;
  for (const Vendor vendor : vendors_to_detect(options))
    found.push_back(detect(vendor, options));
  return found;
}

base::Result<std::string> query_vgpus(const DetectOptions& options) {
  const std::vector<std::string> arguments{"vgpu", "--query"};
  auto text = OwnTools(options).run("nvidia-smi", arguments);
  if (text || !may_go_elsewhere(options, text.error())) return text;
  auto there = ToolsElsewhere(options, Vendor::kNvidia).run("nvidia-smi", arguments);
  if (there) return there;
  return std::unexpected(both_failed(std::move(text).error(), std::move(there).error()));
}

std::uint64_t device_fingerprint(const std::string& sysfs, const std::string& procfs) {
  Fingerprint print;
  for (const Vendor vendor : scan_for_gpus(sysfs))
    print.add(vendor_name(vendor));
  // Virtual functions among them, and what VMs are given without one.
  print.add_names(base::join_path(sysfs, "bus/pci/devices"), 1);
  print.add_names(base::join_path(sysfs, "bus/mdev/devices"), 1);
  // The driver's version: another one may be there after an update.
  if (const auto version = base::read_file(base::join_path(procfs, "driver/nvidia/version")))
    print.add(*version);
  print.add_names(base::join_path(procfs, "driver/nvidia/gpus"), 1);
  // gpu<n>/mig/gi<n>/ci<n>
  print.add_names(base::join_path(procfs, "driver/nvidia/capabilities"), 4);
  print.add_names(base::join_path(sysfs, "class/kfd/kfd/topology/nodes"), 1);
  if (const auto generation = base::read_file(base::join_path(sysfs, "class/kfd/kfd/topology/generation_id")))
    print.add(*generation);
  return print.value();
}

}  // namespace ceems::gpu

#include "gpu/detect.h"

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "gpu/amd_smi.h"
#include "gpu/amd_topology.h"
#include "gpu/nvidia_smi.h"
#include "gpu/pci_scan.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ceems::gpu {

namespace {

using base::ErrorCode;

// A report of 64 GPUs has half a megabyte.
constexpr std::size_t kMostOutput = std::size_t{8} << 20;
constexpr std::size_t kMostErrorsTold = 200;

class Tools {
 public:
  explicit Tools(const DetectOptions& options) : options_(options) {}

  base::Result<std::string> find(const std::string& given, std::string_view name) const {
    if (!given.empty() && base::exists(given)) return given;
    return base::find_program(name, options_.search_path);
  }

  base::Result<std::string> run(const std::string& program, const std::vector<std::string>& arguments) const {
    base::ChildOptions child;
    child.arguments = {program};
    child.arguments.insert(child.arguments.end(), arguments.begin(), arguments.end());
    child.search_path = options_.search_path;
    child.timeout = options_.timeout;
    child.output_limit = kMostOutput;
    child.cancel_fd = options_.cancel_fd;
    CEEMS_TRY(base::ChildResult result, base::run_child(child));
    if (result.exit_status == 0) return std::move(result.output);
    // nvidia-smi says what is wrong on its standard output.
    const std::string_view said = base::trim(result.errors).empty() ? result.output : result.errors;
    return base::fail(
        ErrorCode::kUnavailable, program, "ended with {} {}: {}", result.signal != 0 ? "signal" : "status",
        result.signal != 0 ? result.signal : result.exit_status, base::trim(said).substr(0, kMostErrorsTold));
  }

 private:
  const DetectOptions& options_;
};

base::Result<std::vector<Device>> detect_nvidia(const DetectOptions& options) {
  const Tools tools(options);
  CEEMS_TRY(const std::string program, tools.find(options.nvidia_smi, "nvidia-smi"));
  CEEMS_TRY(const std::string report, tools.run(program, {"--query", "--xml-format"}));
  CEEMS_TRY(std::vector<Device> devices, parse_nvidia_smi(report));
  if (lacks_mig_uuids(devices)) {
    // Without them only Kubernetes knows less.
    if (const auto list = tools.run(program, {"-L"})) add_mig_uuids(devices, *list);
  }
  return devices;
}

base::Result<std::vector<Device>> ask_amd(const DetectOptions& options) {
  const Tools tools(options);
  base::Status first_failure;
  if (const auto program = tools.find(options.amd_smi, "amd-smi")) {
    auto devices = [&]() -> base::Result<std::vector<Device>> {
      CEEMS_TRY(const std::string report, tools.run(*program, {"static", "-a", "-B", "-b", "-p", "--json"}));
      return parse_amd_smi(report);
    }();
    if (devices) return devices;
    first_failure = std::unexpected(std::move(devices).error());
  }
  const auto program = tools.find(options.rocm_smi, "rocm-smi");
  if (!program) return std::unexpected(first_failure ? program.error() : first_failure.error());
  CEEMS_TRY(const std::string report,
            tools.run(*program, {"--showproductname", "--showserial", "--showbus", "--showcomputepartition",
                                 "--showmemorypartition", "--json"}));
  return parse_rocm_smi(report);
}

base::Result<std::vector<Device>> detect_amd(const DetectOptions& options) {
  CEEMS_TRY(std::vector<Device> devices, ask_amd(options));
  add_amd_topology(devices, read_amd_nodes(options.sysfs));
  return devices;
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
  for (const Vendor vendor : vendors_to_detect(options)) {
    found.push_back({.vendor = vendor,
                     .devices = vendor == Vendor::kNvidia ? detect_nvidia(options) : detect_amd(options)});
  }
  return found;
}

base::Result<std::string> query_vgpus(const DetectOptions& options) {
  const Tools tools(options);
  CEEMS_TRY(const std::string program, tools.find(options.nvidia_smi, "nvidia-smi"));
  return tools.run(program, {"vgpu", "--query"});
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

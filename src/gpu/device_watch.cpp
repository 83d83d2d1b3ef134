#include "gpu/device_watch.h"

#include "base/watch_thread.h"
#include "gpu/nvml_devices.h"
#include "gpu/virtual_gpus.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace ceems::gpu {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kNvmlWait{100};
constexpr int kNvmlWaits = 100;
// After somebody asked to look again: a VM's GPU is told only once the VM has begun to use it.
constexpr int kLooksForMissing = 3;

}  // namespace

struct DeviceWatch::Shared {
  Shared(DeviceWatchOptions given, const base::Logger& logger) : options(std::move(given)), log(logger) {
    options.detect.cancel_fd = thread.cancel_fd();
  }

  DeviceWatchOptions options;
  const base::Logger log;

  mutable std::mutex mutex;  // guards the view; never held while a tool runs
  View view;

  base::WatchThread thread;  // ends before what it uses
};

// The body of the thread.
class DeviceWatch::Loop {
 public:
  explicit Loop(Shared& shared)
      : shared_(shared), options_(shared.options), log_(shared.log), retry_(options_.retry_first) {}

  void run() {
    // What NVML will tell in a moment need not be asked of a tool.
    for (int i = 0; i < kNvmlWaits && options_.nvml != nullptr; ++i) {
      if (options_.nvml->view().state != NvmlState::kStarting) break;
      if (sleep(kNvmlWait)) return;
    }
    do
      look();
    while (!sleep(options_.look_interval));
  }

 private:
  struct Known {
    Vendor vendor;
    std::vector<Device> devices;
    std::string problem;  // as the log was told
    DevicesFrom from = DevicesFrom::kTool;
    bool failed = false;
  };

  // True when the thread is to end.
  bool sleep(std::chrono::milliseconds time) {
    const auto wake = shared_.thread.wait_for(time);
    if (wake == base::WatchThread::Wake::kWoken) looks_for_missing_ = kLooksForMissing;
    return wake == base::WatchThread::Wake::kStopped;
  }

  void look() {
    const bool nvml_tells = look_at_nvml();
    const Clock::time_point now = Clock::now();
    const std::uint64_t print = device_fingerprint(options_.detect.sysfs, options_.procfs);
    const bool is_news = print != fingerprint_ || nvml_tells != nvml_told_;
    if (is_news || now >= ask_again_) {
      if (is_news) retry_ = options_.retry_first;
      fingerprint_ = print;
      nvml_told_ = nvml_tells;
      ask(nvml_tells);
      looks_for_missing_ = std::max(looks_for_missing_, 1);
    }
    std::vector<Device> devices = listed();
    if (looks_for_missing_ > 0) {
      --looks_for_missing_;
      // It may take long, and what it tells is little.
      if (list_ == nullptr) publish(devices);
      ask_for_vgpus(devices);
    }
    if (!vgpus_.empty()) add_vgpu_query(devices, vgpus_);
    publish(std::move(devices));
  }

  // All that are known, without what only the tool tells of VMs' ones.
  std::vector<Device> listed() const {
    std::vector<Device> devices;
    for (const Known& one : known_)
      devices.insert(devices.end(), one.devices.begin(), one.devices.end());
    if (options_.detect.virtual_gpus) read_virtual_gpus(devices, options_.detect.sysfs);
    return devices;
  }

  void ask_for_vgpus(const std::vector<Device>& devices) {
    if (!options_.detect.virtual_gpus || !has_virtual_gpus(devices)) {
      vgpus_.clear();
      return;
    }
    auto text = query_vgpus(options_.detect);
    if (text) {
      vgpus_ = *std::move(text);
      vgpu_problem_.clear();
      return;
    }
    if (text.error().code == base::ErrorCode::kCancelled || vgpu_problem_ == text.error().text()) return;
    vgpu_problem_ = text.error().text();
    log_.warn("VMs' parts of GPUs can't be listed; it is tried again when a VM has one that is not known",
              {{"err", text.error()}});
  }

  Known& known(Vendor vendor) {
    const auto at = std::ranges::find(known_, vendor, &Known::vendor);
    if (at != known_.end()) return *at;
    known_.push_back({.vendor = vendor, .devices = {}, .problem = ""});
    std::ranges::sort(known_, {}, &Known::vendor);
    return *std::ranges::find(known_, vendor, &Known::vendor);
  }

  // Whether NVML says which devices of NVIDIA there are.
  bool look_at_nvml() {
    if (options_.nvml == nullptr || !may_have(Vendor::kNvidia)) return false;
    const NvmlSampler::View view = options_.nvml->view();
    // One that hangs, or is initialised anew, has told before.
    if (view.snapshot == nullptr) return view.state == NvmlState::kStale && nvml_told_;
    Known& nvidia = known(Vendor::kNvidia);
    nvidia.from = DevicesFrom::kNvml;
    nvidia.failed = false;
    if (view.snapshot->generation != nvml_generation_ || !nvml_told_) {
      nvml_generation_ = view.snapshot->generation;
      nvidia.devices = devices_of(*view.snapshot);
    }
    return true;
  }

  bool may_have(Vendor vendor) const {
    return !options_.detect.vendors ||
           std::ranges::find(*options_.detect.vendors, vendor) != options_.detect.vendors->end();
  }

  void ask(bool nvml_tells) {
    DetectOptions detect = options_.detect;
    std::vector<Vendor> vendors = vendors_to_detect(detect);
    std::erase_if(known_, [&](const Known& one) {
      return std::ranges::find(vendors, one.vendor) == vendors.end() &&
             !(nvml_tells && one.vendor == Vendor::kNvidia);
    });
    if (nvml_tells) std::erase(vendors, Vendor::kNvidia);
    detect.vendors = std::move(vendors);
    bool any_failed = false;
    bool any_hung = false;
    for (Found& found : detect_devices(detect)) {
      any_hung |= !found.devices && found.devices.error().code == base::ErrorCode::kTimeout;
      any_failed |= !take(std::move(found));
    }
    ask_again_ = Clock::now() + (any_failed ? retry_ : options_.ask_interval);
    if (any_failed) retry_ = std::min(2 * retry_, any_hung ? options_.ask_interval : options_.retry_most);
    const std::lock_guard lock(shared_.mutex);
    if (!detect.vendors->empty()) ++shared_.view.looks;
  }

  // False if the tool failed.
  bool take(Found found) {
    Known& one = known(found.vendor);
    one.from = found.elsewhere ? DevicesFrom::kToolElsewhere : DevicesFrom::kTool;
    const std::string_view vendor = vendor_name(found.vendor);
    if (found.devices) {
      if (!one.problem.empty()) log_.info("GPUs can be listed again", {{"vendor", vendor}});
      one.problem.clear();
      one.failed = false;
      one.devices = *std::move(found.devices);
      return true;
    }
    const base::Error& error = found.devices.error();
    if (error.code == base::ErrorCode::kCancelled) return true;
    one.failed = error.code != base::ErrorCode::kNotFound;
    if (one.problem == error.text()) return false;
    one.problem = error.text();
    if (one.failed) {
      log_.warn("GPUs can't be listed; it is tried again from time to time",
                {{"vendor", vendor}, {"err", error}});
    } else {
      log_.info("no tool to list GPUs with; it is looked for again from time to time",
                {{"vendor", vendor}, {"err", error}});
    }
    return false;
  }

  void publish(std::vector<Device> devices) {
    options_.order.apply(devices);
    const bool is_first = list_ == nullptr;
    if (is_first || list_->devices != devices) {
      auto list = std::make_shared<DeviceList>();
      list->devices = std::move(devices);
      list->generation = is_first ? 1 : list_->generation + 1;
      say(*list, is_first);
      list_ = std::move(list);
    }
    std::vector<Source> sources;
    for (const Known& one : known_) {
      sources.push_back(
          {.vendor = one.vendor, .devices = one.devices.size(), .from = one.from, .failed = one.failed});
    }
    const std::lock_guard lock(shared_.mutex);
    shared_.view.list = list_;
    shared_.view.sources = std::move(sources);
  }

  void say(const DeviceList& list, bool is_first) const {
    if (is_first && list.devices.empty()) return;
    std::size_t instances = 0;
    for (const Device& device : list.devices)
      instances += device.instances.size();
    log_.info("GPUs of this node", {{"devices", list.devices.size()}, {"instances", instances}});
  }

  Shared& shared_;
  const DeviceWatchOptions& options_;
  const base::Logger& log_;
  std::vector<Known> known_;  // by vendor
  std::shared_ptr<const DeviceList> list_;
  std::uint64_t fingerprint_ = 0;
  std::uint64_t nvml_generation_ = 0;
  bool nvml_told_ = false;
  int looks_for_missing_ = 0;
  std::string vgpus_;  // as the tool printed them
  std::string vgpu_problem_;
  Clock::time_point ask_again_;  // the first time: long ago
  std::chrono::milliseconds retry_;
};

DeviceWatch::DeviceWatch(DeviceWatchOptions options, const base::Logger& log)
    : shared_(std::make_unique<Shared>(std::move(options), log)) {}

DeviceWatch::~DeviceWatch() {
  stop();
}

void DeviceWatch::start() {
  const auto started =
      shared_->thread.start("gpu-devices", [shared = shared_.get()] { Loop(*shared).run(); });
  if (!started) shared_->log.error("no thread to look for GPUs", {{"err", started.error().message}});
}

DeviceWatch::View DeviceWatch::view() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->view;
}

void DeviceWatch::look_again() {
  shared_->thread.wake();
}

void DeviceWatch::stop() {
  shared_->thread.request_stop();
  if (shared_->options.detect.elsewhere != nullptr) shared_->options.detect.elsewhere->cancel();
  shared_->thread.stop();
}

}  // namespace ceems::gpu

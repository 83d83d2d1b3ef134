#include "gpu/nvml_session.h"

#include "gpu/nvml_values.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ceems::gpu {

base::Result<std::unique_ptr<NvmlSession>> NvmlSession::open(const NvmlLibrary& library, NvmlHistory& history,
                                                             const NvmlReadOptions& options,
                                                             const base::Logger& log) {
  history.faults.start_session();
  const NvmlReturn result = library.functions().init();
  if (!history.faults.accept(result, "init"))
    return base::fail(base::ErrorCode::kUnavailable, library.name(), "NVML can't be initialised: {}",
                      nvml_error_text(result));
  return std::make_unique<NvmlSession>(library, history, options, log);
}

NvmlSession::NvmlSession(const NvmlLibrary& library, NvmlHistory& history, const NvmlReadOptions& options,
                         const base::Logger& log)
    : library_(library),
      f_(library.functions()),
      history_(history),
      faults_(history.faults),
      options_(options),
      log_(log),
      driver_version_(system_text("driver version", f_.driver_version)),
      nvml_version_(system_text("NVML version", f_.nvml_version)),
      reader_(f_, faults_),
      processes_(f_, faults_) {
  for (auto& [uuid, device] : history_.devices)
    device.energy.restart();
}

NvmlSession::~NvmlSession() {
  watched_.clear();
  events_.reset();
  f_.shutdown();
}

std::string NvmlSession::system_text(std::string_view what, NvmlFunctions::SystemText function) {
  std::array<char, nvml::kTextSize> buffer{};
  return faults_.call(what, function, buffer.data(), std::uint32_t{nvml::kTextSize}) ? nvml_text(buffer) : "";
}

bool NvmlSession::mig_has_changed() {
  return std::ranges::any_of(watched_, [&](const Watched& one) {
    return one.handle.info.mig_enabled &&
           mig_fingerprint(f_, faults_, one.handle.device) != one.mig_fingerprint;
  });
}

void NvmlSession::refresh_inventory() {
  std::vector<NvmlDeviceHandle> handles = list_nvml_devices(f_, faults_);
  const auto same = [](const Watched& one, const NvmlDeviceHandle& handle) {
    return one.handle.device == handle.device && one.handle.info == handle.info;
  };
  if (events_ != nullptr && std::ranges::equal(watched_, handles, same)) return;
  watched_.clear();
  events_ = std::make_unique<NvmlEvents>(f_, faults_);
  for (NvmlDeviceHandle& handle : handles)
    watch(std::move(handle));
  ++history_.generation;
}

void NvmlSession::watch(NvmlDeviceHandle handle) {
  const std::string& uuid = handle.info.uuid;
  if (!history_.devices.contains(uuid) && history_.devices.size() >= NvmlHistory::kMaxDevices) return;
  NvmlHistory::Device& known = history_.devices[uuid];
  known.info = handle.info;
  Watched watched;
  watched.tells_xids = events_->watch(handle.device);
  if (watched.tells_xids && !known.xids) known.xids.emplace();
  if (handle.info.mig_enabled) watched.mig_fingerprint = mig_fingerprint(f_, faults_, handle.device);
  const bool gpm = options_.profiling && nvml_gpm_supported(f_, faults_, handle.device);
  for (const NvmlPartHandle& part : handle.parts) {
    watched.parts.emplace_back();
    if (gpm)
      watched.parts.back().gpm = std::make_unique<NvmlGpm>(f_, faults_, handle.device, part.gpu_instance_id);
  }
  watched.handle = std::move(handle);
  watched_.push_back(std::move(watched));
}

void NvmlSession::take_events() {
  for (const NvmlEvents::Event& event : events_->take()) {
    const auto is_its = [&](const Watched& one) {
      return one.handle.device == event.device ||
             std::ranges::any_of(one.handle.parts, [&](const NvmlPartHandle& part) {
               return std::ranges::find(part.mig_devices, event.device) != part.mig_devices.end();
             });
    };
    const auto at = std::ranges::find_if(watched_, is_its);
    if (at == watched_.end()) continue;
    const std::string& uuid = at->handle.info.uuid;
    auto& xids = history_.devices[uuid].xids;
    if (!xids) xids.emplace();
    count_xid(*xids, event.xid);
    log_.warn("the driver reports a critical error of a GPU", {{"xid", event.xid}, {"gpuuuid", uuid}});
  }
}

std::shared_ptr<const NvmlSnapshot> NvmlSession::sample(const std::atomic<bool>& stop) {
  const Clock::time_point begin = Clock::now();
  const bool slow = !last_slow_ || begin - *last_slow_ >= options_.slow_period;
  if (slow || mig_has_changed()) refresh_inventory();
  if (slow) last_slow_ = begin;
  take_events();
  const auto snapshot = std::make_shared<NvmlSnapshot>();
  for (Watched& one : watched_) {
    if (stop.load(std::memory_order_relaxed)) return nullptr;
    read_device(one, slow, snapshot->devices.emplace_back());
    note_presence(snapshot->devices.back());
  }
  add_missing(*snapshot);
  lacks_device_ = std::ranges::any_of(snapshot->devices, [](const NvmlDevice& one) { return !one.present; });
  log_refused();
  snapshot->generation = history_.generation;
  snapshot->library = library_.name();
  snapshot->driver_version = driver_version_;
  snapshot->nvml_version = nvml_version_;
  snapshot->taken = Clock::now();
  snapshot->cost = snapshot->taken - begin;
  return snapshot;
}

void NvmlSession::read_device(Watched& watched, bool slow, NvmlDevice& to) {
  NvmlHistory::Device& known = history_.devices[watched.handle.info.uuid];
  const nvml::Device device = watched.handle.device;
  (void)faults_.take_device_lost();
  to.info = watched.handle.info;
  const bool gpm = std::ranges::any_of(watched.parts, [](const Part& part) { return part.gpm != nullptr; });
  to.readings = reader_.readings(device, options_.pcie_throughput && !gpm);
  if (const auto raw = reader_.energy_millijoules(device))
    to.readings.energy_millijoules = known.energy.accept(*raw, Clock::now());
  if (slow) watched.health = reader_.health(device);
  to.health = watched.health;
  for (std::size_t i = 0; i < watched.parts.size(); ++i)
    read_part(watched.handle.parts[i], watched.parts[i], to);
  if (!gpm && to.parts.size() == 1) {
    to.parts[0].gpm.pcie_transmit_bytes_per_second = to.readings.pcie_transmit_bytes_per_second;
    to.parts[0].gpm.pcie_receive_bytes_per_second = to.readings.pcie_receive_bytes_per_second;
  }
  if (watched.tells_xids) to.xids = known.xids;
  to.present = !faults_.take_device_lost();
  if (to.present) return;
  // What was read before the GPU was found lost may be anything.
  to.readings = {};
  to.health = {};
  to.parts.clear();
}

void NvmlSession::read_part(const NvmlPartHandle& handle, Part& part, NvmlDevice& to) {
  NvmlPart& read = to.parts.emplace_back();
  read.gpu_instance_id = handle.gpu_instance_id;
  read.profile = handle.profile;
  read.sm_count = handle.sm_count;
  read.memory = reader_.memory(handle.device);
  if (part.gpm) read.gpm = part.gpm->read();
  read.processes = processes_.read(handle, part.seen_us);
}

void NvmlSession::note_presence(const NvmlDevice& device) {
  bool& lost = history_.devices[device.info.uuid].lost;
  if (lost == !device.present) return;
  lost = !device.present;
  const std::string& uuid = device.info.uuid;
  if (lost) {
    log_.error("a GPU is lost", {{"gpuuuid", uuid}, {"index", device.info.index}});
  } else {
    log_.info("the GPU is back", {{"gpuuuid", uuid}, {"index", device.info.index}});
  }
}

// GPUs that were there before and are not in the driver's list any more.
void NvmlSession::add_missing(NvmlSnapshot& snapshot) {
  for (const auto& [uuid, known] : history_.devices) {
    const auto is_listed = [&](const Watched& one) { return one.handle.info.uuid == uuid; };
    if (std::ranges::any_of(watched_, is_listed)) continue;
    NvmlDevice& missing = snapshot.devices.emplace_back();
    missing.info = known.info;
    missing.xids = known.xids;
    note_presence(missing);
  }
}

void NvmlSession::log_refused() {
  for (const std::string_view what : faults_.take_refused())
    log_.info("NVML does not let this user read everything", {{"what", what}});
}

}  // namespace ceems::gpu

#include "power/hwmon.h"

#include "base/file.h"
#include "base/text.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace ceems::power {

namespace {

// Far more than any machine has; a bound for trees that are wrong.
constexpr std::size_t kMostSensors = 4096;

std::string energy_key(const HwmonSensorId& id) {
  return id.chip + "|" + id.chip_name + "|" + id.sensor;
}

}  // namespace

HwmonMeter::HwmonMeter(std::string directory, OpenFile open_file)
    : directory_(std::move(directory)), open_file_(std::move(open_file)) {
  if (auto entries = list()) discover(*std::move(entries));
}

base::Result<std::vector<std::string>> HwmonMeter::list() const {
  auto entries = base::list_directory(directory_);
  if (!entries && (entries.error().code == base::ErrorCode::kNotFound ||
                   entries.error().code == base::ErrorCode::kPermission))
    return std::vector<std::string>{};
  return entries;
}

void HwmonMeter::discover(std::vector<std::string> entries) {
  ids_.clear();
  sensors_.clear();
  for (const std::string& entry : entries)
    discover_monitor(entry);
  entries_ = std::move(entries);
  ++generation_;
}

HwmonMeter::Sensor& HwmonMeter::sensor(HwmonSensorId id, const std::string& directory) {
  const auto known = std::ranges::find_if(ids_, [&](const HwmonSensorId& other) {
    return other.index == id.index && other.chip == id.chip && other.sensor == id.sensor;
  });
  if (known != ids_.end()) return sensors_[static_cast<std::size_t>(known - ids_.begin())];
  const auto label = base::read_file(base::join_path(directory, id.sensor + "_label"), 4096);
  if (label) id.label = base::trim(*label);
  ids_.push_back(std::move(id));
  return sensors_.emplace_back();
}

void HwmonMeter::discover_monitor(const std::string& entry) {
  const std::string directory = base::join_path(directory_, entry);
  const HwmonSensorId monitor{.index = entry.starts_with("hwmon") ? entry.substr(5) : entry,
                              .chip = hwmon_chip(directory),
                              .chip_name = hwmon_chip_name(directory),
                              .sensor = {},
                              .label = {}};
  // Drivers of old keep the files in the device's directory; some show them in both.
  for (const std::string& place : {directory, base::join_path(directory, "device")}) {
    const auto files = base::list_directory(place);
    if (!files) continue;
    for (const std::string& file : *files) {
      auto name = parse_hwmon_file(file);
      if (!name || ids_.size() >= kMostSensors) continue;
      HwmonSensorId id = monitor;
      id.sensor = std::move(name->sensor);
      auto& slot = sensor(std::move(id), place).files[static_cast<std::size_t>(name->quantity)];
      if (slot) continue;
      slot.emplace(base::join_path(place, file));
      // What is wrong now may be right when it is read, so that is where it is reported.
      (void)slot->open(open_file_);
    }
  }
}

bool HwmonMeter::read_all(Snapshot& snapshot) {
  readings_.assign(sensors_.size(), {});
  snapshot.unreadable = 0;
  bool gone = false;
  for (std::size_t i = 0; i < sensors_.size(); ++i) {
    for (std::size_t q = 0; q < kHwmonQuantities; ++q) {
      auto& file = sensors_[i].files[q];
      if (!file) continue;
      const auto text = file->read(open_file_);
      if (!text) {
        gone = gone || text.error().code == base::ErrorCode::kGone ||
               text.error().code == base::ErrorCode::kNotFound;
        ++snapshot.unreadable;
        snapshot.problem = text.error();
        continue;
      }
      readings_[i].values[q] = base::parse_i64(*text);
      if (!readings_[i].values[q]) {
        ++snapshot.unreadable;
        snapshot.problem = base::Error{base::ErrorCode::kInvalid, "not a number", file->path()};
      }
    }
  }
  return !gone;
}

base::Result<HwmonMeter::Snapshot> HwmonMeter::read() {
  CEEMS_TRY(std::vector<std::string> entries, list());
  if (entries != entries_) discover(entries);
  Snapshot snapshot;
  if (!read_all(snapshot)) {
    discover(std::move(entries));
    snapshot.problem.reset();
    (void)read_all(snapshot);
  }
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    const auto energy = readings_[i].value(HwmonQuantity::kEnergy);
    if (energy && *energy >= 0)
      readings_[i].energy_microjoules =
          energies_[energy_key(ids_[i])].add(static_cast<std::uint64_t>(*energy));
  }
  snapshot.sensors = ids_;
  snapshot.readings = readings_;
  snapshot.generation = generation_;
  return snapshot;
}

bool HwmonMeter::needs_privilege() const {
  return std::ranges::any_of(sensors_, [](const Sensor& sensor) {
    return std::ranges::any_of(sensor.files, [](const std::optional<SensorFile>& file) {
      struct stat info{};
      return file && ::stat(file->path().c_str(), &info) == 0 && (info.st_mode & S_IROTH) == 0;
    });
  });
}

}  // namespace ceems::power

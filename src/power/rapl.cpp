#include "power/rapl.h"

#include "base/file.h"
#include "base/text.h"
#include "power/rapl_names.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace ceems::power {

namespace {

constexpr std::size_t kLongestName = 4096;

std::vector<RaplEntry> read_names(const std::string& powercap, const std::vector<std::string>& entries) {
  std::vector<RaplEntry> found;
  for (const std::string& entry : entries) {
    // The control types themselves stand in the same directory and have no name.
    const auto name =
        base::read_file(base::join_path(base::join_path(powercap, entry), "name"), kLongestName);
    if (!name || base::trim(*name).empty()) continue;
    found.push_back({entry, std::string(base::trim(*name))});
  }
  return found;
}

std::string energy_path(const RaplZoneId& zone) {
  return base::join_path(zone.path, "energy_uj");
}

}  // namespace

RaplMeter::RaplMeter(std::string powercap, OpenFile open_privileged)
    : powercap_(std::move(powercap)), open_privileged_(std::move(open_privileged)) {
  if (auto entries = list()) discover(*std::move(entries));
}

base::Result<std::vector<std::string>> RaplMeter::list() const {
  auto entries = base::list_directory(powercap_);
  if (!entries && (entries.error().code == base::ErrorCode::kNotFound ||
                   entries.error().code == base::ErrorCode::kPermission))
    return std::vector<std::string>{};
  return entries;
}

void RaplMeter::discover(std::vector<std::string> entries) {
  std::vector<RaplZone> zones;
  for (RaplZoneId& id : number_zones(without_duplicates(read_names(powercap_, entries)), powercap_)) {
    // A zone that limits power without metering it is none of ours.
    if (!base::exists(energy_path(id))) continue;
    RaplZone zone(std::move(id), open_privileged_);
    const auto earlier = std::ranges::find(zones_, zone.id(), &RaplZone::id);
    if (earlier != zones_.end()) zone.continue_from(*earlier);
    zones.push_back(std::move(zone));
  }
  zones_ = std::move(zones);
  ids_.clear();
  for (const RaplZone& zone : zones_)
    ids_.push_back(zone.id());
  entries_ = std::move(entries);
  stale_ = false;
  ++generation_;
}

void RaplMeter::reread_energy() {
  readings_.clear();
  for (RaplZone& zone : zones_) {
    readings_.push_back({zone.read_energy(open_privileged_), std::nullopt});
    const auto& energy = readings_.back().energy_microjoules;
    if (!energy && energy.error().code == base::ErrorCode::kGone) stale_ = true;
  }
}

base::Result<RaplMeter::Snapshot> RaplMeter::read() {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(std::vector<std::string> entries, list());
  if (stale_ || entries != entries_) discover(entries);
  reread_energy();
  if (stale_) {
    discover(std::move(entries));
    reread_energy();
  }
  for (std::size_t i = 0; i < zones_.size(); ++i)
    readings_[i].power_limit_microwatts = zones_[i].read_power_limit();
  return Snapshot{ids_, readings_, generation_};
}

void RaplMeter::sample() {
  const std::lock_guard lock(mutex_);
  for (RaplZone& zone : zones_) {
    const auto energy = zone.read_energy(open_privileged_);
    if (!energy && energy.error().code == base::ErrorCode::kGone) stale_ = true;
  }
}

bool RaplMeter::has_package() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(zones_,
                             [](const RaplZone& zone) { return zone.id().is_package() && zone.is_open(); });
}

bool RaplMeter::needs_privilege() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(ids_, [](const RaplZoneId& id) {
    struct stat info{};
    return ::stat(energy_path(id).c_str(), &info) == 0 && (info.st_mode & S_IROTH) == 0;
  });
}

}  // namespace ceems::power

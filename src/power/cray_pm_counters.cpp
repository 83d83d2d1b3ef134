#include "power/cray_pm_counters.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace ceems::power {

namespace {

struct Quantity {
  std::string_view name;
  CrayQuantity quantity;
  std::string_view unit;
};

constexpr std::array kQuantities{
    Quantity{"energy", CrayQuantity::kEnergy, "J"},
    Quantity{"power", CrayQuantity::kPower, "W"},
    Quantity{"power_cap", CrayQuantity::kPowerCap, "W"},
    Quantity{"temp", CrayQuantity::kTemperature, "C"},
};
constexpr std::size_t kMostFiles = 4096;
constexpr std::chrono::seconds kFrozenAfter{5};

std::optional<std::uint64_t>& member(CrayDomain& domain, CrayQuantity quantity) {
  switch (quantity) {
    case CrayQuantity::kEnergy:
      return domain.energy_joules;
    case CrayQuantity::kPower:
      return domain.power_watts;
    case CrayQuantity::kPowerCap:
      return domain.power_limit_watts;
    case CrayQuantity::kTemperature:
      break;
  }
  return domain.temperature_celsius;
}

}  // namespace

std::optional<CrayFileName> parse_cray_file(std::string_view name) {
  for (const Quantity& one : kQuantities) {
    if (name == one.name) return CrayFileName{"node", one.quantity};
    if (name.size() > one.name.size() + 1 && name.ends_with(one.name) &&
        name[name.size() - one.name.size() - 1] == '_')
      return CrayFileName{std::string(name.substr(0, name.size() - one.name.size() - 1)), one.quantity};
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_cray_value(std::string_view text, CrayQuantity quantity) {
  std::string_view number;
  std::string_view unit;
  if (!base::next_word(text, number)) return std::nullopt;
  if (base::next_word(text, unit) && unit != kQuantities[static_cast<std::size_t>(quantity)].unit)
    return std::nullopt;
  return base::parse_u64(number);
}

CrayPmCounters::CrayPmCounters(std::string directory) : directory_(std::move(directory)) {}

void CrayPmCounters::discover(std::vector<std::string> entries) {
  std::map<std::string, EnergyAccumulator, std::less<>> before;
  for (std::size_t i = 0; i < domains_.size(); ++i)
    before.emplace(domains_[i].name, energies_[i]);
  files_.clear();
  domains_.clear();
  energies_.clear();
  freshness_.reset();
  std::vector<std::pair<CrayFileName, std::string>> names;
  for (const std::string& entry : entries) {
    if (entry == "freshness") freshness_.emplace(base::join_path(directory_, entry));
    auto name = parse_cray_file(entry);
    if (name && names.size() < kMostFiles) names.emplace_back(*std::move(name), entry);
  }
  std::ranges::sort(names, {}, [](const auto& one) { return one.first.domain; });
  for (auto& [name, entry] : names) {
    if (domains_.empty() || domains_.back().name != name.domain) {
      domains_.push_back({.name = name.domain,
                          .energy_joules = {},
                          .energy_joules_total = {},
                          .power_watts = {},
                          .power_limit_watts = {},
                          .temperature_celsius = {}});
      const auto known = before.find(name.domain);
      energies_.push_back(known == before.end() ? EnergyAccumulator() : known->second);
    }
    files_.push_back({SensorFile(base::join_path(directory_, entry)), name.quantity, domains_.size() - 1});
  }
  entries_ = std::move(entries);
  ++generation_;
}

std::optional<std::uint64_t> CrayPmCounters::read_freshness() {
  if (!freshness_) return std::nullopt;
  const auto text = freshness_->read(base::open_for_reading);
  return text ? base::parse_u64(*text) : std::nullopt;
}

void CrayPmCounters::read_all(Snapshot& snapshot) {
  snapshot.unreadable = 0;
  for (CrayDomain& domain : domains_)
    domain = {.name = std::move(domain.name),
              .energy_joules = {},
              .energy_joules_total = {},
              .power_watts = {},
              .power_limit_watts = {},
              .temperature_celsius = {}};
  for (File& file : files_) {
    const auto text = file.file.read(base::open_for_reading);
    const auto value = text ? parse_cray_value(*text, file.quantity) : std::nullopt;
    if (!value) ++snapshot.unreadable;
    auto& place = member(domains_[file.domain], file.quantity);
    if (!place) place = value;
  }
}

base::Result<CrayPmCounters::Snapshot> CrayPmCounters::read(std::chrono::steady_clock::time_point now) {
  auto entries = base::list_directory(directory_);
  if (!entries) {
    if (entries.error().code != base::ErrorCode::kNotFound &&
        entries.error().code != base::ErrorCode::kPermission)
      return std::unexpected(std::move(entries).error());
    entries = std::vector<std::string>{};
  }
  if (*entries != entries_ || generation_ == 0) discover(*std::move(entries));
  Snapshot snapshot;
  auto freshness = read_freshness();
  read_all(snapshot);
  // The controller filled the files meanwhile: half of what was read is of before, half of after.
  if (const auto after = read_freshness(); after != freshness) {
    read_all(snapshot);
    freshness = after;
  }
  if (freshness != last_freshness_ || !freshness) {
    last_freshness_ = freshness;
    changed_ = now;
  }
  snapshot.frozen = now - changed_ > kFrozenAfter;
  for (std::size_t i = 0; i < domains_.size(); ++i) {
    if (domains_[i].energy_joules)
      domains_[i].energy_joules_total = energies_[i].add(*domains_[i].energy_joules);
  }
  snapshot.domains = domains_;
  snapshot.generation = generation_;
  return snapshot;
}

}  // namespace ceems::power

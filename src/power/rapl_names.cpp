#include "power/rapl_names.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

namespace ceems::power {

namespace {

// Best first.
constexpr std::array<std::string_view, 3> kControlTypes{"intel-rapl", "intel-rapl-tpmi", "intel-rapl-mmio"};

std::string_view control_type(std::string_view entry) {
  return entry.substr(0, entry.find(':'));
}

struct Numbered {
  std::string_view name;
  std::uint32_t index = 0;
};

// "package-0", but not "package-0-die-1".
std::optional<Numbered> split_number(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto index = base::parse_u64(name.substr(dash + 1));
  if (!index || *index > 0xFFFFFFFFU) return std::nullopt;
  return Numbered{name.substr(0, dash), static_cast<std::uint32_t>(*index)};
}

}  // namespace

std::vector<RaplEntry> without_duplicates(std::vector<RaplEntry> entries) {
  const auto rank = [](const RaplEntry& entry) {
    return std::ranges::find(kControlTypes, control_type(entry.entry)) - kControlTypes.begin();
  };
  constexpr auto kUnranked = static_cast<std::ptrdiff_t>(kControlTypes.size());
  std::map<std::string, std::ptrdiff_t> best;
  for (const RaplEntry& entry : entries) {
    const auto [at, added] = best.try_emplace(entry.name, rank(entry));
    if (!added) at->second = std::min(at->second, rank(entry));
  }
  std::erase_if(entries, [&](const RaplEntry& entry) {
    return rank(entry) != kUnranked && rank(entry) > best.at(entry.name);
  });
  return entries;
}

std::vector<RaplZoneId> number_zones(const std::vector<RaplEntry>& entries, const std::string& powercap) {
  std::vector<RaplZoneId> zones;
  std::map<std::string, std::uint32_t> next;
  for (const RaplEntry& entry : entries) {
    RaplZoneId zone;
    zone.path = base::join_path(powercap, entry.entry);
    if (const auto numbered = split_number(entry.name)) {
      zone.name = numbered->name;
      zone.index = numbered->index;
    } else {
      zone.name = entry.name;
      zone.index = next[entry.name];
    }
    next[zone.name] = zone.index + 1;
    zones.push_back(std::move(zone));
  }
  return zones;
}

}  // namespace ceems::power

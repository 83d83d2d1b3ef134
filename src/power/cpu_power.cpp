#include "power/cpu_power.h"

#include "base/check.h"
#include "base/text.h"
#include "power/cpu_families.h"

#include <algorithm>
#include <array>
#include <vector>

namespace ceems::embedded {
std::string_view cpu_design_power();
}  // namespace ceems::embedded

namespace ceems::power {

namespace {

using std::string_view_literals::operator""sv;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr double kMostWatts = 1e6;

// Text that ends the part of a name which tells processors apart.
constexpr std::array kEnds{"@"sv, " with "sv, " w/"sv, "("sv};
constexpr std::array kNoise{"intel"sv, "amd"sv, "genuine"sv, "cpu"sv, "processor"sv, "apu"sv, "gen"sv};

// "16-core", "quad-core", "64-cores"
bool is_core_count(std::string_view word) {
  return word.ends_with("-core") || word.ends_with("-cores");
}

// "11th" before "gen"
bool is_generation(std::string_view word) {
  return word.size() >= 3 && is_digit(word.front()) &&
         (word.ends_with("th") || word.ends_with("rd") || word.ends_with("nd") || word.ends_with("st"));
}

bool is_range(double idle, double full) {
  return idle >= 0 && full > 0 && idle <= full && full <= kMostWatts;  // false for NaN
}

PowerRange table_range(const CpuInfo& info) {
  const auto design = info.hypervisor || info.name.empty() ? std::nullopt : find_design_power(info.name);
  if (design) {
    const double watts = design->watts * info.sockets;
    return {watts * kIdleShare, watts * kFullShare, design->name};
  }
  const FamilyPower family = find_family_power(info);
  return {family.idle_watts * info.logical, family.full_watts * info.logical, family.name};
}

}  // namespace

std::string normal_cpu_name(std::string_view name) {
  std::string text = base::to_lower(name);
  for (const std::string_view mark : {"(r)"sv, "(tm)"sv, "(c)"sv, ","sv})
    text = base::replace_all(std::move(text), mark, " ");
  for (const std::string_view end : kEnds)
    text.resize(std::min(text.find(end), text.size()));
  std::vector<std::string> words;
  std::string_view rest = text;
  std::string_view word;
  while (base::next_word(rest, word)) {
    if (std::ranges::find(kNoise, word) == kNoise.end() && !is_core_count(word) && !is_generation(word))
      words.emplace_back(word);
  }
  return base::join(words, " ");
}

std::optional<DesignPower> find_design_power(std::string_view cpu_name) {
  // Blanks at both ends, so that a name matches whole words only.
  const std::string wanted = " " + normal_cpu_name(cpu_name) + " ";
  std::optional<DesignPower> best;
  std::size_t best_length = 0;
  std::string_view rest = embedded::cpu_design_power();
  std::string_view line;
  base::next_line(rest, line);  // the head of the table
  while (base::next_line(rest, line)) {
    const std::size_t comma = line.rfind(',');
    CEEMS_CHECK(comma != std::string_view::npos);
    const std::string name = " " + normal_cpu_name(line.substr(0, comma)) + " ";
    if (name.size() <= best_length || wanted.find(name) == std::string::npos) continue;
    if (std::ranges::none_of(name, is_digit)) continue;
    const auto watts = base::parse_double(line.substr(comma + 1));
    CEEMS_CHECK(watts.has_value());
    best = DesignPower{std::string(line.substr(0, comma)), *watts};
    best_length = name.size();
  }
  return best;
}

base::Result<PowerRange> find_power_range(const CpuInfo& info, const PowerOverride& flags) {
  PowerRange range = table_range(info);
  if (flags.idle_watts == 0 && flags.full_watts == 0) return range;
  if (flags.full_watts != 0) {
    if (flags.idle_watts == 0) range.idle_watts *= flags.full_watts / range.full_watts;
    range.full_watts = flags.full_watts;
  }
  if (flags.idle_watts != 0) {
    range.idle_watts = flags.idle_watts;
    if (flags.full_watts == 0) range.full_watts = std::max(range.full_watts, range.idle_watts);
  }
  range.origin = "flags";
  if (!is_range(range.idle_watts, range.full_watts)) {
    return base::fail(base::ErrorCode::kInvalid, "power model",
                      "{} W when idle and {} W under full load are no range of power", flags.idle_watts,
                      flags.full_watts);
  }
  return range;
}

}  // namespace ceems::power

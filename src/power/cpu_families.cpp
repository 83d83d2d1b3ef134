#include "power/cpu_families.h"

#include "base/check.h"
#include "base/text.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ceems::embedded {
std::string_view cpu_families();
}  // namespace ceems::embedded

namespace ceems::power {

namespace {

std::optional<std::uint32_t> parse_number(std::string_view text) {
  const int radix = text.starts_with("0x") ? 16 : 10;
  if (radix == 16) text.remove_prefix(2);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "1;16-31" holds 1 and 20; the empty list holds everything.
bool holds(std::string_view list, std::uint32_t wanted) {
  if (list.empty()) return true;
  for (const std::string_view piece : base::split(list, ';')) {
    const std::size_t dash = piece.find('-');
    const auto first = parse_number(piece.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(piece.substr(dash + 1));
    CEEMS_CHECK(first && last);
    if (wanted >= *first && wanted <= *last) return true;
  }
  return false;
}

}  // namespace

FamilyPower find_family_power(const CpuInfo& info) {
  std::string_view rest = embedded::cpu_families();
  std::string_view line;
  base::next_line(rest, line);  // the head of the table
  while (base::next_line(rest, line)) {
    const auto fields = base::split(line, ',');
    CEEMS_CHECK(fields.size() == 7);
    const bool any = fields[0].empty();
    if (!any && (fields[0] != info.vendor || !holds(fields[1], info.family) ||
                 !holds(fields[2], info.model) || !holds(fields[3], info.stepping)))
      continue;
    const auto idle = base::parse_double(fields[5]);
    const auto full = base::parse_double(fields[6]);
    CEEMS_CHECK(idle && full);
    return {std::string(fields[4]), *idle, *full};
  }
  CEEMS_CHECK(false && "the table's last row fits every processor");
}

}  // namespace ceems::power

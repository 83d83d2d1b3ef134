#include "power/ipmi_dcmi.h"

#include "base/text.h"
#include "json/read.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace ceems::power {

namespace {

constexpr IpmiBytes::value_type kGroup = 0xDC;
constexpr double kMostWatts = 1e6;  // above it is no node

double little_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    value = value << 8 | bytes[i - 1];
  return static_cast<double>(value);
}

struct Field {
  std::string_view name;
  std::optional<double> DcmiPower::* member;
};

constexpr std::array kFields{
    Field{"Current Power", &DcmiPower::current},
    Field{"Instantaneous power reading", &DcmiPower::current},
    Field{"Minimum Power over sampling duration", &DcmiPower::minimum},
    Field{"Minimum during sampling period", &DcmiPower::minimum},
    Field{"Min Power over sample duration", &DcmiPower::minimum},
    Field{"Maximum Power over sampling duration", &DcmiPower::maximum},
    Field{"Maximum during sampling period", &DcmiPower::maximum},
    Field{"Max Power over sample duration", &DcmiPower::maximum},
    Field{"Average Power over sampling duration", &DcmiPower::average},
    Field{"Average power reading over sample period", &DcmiPower::average},
    Field{"Avg Power over sample duration", &DcmiPower::average},
};

std::optional<double> watts(std::string_view text) {
  text = base::trim(text);
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view unit = base::trim(text.substr(end));
  if (!unit.starts_with("Watts") && !unit.starts_with("watts")) return std::nullopt;
  const auto value = base::parse_double(text.substr(0, end));
  return value && *value <= kMostWatts ? value : std::nullopt;
}

}  // namespace

base::Result<DcmiPower> decode_dcmi_power(std::span<const std::uint8_t> data) {
  if (data.size() < 17 || data[0] != kGroup)
    return base::fail(base::ErrorCode::kInvalid, "BMC", "no power reading of DCMI: {} bytes", data.size());
  if (data.size() > 17 && (data[17] & 0x40) == 0)
    return base::fail(base::ErrorCode::kUnavailable, "BMC", "power measurement is not active");
  const double period = little_endian(data.subspan(13, 4));
  return DcmiPower{.current = little_endian(data.subspan(1, 2)),
                   .minimum = little_endian(data.subspan(3, 2)),
                   .maximum = little_endian(data.subspan(5, 2)),
                   .average = little_endian(data.subspan(7, 2)),
                   .period = std::chrono::milliseconds(static_cast<std::int64_t>(period))};
}

base::Result<DcmiPower> read_dcmi_power(IpmiTransport& transport) {
  CEEMS_TRY(const IpmiBytes data,
            ask_successfully(transport,
                             {.net_function = 0x2C, .command = 0x02, .lun = 0, .data = {kGroup, 1, 0, 0}}));
  return decode_dcmi_power(data);
}

base::Result<DcmiPower> parse_dcmi_text(std::string_view text) {
  DcmiPower power{};
  std::optional<bool> active;
  std::string_view line;
  while (base::next_line(text, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = base::trim(line.substr(0, colon));
    const std::string_view value = base::trim(line.substr(colon + 1));
    if (!active && (name == "Power Measurement" || name == "Power reading state is"))
      active = value.starts_with("Active") || value.starts_with("active") || value.starts_with("activated");
    const auto field = std::ranges::find(kFields, name, &Field::name);
    if (field != kFields.end() && !(power.*(field->member))) power.*(field->member) = watts(value);
  }
  if (!active) return base::fail(base::ErrorCode::kInvalid, "DCMI", "no state of the power reading");
  if (!*active) return base::fail(base::ErrorCode::kUnavailable, "DCMI", "power measurement is not active");
  return power;
}

base::Result<DcmiPower> parse_capmc(std::string_view text) {
  const auto answer = json::parse(text);
  if (!answer || !answer->is_object())
    return base::fail(base::ErrorCode::kInvalid, "capmc", "no JSON object");
  const auto number = [&](const char* key) -> std::optional<double> {
    const auto n = json::number_member(*answer, key);
    return n && *n >= 0 && *n <= kMostWatts ? n : std::nullopt;
  };
  if (const auto code = json::number_member(*answer, "e"); code.value_or(0) != 0)
    return base::fail(base::ErrorCode::kUnavailable, "capmc", "it reports error {}", *code);
  DcmiPower power{.current = number("current"),
                  .minimum = number("min"),
                  .maximum = number("max"),
                  .average = number("avg"),
                  .period = {}};
  if (power.average.value_or(0) > 0) power.current = power.average;
  return power;
}

}  // namespace ceems::power

#include "power/cpu_info.h"

#include "base/file.h"
#include "base/text.h"

#include <charconv>
#include <limits>
#include <map>
#include <optional>

namespace ceems::power {

namespace {

constexpr std::size_t kLargestFile = std::size_t{16} << 20;
constexpr std::uint32_t kLargestCount = 1U << 20;

// Decimal, or hexadecimal after 0x.
std::optional<std::uint32_t> parse_number(std::string_view text) {
  if (!text.starts_with("0x")) {
    const auto value = base::parse_u64(text);
    if (!value || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
  }
  text.remove_prefix(2);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Reader {
 public:
  base::Status field(std::string_view key, std::string_view value) {
    if (key == "processor") {
      // "processor : 0"; 32-bit Arm also has a line "Processor" with a name.
      if (const auto number = parse_number(value)) {
        if (++info_.logical > kLargestCount) return malformed(key, value);
        socket_ = 0;
      }
      return {};
    }
    if (key == "vendor_id") info_.vendor = value;
    if (key == "model name") info_.name = value;
    if (key == "flags" && !info_.hypervisor) info_.hypervisor = has_word(value, "hypervisor");
    if (key == "CPU implementer") info_.vendor = "ARM";
    // Text in these fields ("IBM pSeries", "unknown") leaves them 0: they only help to find a table row.
    if (key == "cpu family" || key == "CPU implementer") info_.family = parse_number(value).value_or(0);
    if (key == "model" || key == "CPU part") info_.model = parse_number(value).value_or(0);
    if (key == "stepping") info_.stepping = parse_number(value).value_or(0);
    if (key == "physical id") {
      CEEMS_TRY_VOID(number(key, value, socket_));
      cores_.try_emplace(socket_, 0);
    }
    if (key == "cpu cores") {
      std::uint32_t cores = 0;
      CEEMS_TRY_VOID(number(key, value, cores));
      if (cores > kLargestCount) return malformed(key, value);
      cores_[socket_] = cores;
    }
    return {};
  }

  base::Result<CpuInfo> finish() {
    if (info_.logical == 0) return base::fail(base::ErrorCode::kInvalid, "", "no processor");
    std::uint64_t physical = 0;
    for (const auto& [socket, cores] : cores_)
      physical += cores;
    if (physical > kLargestCount) return base::fail(base::ErrorCode::kInvalid, "", "{} cores", physical);
    info_.physical = physical == 0 ? info_.logical : static_cast<std::uint32_t>(physical);
    if (!cores_.empty()) info_.sockets = static_cast<std::uint32_t>(cores_.size());
    return info_;
  }

 private:
  static base::Status malformed(std::string_view key, std::string_view value) {
    return base::fail(base::ErrorCode::kInvalid, "", "'{:.40}' in field '{}'", value, key);
  }
  static base::Status number(std::string_view key, std::string_view value, std::uint32_t& target) {
    const auto parsed = parse_number(value);
    if (!parsed) return malformed(key, value);
    target = *parsed;
    return {};
  }
  static bool has_word(std::string_view text, std::string_view wanted) {
    std::string_view word;
    while (base::next_word(text, word)) {
      if (word == wanted) return true;
    }
    return false;
  }

  CpuInfo info_;
  std::uint32_t socket_ = 0;
  std::map<std::uint32_t, std::uint32_t> cores_;  // by socket
};

}  // namespace

base::Result<CpuInfo> parse_cpu_info(std::string_view text) {
  Reader reader;
  std::string_view line;
  while (base::next_line(text, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    CEEMS_TRY_VOID(reader.field(base::trim(line.substr(0, colon)), base::trim(line.substr(colon + 1))));
  }
  return reader.finish();
}

base::Result<CpuInfo> read_cpu_info(const std::string& path) {
  CEEMS_TRY(const std::string text, base::read_file(path, kLargestFile));
  auto info = parse_cpu_info(text);
  if (!info) info.error().subject = path;
  return info;
}

}  // namespace ceems::power

#include "collector/infiniband_tree.h"

#include "base/file.h"
#include "base/text.h"

#include <charconv>
#include <limits>

namespace ceems::collector {

namespace {

constexpr std::size_t kMostDevices = 256;
constexpr std::size_t kMostPorts = 256;  // of a device
constexpr std::size_t kFileLimit = 4096;

std::string read_line(const std::string& directory, std::string_view name) {
  const auto text = base::read_file(base::join_path(directory, name), kFileLimit);
  return text ? std::string(base::trim(*text)) : "";
}

InfinibandPort read_port(const std::string& device, const std::string& port, const std::string& directory) {
  InfinibandPort result{.device = device,
                        .port = port,
                        .state = parse_infiniband_state(read_line(directory, "state")),
                        .physical_state = parse_infiniband_state(read_line(directory, "phys_state")),
                        .rate_bytes_per_second = parse_infiniband_rate(read_line(directory, "rate")),
                        .counters = {}};
  for (std::size_t i = 0; i < infiniband_families::kCounters; ++i) {
    const auto& file = infiniband_families::kCounterFiles[i];
    const auto value = parse_infiniband_counter(read_line(directory, file.path));
    if (value) result.counters[i] = *value * file.factor;
  }
  return result;
}

}  // namespace

std::optional<std::uint32_t> parse_infiniband_state(std::string_view text) {
  const auto number = base::parse_u64(base::trim(text.substr(0, text.find(':'))));
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<std::uint64_t> parse_infiniband_rate(std::string_view text) {
  std::string_view number;
  std::string_view unit;
  if (!base::next_word(text, number) || !base::next_word(text, unit) || unit != "Gb/sec") return std::nullopt;
  const auto gigabits = base::parse_double(number);
  if (!gigabits || !(*gigabits >= 0) || *gigabits > 1e6) return std::nullopt;
  // Rates such as 2.5 and 10.3125 come with the precision of a float in what others show.
  return static_cast<std::uint64_t>(static_cast<double>(static_cast<float>(*gigabits)) * 125'000'000);
}

std::optional<std::uint64_t> parse_infiniband_counter(std::string_view text) {
  text = base::trim(text);
  if (!text.starts_with("0x")) return base::parse_u64(text);
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 2, end, value, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

base::Result<InfinibandTree> read_infiniband(const std::string& directory) {
  InfinibandTree tree;
  const auto devices = base::list_directory(directory);
  if (!devices) {
    if (devices.error().code == base::ErrorCode::kNotFound) return tree;
    return std::unexpected(devices.error());
  }
  for (const std::string& device : *devices) {
    if (tree.devices.size() >= kMostDevices) break;
    const std::string path = base::join_path(directory, device);
    if (!base::is_directory(path)) continue;
    tree.devices.push_back({.name = device,
                            .board_id = read_line(path, "board_id"),
                            .firmware_version = read_line(path, "fw_ver"),
                            .hca_type = read_line(path, "hca_type")});
    const std::string ports = base::join_path(path, "ports");
    const auto numbers = base::list_directory(ports);
    if (!numbers) continue;
    std::size_t count = 0;
    for (const std::string& port : *numbers) {
      if (!base::parse_u64(port) || ++count > kMostPorts) continue;
      tree.ports.push_back(read_port(device, port, base::join_path(ports, port)));
    }
  }
  return tree;
}

}  // namespace ceems::collector

#include "cgroup/block_devices.h"

#include "base/file.h"
#include "base/text.h"

#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace ceems::cgroup {

namespace {

std::uint64_t key_of(std::uint32_t major, std::uint32_t minor) {
  return (std::uint64_t{major} << 32) | minor;
}

std::optional<std::uint32_t> next_number(std::string_view& rest) {
  std::string_view word;
  if (!base::next_word(rest, word)) return std::nullopt;
  const auto number = base::parse_u64(word);
  if (!number || *number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

BlockDevices::BlockDevices(std::string procfs, std::string sysfs)
    : procfs_(std::move(procfs)), sysfs_(std::move(sysfs)) {}

const std::string& BlockDevices::name(std::uint32_t major, std::uint32_t minor) {
  if (!loaded_) {
    known_ = read_diskstats();
    loaded_ = true;
  }
  const auto [place, is_new] = asked_.try_emplace(key_of(major, minor));
  if (is_new) place->second = look_up(major, minor);
  return place->second;
}

bool BlockDevices::refresh() {
  if (!loaded_) return false;
  known_ = read_diskstats();
  bool changed = false;
  for (auto& [key, name] : asked_) {
    std::string now = look_up(static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key));
    if (now == name) continue;
    name = std::move(now);
    changed = true;
  }
  return changed;
}

// Documentation/admin-guide/iostats.rst: major, minor, name, counters.
BlockDevices::Names BlockDevices::read_diskstats() const {
  Names names;
  const auto text = base::read_file(base::join_path(procfs_, "diskstats"));
  if (!text) return names;
  std::string_view rest = *text;
  std::string_view line;
  while (base::next_line(rest, line)) {
    const auto major = next_number(line);
    const auto minor = next_number(line);
    std::string_view name;
    if (major && minor && base::next_word(line, name)) names.emplace(key_of(*major, *minor), name);
  }
  return names;
}

std::string BlockDevices::look_up(std::uint32_t major, std::uint32_t minor) const {
  const auto known = known_.find(key_of(major, minor));
  if (known != known_.end()) return known->second;
  const std::string numbers = fmt::format("{}:{}", major, minor);
  const auto event = base::read_file(base::join_path(sysfs_, fmt::format("dev/block/{}/uevent", numbers)));
  if (event) {
    constexpr std::string_view kName = "DEVNAME=";
    std::string_view rest = *event;
    std::string_view line;
    while (base::next_line(rest, line)) {
      if (line.starts_with(kName) && line.size() > kName.size())
        return std::string(line.substr(kName.size()));
    }
  }
  return numbers;
}

}  // namespace ceems::cgroup

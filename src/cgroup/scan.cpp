#include "cgroup/scan.h"

#include "base/text.h"

#include <algorithm>

namespace ceems::cgroup {

namespace {

constexpr std::uint64_t kUsecPerTick = 10000;  // USER_HZ is 100 on every Linux
constexpr std::uint64_t kNsecPerUsec = 1000;
constexpr std::uint64_t kRdmaUnlimited = 0xFFFFFFFF;
constexpr std::size_t kMostDevices = 4096;
constexpr std::uint64_t kMostCpus = 1 << 20;

// Cuts "8:0" off the front of `line`.
bool cut_device(std::string_view& line, std::uint32_t& major, std::uint32_t& minor) {
  const char* at = line.data();
  const char* end = at + line.size();
  const auto first = detail::digits(at, end);
  if (!first || at == end || *at++ != ':') return false;
  const auto second = detail::digits(at, end);
  if (!second || *first > UINT32_MAX || *second > UINT32_MAX) return false;
  if (at != end && *at != ' ') return false;
  major = static_cast<std::uint32_t>(*first);
  minor = static_cast<std::uint32_t>(*second);
  line.remove_prefix(static_cast<std::size_t>(at - line.data()));
  return true;
}

// The entry of that device, made if there is room; the last one is tried first, since a device's lines follow
// each other.
DeviceIo* entry(std::vector<DeviceIo>& devices, std::uint32_t major, std::uint32_t minor) {
  const auto is_it = [&](const DeviceIo& device) { return device.major == major && device.minor == minor; };
  if (!devices.empty() && is_it(devices.back())) return &devices.back();
  const auto found = std::ranges::find_if(devices, is_it);
  if (found != devices.end()) return &*found;
  if (devices.size() >= kMostDevices) return nullptr;
  return &devices.emplace_back(DeviceIo{.major = major, .minor = minor});
}

// "name=value" → value, if that is the name.
std::optional<std::uint64_t> value_of(std::string_view word, std::string_view name_and_equals) {
  if (!word.starts_with(name_and_equals)) return std::nullopt;
  return base::parse_u64(word.substr(name_and_equals.size()));
}

std::optional<std::uint64_t> rdma_value(std::string_view word, std::string_view name_and_equals) {
  if (!word.starts_with(name_and_equals)) return std::nullopt;
  if (word.substr(name_and_equals.size()) == "max") return kRdmaUnlimited;
  return value_of(word, name_and_equals);
}

std::optional<MemoryStat> scan_two(std::string_view text, std::string_view rss, std::string_view cache) {
  MemoryStat stat;
  const bool whole = scan_flat(text, [&](std::string_view name, std::uint64_t value) {
    if (name == rss) {
      stat.rss_bytes = value;
    } else if (name == cache) {
      stat.cache_bytes = value;
    }
  });
  if (!whole) return std::nullopt;
  return stat;
}

}  // namespace

std::optional<std::uint64_t> scan_value(std::string_view text) {
  text = base::trim(text);
  if (text == "max") return kUnlimited;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const char* at = text.data();
  const char* end = at + text.size();
  const auto value = detail::digits(at, end);
  if (!value || at != end) return std::nullopt;
  return negative ? 0 : *value;
}

std::optional<CpuStat> scan_cpu_stat(std::string_view text) {
  CpuStat stat;
  const bool whole = scan_flat(text, [&](std::string_view name, std::uint64_t value) {
    if (name == "usage_usec") {
      stat.usage_usec = value;
    } else if (name == "user_usec") {
      stat.user_usec = value;
    } else if (name == "system_usec") {
      stat.system_usec = value;
    } else if (name == "nr_periods") {
      stat.periods = value;
      stat.has_throttling = true;
    } else if (name == "nr_throttled") {
      stat.throttled_periods = value;
    } else if (name == "throttled_usec") {
      stat.throttled_usec = value;
    }
  });
  if (!whole) return std::nullopt;
  return stat;
}

std::optional<CpuStat> scan_cpuacct_stat(std::string_view text) {
  CpuStat stat;
  const bool whole = scan_flat(text, [&](std::string_view name, std::uint64_t ticks) {
    if (name == "user") {
      stat.user_usec = ticks * kUsecPerTick;
    } else if (name == "system") {
      stat.system_usec = ticks * kUsecPerTick;
    }
  });
  if (!whole) return std::nullopt;
  return stat;
}

std::optional<CpuStat> scan_throttling_stat(std::string_view text) {
  CpuStat stat;
  const bool whole = scan_flat(text, [&](std::string_view name, std::uint64_t value) {
    if (name == "nr_periods") {
      stat.periods = value;
      stat.has_throttling = true;
    } else if (name == "nr_throttled") {
      stat.throttled_periods = value;
    } else if (name == "throttled_time") {
      stat.throttled_usec = value / kNsecPerUsec;
    }
  });
  if (!whole) return std::nullopt;
  return stat;
}

std::optional<MemoryStat> scan_memory_stat(std::string_view text) {
  return scan_two(text, "anon", "file");
}

std::optional<MemoryStat> scan_legacy_memory_stat(std::string_view text) {
  return scan_two(text, "total_rss", "total_cache");
}

std::optional<MemoryEvents> scan_memory_events(std::string_view text) {
  MemoryEvents events;
  const bool whole = scan_flat(text, [&](std::string_view name, std::uint64_t value) {
    if (name == "max") {
      events.limit_hits = value;
    } else if (name == "oom") {
      events.oom = value;
    } else if (name == "oom_kill") {
      events.oom_kills = value;
      events.has_oom_kills = true;
    }
  });
  if (!whole) return std::nullopt;
  return events;
}

std::optional<Pressure> scan_pressure(std::string_view text) {
  Pressure pressure;
  std::string_view line;
  while (base::next_line(text, line)) {
    const bool some = line.starts_with("some ");
    const bool full = line.starts_with("full ");
    if (!some && !full) continue;
    constexpr std::string_view kTotal = " total=";
    const std::size_t where = line.rfind(kTotal);
    if (where == std::string_view::npos) return std::nullopt;
    const auto total = base::parse_u64(base::trim(line.substr(where + kTotal.size())));
    if (!total) return std::nullopt;
    (some ? pressure.some_usec : pressure.full_usec) = *total;
    (some ? pressure.has_some : pressure.has_full) = true;
  }
  return pressure;
}

void scan_io_stat(std::string_view text, std::vector<DeviceIo>& devices) {
  devices.clear();
  std::string_view line;
  while (base::next_line(text, line)) {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    if (!cut_device(line, major, minor)) continue;
    DeviceIo* device = entry(devices, major, minor);
    if (device == nullptr) return;
    std::string_view word;
    while (base::next_word(line, word)) {
      if (const auto bytes_read = value_of(word, "rbytes=")) {
        device->read_bytes = *bytes_read;
      } else if (const auto bytes_written = value_of(word, "wbytes=")) {
        device->write_bytes = *bytes_written;
      } else if (const auto reads = value_of(word, "rios=")) {
        device->read_requests = *reads;
      } else if (const auto writes = value_of(word, "wios=")) {
        device->write_requests = *writes;
      }
    }
  }
}

void scan_blkio(std::string_view text, std::vector<DeviceIo>& devices, std::uint64_t DeviceIo::* read,
                std::uint64_t DeviceIo::* write) {
  std::string_view line;
  while (base::next_line(text, line)) {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    if (!cut_device(line, major, minor)) continue;
    std::string_view operation;
    if (!base::next_word(line, operation)) continue;
    const bool is_read = operation == "Read";
    if (!is_read && operation != "Write") continue;
    const auto value = base::parse_u64(base::trim(line));
    if (!value) continue;
    DeviceIo* device = entry(devices, major, minor);
    if (device == nullptr) return;
    device->*(is_read ? read : write) = *value;
  }
}

void scan_rdma(std::string_view text, std::vector<RdmaUse>& devices) {
  std::size_t count = 0;
  std::string_view line;
  while (base::next_line(text, line)) {
    std::string_view name;
    std::string_view handle_word;
    std::string_view object_word;
    std::string_view more;
    if (!base::next_word(line, name) || !base::next_word(line, handle_word) ||
        !base::next_word(line, object_word) || base::next_word(line, more)) {
      continue;
    }
    const auto handles = rdma_value(handle_word, "hca_handle=");
    const auto objects = rdma_value(object_word, "hca_object=");
    if (!handles || !objects || count >= kMostDevices) continue;
    if (count == devices.size()) devices.emplace_back();
    devices[count].device = name;
    devices[count].handles = *handles;
    devices[count].objects = *objects;
    ++count;
  }
  devices.resize(count);
}

std::optional<std::uint64_t> scan_cpu_count(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return std::nullopt;
  const char* at = text.data();
  const char* end = at + text.size();
  std::uint64_t count = 0;
  while (true) {
    const auto first = detail::digits(at, end);
    if (!first || *first > kMostCpus) return std::nullopt;
    std::uint64_t last = *first;
    if (at != end && *at == '-') {
      ++at;
      const auto bound = detail::digits(at, end);
      if (!bound || *bound < *first || *bound > kMostCpus) return std::nullopt;
      last = *bound;
    }
    count += last - *first + 1;
    if (count > kMostCpus) return std::nullopt;
    if (at == end) return count;
    if (*at++ != ',') return std::nullopt;
  }
}

std::optional<std::uint64_t> scan_cpu_max(std::string_view text) {
  std::string_view quota_word;
  std::string_view period_word;
  if (!base::next_word(text, quota_word) || !base::next_word(text, period_word)) return std::nullopt;
  const auto period = base::parse_u64(period_word);
  if (!period) return std::nullopt;
  if (quota_word == "max") return 0;
  const auto quota = base::parse_u64(quota_word);
  if (!quota) return std::nullopt;
  return quota_millis(*quota, *period);
}

std::uint64_t quota_millis(std::uint64_t quota_usec, std::uint64_t period_usec) {
  constexpr std::uint64_t kMillis = 1000;
  if (quota_usec == 0 || period_usec == 0 || quota_usec > kUnlimited / kMillis) return 0;
  return quota_usec * kMillis / period_usec;
}

}  // namespace ceems::cgroup

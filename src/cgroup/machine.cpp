#include "cgroup/machine.h"

#include "base/file.h"
#include "base/text.h"
#include "cgroup/scan.h"

#include <unistd.h>

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace ceems::cgroup {

namespace {

constexpr std::uint64_t kBytesPerKib = 1024;

// The file's text, read on the kept descriptor; "" if it cannot be read.
std::string_view reread(base::Fd& fd, const std::string& path, std::span<char> buffer) {
  if (!fd) {
    auto opened = base::open_for_reading(path);
    if (!opened) return {};
    fd = std::move(*opened);
  }
  const auto text = base::pread_file(fd.get(), buffer, path);
  if (text) return *text;
  fd.reset();
  return {};
}

// "MemTotal:  1024 kB" → 1048576.
std::optional<std::uint64_t> kib_line(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  std::string_view number;
  if (!base::next_word(line, number)) return std::nullopt;
  const auto kib = base::parse_u64(number);
  if (!kib || *kib > kUnlimited / kBytesPerKib) return std::nullopt;
  return *kib * kBytesPerKib;
}

}  // namespace

MachineReader::MachineReader(const std::string& procfs, const std::string& sysfs)
    : meminfo_path_(base::join_path(procfs, "meminfo")),
      online_path_(base::join_path(sysfs, "devices/system/cpu/online")) {}

const Machine& MachineReader::read() {
  std::array<char, 8192> buffer;
  Machine now;
  std::string_view text = reread(meminfo_, meminfo_path_, buffer);
  std::string_view line;
  while (base::next_line(text, line)) {
    if (const auto memory = kib_line(line, "MemTotal:")) {
      now.memory_total_bytes = *memory;
    } else if (const auto swap = kib_line(line, "SwapTotal:")) {
      now.swap_total_bytes = *swap;
      break;
    }
  }
  if (const auto online = scan_cpu_count(reread(online_, online_path_, buffer))) {
    now.online_cpus = *online;
  } else {
    const long counted = ::sysconf(_SC_NPROCESSORS_ONLN);
    now.online_cpus = counted > 0 ? static_cast<std::uint64_t>(counted) : 0;
  }
  machine_ = now;
  return machine_;
}

}  // namespace ceems::cgroup

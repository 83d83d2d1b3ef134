#include "base/self_usage.h"

#include "base/file.h"
#include "base/text.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace ceems::base {

namespace {

double read_boot_time() {
  const auto text = read_file("/proc/stat", std::size_t{16} << 20);
  if (!text) return 0;
  std::string_view rest = *text;
  std::string_view line;
  while (next_line(rest, line)) {
    if (line.starts_with("btime ")) return parse_double(trim(line.substr(6))).value_or(0);
  }
  return 0;
}

std::uint64_t soft_limit(int resource) {
  rlimit limit{};
  // The type of `resource` is an enumeration in one C library and int in another.
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return 0;
  return limit.rlim_cur == RLIM_INFINITY ? ~std::uint64_t{0} : std::uint64_t{limit.rlim_cur};
}

Fd open_or_none(const char* path) {
  auto fd = open_for_reading(path);
  return fd ? *std::move(fd) : Fd();
}

}  // namespace

std::optional<ProcessTimes> parse_process_stat(std::string_view text) {
  // The command, in parentheses, may hold anything.
  const std::size_t command_end = text.rfind(')');
  if (command_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(command_end + 1);
  std::array<std::uint64_t, 25> fields{};  // by the numbers of proc(5)
  std::string_view word;
  for (std::size_t i = 3; i < fields.size(); ++i) {
    if (!next_word(rest, word)) return std::nullopt;
    fields[i] = parse_u64(word).value_or(0);
  }
  return ProcessTimes{.user_ticks = fields[14],
                      .system_ticks = fields[15],
                      .start_ticks = fields[22],
                      .virtual_bytes = fields[23],
                      .resident_pages = fields[24]};
}

std::optional<NetworkBytes> parse_netstat(std::string_view text) {
  constexpr std::string_view kPrefix = "IpExt:";
  std::string_view names;
  std::string_view line;
  while (next_line(text, line)) {
    if (!line.starts_with(kPrefix)) continue;
    line.remove_prefix(kPrefix.size());
    if (names.empty()) {
      names = line;
      continue;
    }
    std::optional<std::uint64_t> received;
    std::optional<std::uint64_t> sent;
    std::string_view name;
    std::string_view value;
    while (next_word(names, name) && next_word(line, value)) {
      if (name == "InOctets") received = parse_u64(value);
      if (name == "OutOctets") sent = parse_u64(value);
    }
    if (!received || !sent) return std::nullopt;
    return NetworkBytes{*received, *sent};
  }
  return std::nullopt;
}

SelfUsageReader::SelfUsageReader()
    : stat_(open_or_none("/proc/self/stat")),
      netstat_(open_or_none("/proc/self/net/netstat")),
      boot_time_seconds_(read_boot_time()) {}

std::optional<std::uint64_t> SelfUsageReader::count_descriptors() const {
  struct stat status{};
  // Since Linux 6.2 the directory's size is the number of descriptors; before, it is 0.
  if (::stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
    return static_cast<std::uint64_t>(status.st_size);
  const auto names = list_directory("/proc/self/fd");
  if (!names) return std::nullopt;
  return names->size() - 1;  // without the one that lists them
}

Result<SelfUsage> SelfUsageReader::read() {
  std::array<char, 16'384> buffer;
  CEEMS_TRY(const std::string_view stat, pread_file(stat_.get(), buffer, "/proc/self/stat"));
  const auto times = parse_process_stat(stat);
  if (!times) return fail(ErrorCode::kInvalid, "/proc/self/stat", "unexpected format");
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  SelfUsage usage;
  usage.cpu_seconds = static_cast<double>(times->user_ticks + times->system_ticks) / ticks_per_second;
  usage.start_time_seconds = boot_time_seconds_ + static_cast<double>(times->start_ticks) / ticks_per_second;
  usage.virtual_bytes = times->virtual_bytes;
  usage.resident_bytes = times->resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.open_descriptors = count_descriptors();
  usage.max_descriptors = soft_limit(RLIMIT_NOFILE);
  usage.max_virtual_bytes = soft_limit(RLIMIT_AS);
  if (netstat_) {
    const auto text = pread_file(netstat_.get(), buffer, "/proc/self/net/netstat");
    const auto bytes = text ? parse_netstat(*text) : std::nullopt;
    if (bytes) {
      usage.network_receive_bytes = bytes->received;
      usage.network_transmit_bytes = bytes->sent;
    }
  }
  return usage;
}

}  // namespace ceems::base

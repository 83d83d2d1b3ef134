#include "cgroup/unit_pass.h"

#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <initializer_list>

namespace ceems::cgroup {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20;
constexpr std::size_t kSmallestBuffer = 4096;

// What v1 shows for "no limit": the largest number of bytes in whole pages, whatever their size.
constexpr std::uint64_t kLegacyUnlimited = (std::uint64_t{1} << 63) - (1 << 20);

// A path on the stack; false if it would be longer than the kernel takes.
bool compose(std::array<char, PATH_MAX>& out, std::initializer_list<std::string_view> parts) {
  std::size_t length = 0;
  for (const std::string_view part : parts) {
    if (length + part.size() >= out.size()) return false;
    std::memcpy(out.data() + length, part.data(), part.size());
    length += part.size();
  }
  out[length] = '\0';
  return true;
}

bool is_absent(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == EOPNOTSUPP;
}

}  // namespace

base::Status UnitFiles::Pass::run() {
  read_cpu_time();
  read_memory();
  if (unit_.plan_.cpus) read_cpus();
  if (unit_.plan_.swap) read_swap();
  if (unit_.plan_.pressure) {
    usage_.cpu_pressure = pressure_of(FileId::kCpuPressure);
    usage_.memory_pressure = pressure_of(FileId::kMemoryPressure);
    usage_.io_pressure = pressure_of(FileId::kIoPressure);
  }
  if (unit_.plan_.io) read_io();
  if (unit_.plan_.rdma) read_rdma();
  if (unit_.plan_.extra) read_extra();
  if (error_) return std::unexpected(*std::move(error_));
  return {};
}

bool UnitFiles::Pass::is_there(FileId id) const {
  return unit_.files_[static_cast<std::size_t>(id)].state != State::kMissing;
}

bool UnitFiles::Pass::is_legacy(Controller controller) const {
  return unit_.flavours_[static_cast<std::size_t>(controller)] == Flavour::kLegacy;
}

const char* UnitFiles::Pass::name_of(FileId id) const {
  const FileSpec& spec = file_spec(id);
  switch (unit_.flavours_[static_cast<std::size_t>(spec.controller)]) {
    case Flavour::kUnified:
      return spec.unified;
    case Flavour::kLegacy:
      if (id == FileId::kIoBytes) return unit_.io_bytes_name_;
      if (id == FileId::kIoRequests) return unit_.io_requests_name_;
      return spec.legacy;
    case Flavour::kNone:
      break;
  }
  return nullptr;
}

std::optional<std::string_view> UnitFiles::Pass::text_of(FileId id) {
  File& file = unit_.files_[static_cast<std::size_t>(id)];
  if (file.state == State::kMissing || error_) return std::nullopt;
  if (file.state == State::kKept) return read_kept(file.fd, file, name_of(id));
  const char* name = name_of(id);
  if (name == nullptr) {
    file.state = State::kMissing;
    return std::nullopt;
  }
  std::string_view path = unit_.path_;
  if (id == FileId::kCpuset) path = path.substr(0, unit_.cpuset_length_);
  const FileSpec& spec = file_spec(id);
  return text_of(file, spec.rank, spec.controller, path, name);
}

// Opens, reads, and keeps the descriptor if there is room for it.
std::optional<std::string_view> UnitFiles::Pass::text_of(File& file, Rank rank, Controller controller,
                                                         std::string_view path, std::string_view name) {
  const std::string& root =
      is_legacy(controller) ? context_.layout.legacy_root(controller) : context_.layout.unified_root;
  std::array<char, PATH_MAX> full;
  if (!compose(full, {root, path, "/", name})) {
    fail(base::ErrorCode::kInvalid, "path is too long", name);
    return std::nullopt;
  }
  base::Fd fd(::open(full.data(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    const int error_number = errno;
    if (error_number == ENODEV || (file.state == State::kReopened && error_number == ENOENT)) {
      fail(base::ErrorCode::kGone, "has ended", name);
    } else if (is_absent(error_number)) {
      file.state = State::kMissing;
    } else {
      fail_errno(error_number, name);
    }
    return std::nullopt;
  }
  const auto text = read_kept(fd.get(), file, name);
  if (!text) return std::nullopt;
  if (context_.budget.take(rank)) {
    file = File{.fd = fd.release(), .state = State::kKept};
  } else {
    file.state = State::kReopened;
    context_.budget.count_reopened();
  }
  return text;
}

std::optional<std::string_view> UnitFiles::Pass::read_kept(int fd, File& file, std::string_view name) {
  std::vector<char>& buffer = context_.buffer;
  if (buffer.size() < kSmallestBuffer) buffer.resize(kSmallestBuffer);
  while (true) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error_number = errno;
      if (error_number == ENODEV) {
        fail(base::ErrorCode::kGone, "has ended", name);
      } else if (is_absent(error_number)) {
        unit_.release(file);
        file.state = State::kMissing;
      } else {
        fail_errno(error_number, name);
      }
      return std::nullopt;
    }
    const auto length = static_cast<std::size_t>(n);
    if (length < buffer.size()) return std::string_view(buffer.data(), length);
    if (buffer.size() >= kLargestFile) {
      fail(base::ErrorCode::kTooLarge, "is larger than 1 MiB", name);
      return std::nullopt;
    }
    buffer.resize(buffer.size() * 2);
  }
}

void UnitFiles::Pass::fail(base::ErrorCode code, std::string message, std::string_view name) {
  std::string subject = unit_.path_;
  if (!name.empty()) subject.append("/").append(name);
  error_ = base::Error{code, std::move(message), std::move(subject)};
}

void UnitFiles::Pass::fail_errno(int error_number, std::string_view name) {
  const auto error = base::fail_errno(error_number, name);
  fail(error.error().code, error.error().message, name);
}

template <class T>
T UnitFiles::Pass::parsed(FileId id, std::optional<T> (*scan)(std::string_view)) {
  const auto text = text_of(id);
  if (!text) return T{};
  const std::optional<T> value = scan(*text);
  if (!value) fail(base::ErrorCode::kInvalid, "cannot be understood", name_of(id));
  return value.value_or(T{});
}

std::uint64_t UnitFiles::Pass::value_of(FileId id) {
  return parsed<std::uint64_t>(id, &scan_value);
}

Pressure UnitFiles::Pass::pressure_of(FileId id) {
  return parsed<Pressure>(id, &scan_pressure);
}

std::uint64_t UnitFiles::Pass::limit_of(FileId id, std::uint64_t unified_total, std::uint64_t legacy_total) {
  const auto text = text_of(id);
  if (!text) return 0;
  const auto limit = scan_value(*text);
  if (!limit) {
    fail(base::ErrorCode::kInvalid, "cannot be understood", name_of(id));
    return 0;
  }
  if (!is_legacy(Controller::kMemory)) {
    return *limit == kUnlimited && unified_total > 0 ? unified_total : *limit;
  }
  if (unit_.plan_.compat) {
    if (text->starts_with("max")) return 0;
    return *limit == kUnlimited && unified_total > 0 ? unified_total : *limit;
  }
  if (*limit < kLegacyUnlimited && (legacy_total == 0 || *limit < legacy_total)) return *limit;
  return legacy_total > 0 ? legacy_total : kUnlimited;
}

void UnitFiles::Pass::read_cpu_time() {
  const bool legacy = is_legacy(Controller::kCpuacct);
  const auto stat = parsed<CpuStat>(FileId::kCpuStat, legacy ? &scan_cpuacct_stat : &scan_cpu_stat);
  usage_.cpu_user_usec = stat.user_usec;
  usage_.cpu_system_usec = stat.system_usec;
  if (!unit_.plan_.extra) return;
  ExtraUsage& extra = usage_.extra;
  extra.has_cpu = !legacy && stat.usage_usec > 0;
  extra.cpu_usec = stat.usage_usec;
  extra.has_throttling = stat.has_throttling;
  extra.cpu_periods = stat.periods;
  extra.cpu_throttled_periods = stat.throttled_periods;
  extra.cpu_throttled_usec = stat.throttled_usec;
}

void UnitFiles::Pass::read_cpus() {
  if (unit_.plan_.shares) {
    const std::uint64_t shares = value_of(FileId::kCpuShares);
    const bool legacy = is_legacy(Controller::kCpu);
    usage_.cpu_shares = legacy ? shares : 0;
    usage_.cpu_weight = legacy ? 0 : shares;
  } else if (unit_.plan_.vcpus) {
    const std::string& root = is_legacy(Controller::kCpuacct)
                                  ? context_.layout.legacy_root(Controller::kCpuacct)
                                  : context_.layout.unified_root;
    usage_.cpuset_cpus = unit_.vcpus_.count(root, unit_.path_);
  } else {
    read_cpuset();
  }
  usage_.cpu_quota_millis = 0;
  if (!unit_.plan_.quota) return;
  if (!is_legacy(Controller::kCpu)) {
    usage_.cpu_quota_millis = parsed<std::uint64_t>(FileId::kCpuQuota, &scan_cpu_max);
    return;
  }
  // −1, which scans as 0, is no quota; then the period does not matter.
  const std::uint64_t quota = value_of(FileId::kCpuQuota);
  if (quota > 0) usage_.cpu_quota_millis = quota_millis(quota, value_of(FileId::kCpuPeriod));
}

void UnitFiles::Pass::read_cpuset() {
  File& file = unit_.files_[static_cast<std::size_t>(FileId::kCpuset)];
  if (unit_.plan_.own_cpuset) {
    const auto own = text_of(FileId::kCpuset);
    usage_.cpuset_cpus = own ? scan_cpu_count(*own).value_or(0) : 0;
    return;
  }
  while (!error_) {
    if (const auto text = text_of(FileId::kCpuset)) {
      if (const auto count = scan_cpu_count(*text)) {
        usage_.cpuset_cpus = *count;
        return;
      }
      unit_.release(file);
    }
    if (error_ || unit_.cpuset_length_ == 0) break;
    // Nothing here: what holds is the cpuset of the nearest ancestor that has one.
    file.state = State::kUnopened;
    unit_.cpuset_length_ = unit_.path_.rfind('/', unit_.cpuset_length_ - 1);
  }
  if (file.state == State::kUnopened) file.state = State::kMissing;
  usage_.cpuset_cpus = context_.machine.online_cpus;
}

void UnitFiles::Pass::read_memory() {
  const bool legacy = is_legacy(Controller::kMemory);
  const auto stat =
      parsed<MemoryStat>(FileId::kMemoryStat, legacy ? &scan_legacy_memory_stat : &scan_memory_stat);
  usage_.memory_rss_bytes = stat.rss_bytes;
  usage_.memory_cache_bytes = stat.cache_bytes;
  usage_.memory_used_bytes = value_of(FileId::kMemoryUsed);
  const std::uint64_t total = context_.machine.memory_total_bytes;
  usage_.memory_total_bytes = limit_of(FileId::kMemoryLimit, total, total);
  ExtraUsage& extra = usage_.extra;
  if (legacy) {
    usage_.memory_failures = value_of(FileId::kMemoryEvents);
    extra.memory_limit_hits = usage_.memory_failures;
    return;
  }
  const auto events = parsed<MemoryEvents>(FileId::kMemoryEvents, &scan_memory_events);
  usage_.memory_failures = events.oom;
  extra.memory_limit_hits = events.limit_hits;
  extra.has_oom_kills = events.has_oom_kills;
  extra.memory_oom_kills = events.oom_kills;
}

void UnitFiles::Pass::read_swap() {
  usage_.swap_used_bytes = value_of(FileId::kSwapUsed);
  const Machine& machine = context_.machine;
  const std::uint64_t memory = machine.memory_total_bytes;
  const std::uint64_t swap = machine.swap_total_bytes;
  usage_.swap_total_bytes =
      limit_of(FileId::kSwapLimit, swap > 0 ? swap : memory, memory > 0 ? memory + swap : 0);
  usage_.swap_failures = value_of(FileId::kSwapFailures);
}

void UnitFiles::Pass::read_io() {
  usage_.io.clear();
  const auto bytes = text_of(FileId::kIoBytes);
  if (!is_legacy(Controller::kBlkio)) {
    if (bytes) scan_io_stat(*bytes, usage_.io);
    return;
  }
  if (bytes) scan_blkio(*bytes, usage_.io, &DeviceIo::read_bytes, &DeviceIo::write_bytes);
  if (const auto requests = text_of(FileId::kIoRequests)) {
    scan_blkio(*requests, usage_.io, &DeviceIo::read_requests, &DeviceIo::write_requests);
  }
}

void UnitFiles::Pass::read_rdma() {
  const auto text = text_of(FileId::kRdma);
  scan_rdma(text.value_or(std::string_view{}), usage_.rdma);
  if (!text || !text->empty()) return;
  // Every device of the machine has a line: there is none, and none will come soon.
  File& file = unit_.files_[static_cast<std::size_t>(FileId::kRdma)];
  unit_.release(file);
  file.state = State::kMissing;
}

void UnitFiles::Pass::read_extra() {
  ExtraUsage& extra = usage_.extra;
  constexpr std::uint64_t kNsecPerUsec = 1000;
  const auto optional_value = [&](FileId id, std::uint64_t& value, bool& has) {
    value = value_of(id);
    has = is_there(id);
  };
  extra.has_limit_hits = is_there(FileId::kMemoryEvents);
  if (is_legacy(Controller::kCpuacct)) {
    optional_value(FileId::kCpuUsage, extra.cpu_usec, extra.has_cpu);
    extra.cpu_usec /= kNsecPerUsec;
  }
  if (is_legacy(Controller::kCpu)) {
    const auto stat = parsed<CpuStat>(FileId::kThrottling, &scan_throttling_stat);
    extra.has_throttling = stat.has_throttling;
    extra.cpu_periods = stat.periods;
    extra.cpu_throttled_periods = stat.throttled_periods;
    extra.cpu_throttled_usec = stat.throttled_usec;
  }
  if (is_legacy(Controller::kMemory)) {
    const auto events = parsed<MemoryEvents>(FileId::kOomControl, &scan_memory_events);
    extra.has_oom_kills = events.has_oom_kills;
    extra.memory_oom_kills = events.oom_kills;
  }
  optional_value(FileId::kMemoryPeak, extra.memory_peak_bytes, extra.has_memory_peak);
  optional_value(FileId::kPids, extra.pids, extra.has_pids);
  read_huge_pages();
}

void UnitFiles::Pass::read_huge_pages() {
  std::vector<HugePages>& pages = usage_.extra.huge_pages;
  pages.clear();
  if (unit_.flavours_[static_cast<std::size_t>(Controller::kHugetlb)] == Flavour::kNone) return;
  const bool legacy = is_legacy(Controller::kHugetlb);
  for (std::size_t i = 0; i < unit_.huge_page_files_.size(); ++i) {
    File& file = unit_.huge_page_files_[i];
    const std::string& size = context_.huge_page_sizes[i];
    if (file.state == State::kMissing || error_) continue;
    std::array<char, 64> name;
    const char* suffix = legacy ? ".usage_in_bytes" : ".current";
    const auto end = fmt::format_to_n(name.data(), name.size(), "hugetlb.{}{}", size, suffix).out;
    const std::string_view name_text(name.data(), static_cast<std::size_t>(end - name.data()));
    const auto text = file.state == State::kKept
                          ? read_kept(file.fd, file, name_text)
                          : text_of(file, Rank::kOption, Controller::kHugetlb, unit_.path_, name_text);
    if (!text) continue;
    const auto used = scan_value(*text);
    if (!used) {
      fail(base::ErrorCode::kInvalid, "cannot be understood", name_text);
      return;
    }
    pages.push_back(HugePages{.page_size = size, .used_bytes = *used});
  }
}

}  // namespace ceems::cgroup

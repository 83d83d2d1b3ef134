// Scanners for the text of cgroup files. They read straight from the buffer and allocate nothing (lists keep
// their capacity); foreign bytes are rejected, never trusted. Thread-safe.
//
// Formats: Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/ and
// Documentation/accounting/psi.rst of the Linux kernel.
#pragma once

#include "cgroup/usage.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ceems::cgroup {

// Lines of a name and an unsigned number, "anon 4096\n": calls on_pair(name, number) for each. Negative
// numbers count as 0. False at the first line that is anything else.
template <class OnPair>
bool scan_flat(std::string_view text, OnPair&& on_pair);

// One number, "4096\n". "max" is kUnlimited; negative numbers count as 0.
std::optional<std::uint64_t> scan_value(std::string_view text);

struct CpuStat {
  std::uint64_t usage_usec = 0;
  std::uint64_t user_usec = 0;
  std::uint64_t system_usec = 0;
  std::uint64_t periods = 0;
  std::uint64_t throttled_periods = 0;
  std::uint64_t throttled_usec = 0;
  bool has_throttling = false;
};
std::optional<CpuStat> scan_cpu_stat(std::string_view text);         // v2 cpu.stat
std::optional<CpuStat> scan_cpuacct_stat(std::string_view text);     // v1 cpuacct.stat: user and system
std::optional<CpuStat> scan_throttling_stat(std::string_view text);  // v1 cpu.stat: only throttling

struct MemoryStat {
  std::uint64_t rss_bytes = 0;
  std::uint64_t cache_bytes = 0;
};
std::optional<MemoryStat> scan_memory_stat(std::string_view text);         // v2: anon, file
std::optional<MemoryStat> scan_legacy_memory_stat(std::string_view text);  // v1: total_rss, total_cache

struct MemoryEvents {
  std::uint64_t limit_hits = 0;  // max
  std::uint64_t oom = 0;
  std::uint64_t oom_kills = 0;
  bool has_oom_kills = false;
};
std::optional<MemoryEvents> scan_memory_events(
    std::string_view text);  // v2 memory.events, v1 memory.oom_control

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=123\nfull …": the totals.
std::optional<Pressure> scan_pressure(std::string_view text);

// v2 io.stat, "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …": one entry for each device; what is not understood is
// left out.
void scan_io_stat(std::string_view text, std::vector<DeviceIo>& devices);

// v1 blkio files, "8:0 Read 1\n8:0 Write 2\n…\nTotal 3\n": fills the pair of members `read` and `write` of
// each device's entry, made if it is not there yet.
void scan_blkio(std::string_view text, std::vector<DeviceIo>& devices, std::uint64_t DeviceIo::* read,
                std::uint64_t DeviceIo::* write);

// rdma.current, "mlx5_0 hca_handle=2 hca_object=2000"; "max" is 2^32 − 1. Lines of another shape are left
// out.
void scan_rdma(std::string_view text, std::vector<RdmaUse>& devices);

// "0-3,8\n" → 5; nullopt for the empty list and for anything else.
std::optional<std::uint64_t> scan_cpu_count(std::string_view text);

// v2 cpu.max, "200000 100000\n" → 2000 thousandths of a CPU; "max …" → 0, no quota.
std::optional<std::uint64_t> scan_cpu_max(std::string_view text);

// How many thousandths of a CPU a quota is. 0 without quota or period.
std::uint64_t quota_millis(std::uint64_t quota_usec, std::uint64_t period_usec);

// ---- implementation of the template ----

namespace detail {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads digits at `at`; nullopt without any and beyond 64 bits.
inline std::optional<std::uint64_t> digits(const char*& at, const char* end) {
  constexpr std::ptrdiff_t kAlwaysFits = 19;
  const char* begin = at;
  std::uint64_t value = 0;
  while (at != end && is_digit(*at)) {
    const auto digit = static_cast<std::uint64_t>(*at - '0');
    if (at - begin >= kAlwaysFits && value > (kUnlimited - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
    ++at;
  }
  if (at == begin) return std::nullopt;
  return value;
}

inline void skip_blanks(const char*& at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\t'))
    ++at;
}

}  // namespace detail

template <class OnPair>
bool scan_flat(std::string_view text, OnPair&& on_pair) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    const char* name = at;
    while (at != end && static_cast<unsigned char>(*at) > ' ')
      ++at;
    const std::string_view name_text(name, static_cast<std::size_t>(at - name));
    if (name_text.empty()) return false;
    detail::skip_blanks(at, end);
    const bool negative = at != end && *at == '-';
    if (negative) ++at;
    const std::optional<std::uint64_t> value = detail::digits(at, end);
    if (!value) return false;
    detail::skip_blanks(at, end);
    if (at != end && *at++ != '\n') return false;
    on_pair(name_text, negative ? 0 : *value);
  }
  return true;
}

}  // namespace ceems::cgroup

#include "collector/compute_units_page.h"

#include "collector/compute_units_families.h"

#include <algorithm>
#include <cstdint>

namespace ceems::collector {

namespace {

using cgroup::DeviceIo;
using cgroup::Pressure;
using cgroup::RdmaUse;
using cgroup::ReadPlan;
using cgroup::Usage;
using exposition::Emitter;
using exposition::Family;
using PartOf = UnitRows::PartOf;
namespace f = unit_families;

constexpr double kUsecPerSecond = 1e6;
constexpr std::uint64_t kMillis = 1000;

double seconds(std::uint64_t usec) {
  return static_cast<double>(usec) / kUsecPerSecond;
}

double cpus_of(const Usage& usage) {
  const std::uint64_t allowed = usage.cpuset_cpus * kMillis;
  const std::uint64_t millis =
      usage.cpu_quota_millis > 0 ? std::min(allowed, usage.cpu_quota_millis) : allowed;
  return static_cast<double>(millis) / static_cast<double>(kMillis);
}

class Writer {
 public:
  Writer(const UnitRows& rows, Emitter& emitter) : rows_(rows), emitter_(emitter) {}

  // One sample for each unit that was read and has that number.
  template <class Has, class Value>
  void column(const Family& family, Has has, Value value) {
    emitter_.begin(family);
    for (const UnitRow* row : rows_.rows()) {
      if (row->state == RowState::kRead && has(*row)) emitter_.sample(row->labels, value(row->usage));
    }
  }

  template <class Value>
  void column(const Family& family, Value value) {
    column(family, [](const UnitRow&) { return true; }, value);
  }

  void cpus() {
    emitter_.begin(f::kCpus);
    for (const UnitRow* row : rows_.rows()) {
      if (row->state == RowState::kRead)
        emitter_.sample(row->labels, row->cpus.value_or(cpus_of(row->usage)));
    }
  }

  template <class Value>
  void planned(const Family& family, bool ReadPlan::* wanted, Value value) {
    column(family, [wanted](const UnitRow& row) { return row.plan.*wanted; }, value);
  }

  template <class Value>
  void extra(const Family& family, bool cgroup::ExtraUsage::* has, Value value) {
    column(family, [has](const UnitRow& row) { return row.plan.extra && row.usage.extra.*has; }, value);
  }

  void pressure(const Family& family, Pressure Usage::* which, bool Pressure::* has,
                std::uint64_t Pressure::* usec) {
    column(
        family, [=](const UnitRow& row) { return row.plan.pressure && row.usage.*which.*has; },
        [=](const Usage& usage) { return seconds(usage.*which.*usec); });
  }

  // One sample for each part whose number is not 0.
  template <class Value>
  void parts(const Family& family, const std::vector<PartOf>& order, std::vector<UnitRow::Part> UnitRow::* of,
             Value value) {
    emitter_.begin(family);
    for (const PartOf& part : order) {
      if (part.row->state != RowState::kRead) continue;
      const std::uint64_t number = value(*part.row, part.index);
      if (number > 0) emitter_.sample((part.row->*of)[part.index].labels, number);
    }
  }

  void io(const Family& family, std::uint64_t DeviceIo::* number) {
    parts(family, rows_.io_order(), &UnitRow::io,
          [number](const UnitRow& row, std::size_t i) { return row.usage.io[i].*number; });
  }

  void rdma(const Family& family, std::uint64_t RdmaUse::* number, std::uint64_t RdmaUse::* compat_number) {
    parts(family, rows_.rdma_order(), &UnitRow::rdma, [=](const UnitRow& row, std::size_t i) {
      return row.usage.rdma[i].*(row.plan.compat ? compat_number : number);
    });
  }

  void info() {
    emitter_.begin(f::kInfo);
    for (const UnitRow* row : rows_.info_order()) {
      if (row->state == RowState::kRead) emitter_.sample(row->info_labels, std::uint64_t{1});
    }
  }

  void errors(const Family& family) {
    emitter_.begin(family);
    for (const UnitRow* row : rows_.rows()) {
      const bool failed = row->state == RowState::kFailed;
      if (failed || (row->plan.extra && row->state == RowState::kRead)) {
        emitter_.sample(row->labels, std::uint64_t{failed ? 1U : 0U});
      }
    }
  }

 private:
  const UnitRows& rows_;
  Emitter& emitter_;
};

void emit_pressure(Writer& write) {
  // The gauges have always been there where they were asked for, on cgroup v1 with 0.
  write.planned(f::kCpuPsi, &ReadPlan::pressure,
                [](const Usage& u) { return seconds(u.cpu_pressure.full_usec); });
  write.planned(f::kMemoryPsi, &ReadPlan::pressure,
                [](const Usage& u) { return seconds(u.memory_pressure.full_usec); });
  write.pressure(f::kIoPsi, &Usage::io_pressure, &Pressure::has_full, &Pressure::full_usec);
  write.pressure(f::kCpuPsiTotal, &Usage::cpu_pressure, &Pressure::has_full, &Pressure::full_usec);
  write.pressure(f::kMemoryPsiTotal, &Usage::memory_pressure, &Pressure::has_full, &Pressure::full_usec);
  write.pressure(f::kIoPsiTotal, &Usage::io_pressure, &Pressure::has_full, &Pressure::full_usec);
  write.pressure(f::kCpuPsiSome, &Usage::cpu_pressure, &Pressure::has_some, &Pressure::some_usec);
  write.pressure(f::kMemoryPsiSome, &Usage::memory_pressure, &Pressure::has_some, &Pressure::some_usec);
  write.pressure(f::kIoPsiSome, &Usage::io_pressure, &Pressure::has_some, &Pressure::some_usec);
}

void emit_io(Writer& write) {
  write.io(f::kIoReadBytes, &DeviceIo::read_bytes);
  write.io(f::kIoReadBytesTotal, &DeviceIo::read_bytes);
  write.io(f::kIoWriteBytes, &DeviceIo::write_bytes);
  write.io(f::kIoWriteBytesTotal, &DeviceIo::write_bytes);
  write.io(f::kIoReadRequests, &DeviceIo::read_requests);
  write.io(f::kIoReadRequestsTotal, &DeviceIo::read_requests);
  write.io(f::kIoWriteRequests, &DeviceIo::write_requests);
  write.io(f::kIoWriteRequestsTotal, &DeviceIo::write_requests);
}

void emit_extra(Writer& write, const UnitRows& rows) {
  using Extra = cgroup::ExtraUsage;
  write.extra(f::kCpuSeconds, &Extra::has_cpu, [](const Usage& u) { return seconds(u.extra.cpu_usec); });
  write.extra(f::kCpuPeriods, &Extra::has_throttling, [](const Usage& u) { return u.extra.cpu_periods; });
  write.extra(f::kCpuThrottledPeriods, &Extra::has_throttling,
              [](const Usage& u) { return u.extra.cpu_throttled_periods; });
  write.extra(f::kCpuThrottled, &Extra::has_throttling,
              [](const Usage& u) { return seconds(u.extra.cpu_throttled_usec); });
  write.column(
      f::kCpuQuota, [](const UnitRow& row) { return row.plan.extra && row.usage.cpu_quota_millis > 0; },
      [](const Usage& u) { return static_cast<double>(u.cpu_quota_millis) / static_cast<double>(kMillis); });
  write.extra(f::kMemoryPeak, &Extra::has_memory_peak,
              [](const Usage& u) { return u.extra.memory_peak_bytes; });
  write.extra(f::kMemoryLimitHits, &Extra::has_limit_hits,
              [](const Usage& u) { return u.extra.memory_limit_hits; });
  write.extra(f::kOomKills, &Extra::has_oom_kills, [](const Usage& u) { return u.extra.memory_oom_kills; });
  write.extra(f::kPids, &Extra::has_pids, [](const Usage& u) { return u.extra.pids; });
  write.parts(f::kHugePages, rows.huge_page_order(), &UnitRow::huge_pages,
              [](const UnitRow& row, std::size_t i) { return row.usage.extra.huge_pages[i].used_bytes; });
}

}  // namespace

void emit_units(const UnitRows& rows, Emitter& emitter) {
  Writer write(rows, emitter);
  write.errors(f::kUnitCollectError);
  write.errors(f::kCollectError);
  write.info();
  write.column(f::kCpuUser, [](const Usage& u) { return seconds(u.cpu_user_usec); });
  write.column(f::kCpuSystem, [](const Usage& u) { return seconds(u.cpu_system_usec); });
  write.cpus();
  write.column(f::kMemoryRss, [](const Usage& u) { return u.memory_rss_bytes; });
  write.column(f::kMemoryCache, [](const Usage& u) { return u.memory_cache_bytes; });
  write.column(f::kMemoryUsed, [](const Usage& u) { return u.memory_used_bytes; });
  write.column(f::kMemoryTotal, [](const Usage& u) { return u.memory_total_bytes; });
  write.column(f::kMemoryFailures, [](const Usage& u) { return u.memory_failures; });
  write.planned(f::kSwapUsed, &ReadPlan::swap, [](const Usage& u) { return u.swap_used_bytes; });
  write.planned(f::kSwapTotal, &ReadPlan::swap, [](const Usage& u) { return u.swap_total_bytes; });
  write.planned(f::kSwapFailures, &ReadPlan::swap, [](const Usage& u) { return u.swap_failures; });
  emit_pressure(write);
  emit_io(write);
  write.rdma(f::kRdmaHandles, &RdmaUse::handles, &RdmaUse::handles);
  write.rdma(f::kRdmaObjects, &RdmaUse::objects, &RdmaUse::handles);
  emit_extra(write, rows);
}

}  // namespace ceems::collector

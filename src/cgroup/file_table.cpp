#include "cgroup/file_table.h"

#include <array>

namespace ceems::cgroup {

namespace {

using enum Controller;
using enum Rank;

// In the order of FileId.
constexpr std::array<FileSpec, kFileCount> kFiles = {{
    {kCpuacct, kCounter, "cpu.stat", "cpuacct.stat"},
    {kMemory, kCounter, "memory.stat", "memory.stat"},
    {kMemory, kCounter, "memory.current", "memory.usage_in_bytes"},
    {kMemory, kSetting, "memory.max", "memory.limit_in_bytes"},
    {kMemory, kOption, "memory.events", "memory.failcnt"},
    {kCpuset, kSetting, "cpuset.cpus.effective", "cpuset.cpus"},
    {kCpu, kSetting, "cpu.max", "cpu.cfs_quota_us"},
    {kCpu, kSetting, nullptr, "cpu.cfs_period_us"},
    {kMemory, kOption, "memory.swap.current", "memory.memsw.usage_in_bytes"},
    {kMemory, kSetting, "memory.swap.max", "memory.memsw.limit_in_bytes"},
    {kMemory, kOption, nullptr, "memory.memsw.failcnt"},
    {kCpuacct, kOption, "cpu.pressure", nullptr},
    {kMemory, kOption, "memory.pressure", nullptr},
    {kBlkio, kOption, "io.pressure", nullptr},
    {kBlkio, kOption, "io.stat", "blkio.throttle.io_service_bytes"},
    {kBlkio, kOption, nullptr, "blkio.throttle.io_serviced"},
    {kRdma, kOption, "rdma.current", "rdma.current"},
    {kCpuacct, kOption, nullptr, "cpuacct.usage"},
    {kCpu, kOption, nullptr, "cpu.stat"},
    {kMemory, kOption, "memory.peak", "memory.max_usage_in_bytes"},
    {kMemory, kOption, nullptr, "memory.oom_control"},
    {kPids, kOption, "pids.current", "pids.current"},
    {kCpu, kSetting, "cpu.weight", "cpu.shares"},
}};

}  // namespace

const FileSpec& file_spec(FileId id) {
  return kFiles[static_cast<std::size_t>(id)];
}

}  // namespace ceems::cgroup

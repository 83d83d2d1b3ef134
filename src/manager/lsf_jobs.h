// What bjobs and bacct of LSF print, as runs. Pure functions over bytes that may be anything; errors are
// kInvalid. Source: bjobs(1) -json -o, bacct(1) -l -UF, with LSB_DISPLAY_YEAR=Y. Times are taken as UTC.
//
// allocation: nodes, cpus, mem (bytes), gpus. tags: queue, partition (the same), res_req, exit_status,
// nodelist (host names joined with "|"), workdir.
#pragma once

#include "base/result.h"
#include "manager/run.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

struct LsfJob {
  std::string id{};  // "77", or "77[3]" of an array
  std::string name{};
  std::string user{};  // "" where a name that somebody gave makes it doubtful
  std::string project{};
  std::string group{};
  std::string queue{};
  std::string state{};
  std::int64_t submit_ms = 0;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::int64_t cpus = 0;
  std::int64_t gpus = 0;
  double memory_bytes = 0;
  std::set<std::string> hosts{};
  std::string res_req{};
  std::string exit_status{};
  std::string workdir{};
};

inline constexpr std::string_view kBjobsFields =
    "jobid jobindex user user_group queue job_name proj_name stat alloc_slot nalloc_slot submit_time "
    "start_time "
    "finish_time run_time effective_resreq gpu_num gpu_alloc mem memlimit mem_efficiency exec_cwd";

// Jobs that hold their slots: running ones, and those suspended since they started.
base::Result<std::vector<LsfJob>> parse_bjobs(std::string_view output);
// Jobs that started and ended. An answer without its summary is not whole.
base::Result<std::vector<LsfJob>> parse_bacct(std::string_view output);

// Bytes of "1.5G" and "200 Mbytes"; suffixes are powers of 1024. 0 for anything else.
double parse_lsf_memory(std::string_view text);

Run run_of(const LsfJob& job);

}  // namespace ceems::manager

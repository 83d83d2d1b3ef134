// What `qstat -x -t -f -F json` of OpenPBS prints, as runs. Pure functions over bytes that may be anything;
// errors are kInvalid. Source: qstat(1B), pbs_job_attributes(7B) and pbs_resources(7B) of OpenPBS.
#pragma once

#include "base/result.h"
#include "manager/run.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

// Jobs that have started, array members under ids of their own, "2025[0].pbs-server". Times are taken as UTC.
// One that is over ended at its obituary, else when it last changed. allocation: nodes, cpus, mem (bytes),
// gpus. tags: queue, exit_status, nodelist (host names joined with "|"), workdir.
base::Result<std::vector<Run>> parse_qstat(std::string_view output);

// Bytes of "16gb"; suffixes are powers of 1024, w stands for words of eight bytes. 0 for anything else.
std::int64_t parse_pbs_size(std::string_view text);
// Milliseconds of "Thu Nov 26 08:00:00 2026"; 0 for anything else.
std::int64_t parse_ctime(std::string_view text);

}  // namespace ceems::manager

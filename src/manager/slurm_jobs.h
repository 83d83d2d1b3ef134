// sacct's answer as jobs. The fields are separated by a text that the caller invents for each question, so
// that nobody can forge a row by what they name a job or a directory: such names may hold anything, line ends
// too. Pure functions over bytes that may be anything. Source: sacct(1) --parsable2, --delimiter, --format.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

// --format, in the order in which rows are read; the last field tells that a row is whole.
inline constexpr std::string_view kSacctFields =
    "jobidraw,partition,qos,account,group,gid,user,uid,submit,start,end,elapsed,elapsedraw,exitcode,state,"
    "alloctres,nodelist,jobname,workdir,jobidraw";

// Texts as SLURM has them, made valid UTF-8. Times are UTC milliseconds, 0 for none.
struct SlurmJob {
  std::string id{};
  std::string partition{};
  std::string qos{};
  std::string account{};
  std::string group{};
  std::int64_t gid = 0;
  std::string user{};
  std::int64_t uid = 0;
  std::int64_t submit_ms = 0;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::int64_t elapsed_seconds = 0;  // without the time it was suspended
  std::string exit_code{};
  std::string state{};  // "CANCELLED by 1000"
  std::string tres{};
  std::string nodelist{};
  std::string name{};
  std::string workdir{};
};

// Jobs that never had a node are left out. Times without an offset are UTC. Errors: kInvalid, naming the row,
// if it is anything but whole rows: then nothing of it can be trusted.
base::Result<std::vector<SlurmJob>> parse_sacct(std::string_view output, std::string_view separator);

}  // namespace ceems::manager

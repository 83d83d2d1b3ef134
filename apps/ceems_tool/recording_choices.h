// What an administrator says about single scrape jobs, or is asked when it is not clear.
#pragma once

#include "base/result.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ceems::tool {

// Each entry is a value for all jobs, or JOB=value.
struct RecordingChoices {
  std::vector<std::string> chassis;
  std::vector<std::string> chips;
  std::vector<std::string> gpu_in_host;  // yes, no, auto
};

base::Status check_choices(const RecordingChoices& choices);

// The last value for this job; one for all jobs only if there is none for it alone.
std::optional<std::string> choice_for(const std::vector<std::string>& choices, const std::string& job);

// Which of the parts that a job has make up a host. Those that were given by `flag`; the only one that there
// is; else whoever sits at the terminal is asked, for one number or several with commas. Errors: nobody can
// be asked, or there is no such part.
base::Result<std::vector<std::string>> choose_parts(const std::string& flag, const std::string& what,
                                                    const std::string& job,
                                                    const std::vector<std::string>& given,
                                                    const std::set<std::string>& there);

}  // namespace ceems::tool

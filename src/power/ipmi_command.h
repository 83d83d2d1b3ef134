// DCMI's power reading by a program: FreeIPMI's ipmi-dcmi, ipmitool, ipmiutil, capmc, or one that the
// operator names. Thread-safe.
#pragma once

#include "base/result.h"
#include "power/ipmi_dcmi.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

// Words between blanks; quotes (' or ") hold blanks together. kInvalid: a quote that is not closed, no word.
base::Result<std::vector<std::string>> split_command(std::string_view line);

// The first of the known programs that is in `search_path`, with its full path; empty if there is none.
std::vector<std::string> find_dcmi_command(const std::string& search_path);

struct DcmiCommandOptions {
  std::vector<std::string> arguments;
  bool as_root = false;  // changes to user 0 for the program, which needs CAP_SETUID and CAP_SETGID
  std::chrono::milliseconds timeout{5'000};
};

// Runs it and reads its answer. kUnavailable: it failed; else as run_child() and the parsers.
base::Result<DcmiPower> run_dcmi_command(const DcmiCommandOptions& options);

}  // namespace ceems::power

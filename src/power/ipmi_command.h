// DCMI's power reading by a program: FreeIPMI's ipmi-dcmi, ipmitool, ipmiutil, capmc, or one that the
// operator names. Functions are thread-safe.
#pragma once

#include "base/result.h"
#include "power/ipmi_dcmi.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::power {

// Words between blanks; quotes (' or ") hold blanks together. kInvalid: a quote that is not closed, no word.
base::Result<std::vector<std::string>> split_command(std::string_view line);

// The first of the known programs that is in `search_path`, with its full path; empty if there is none.
std::vector<std::string> find_dcmi_command(const std::string& search_path);

// As whom a program runs, which has to reach a device that is for root alone.
enum class DcmiWay : std::uint8_t {
  kAsIs,
  kAsRoot,  // changes to user 0, which needs CAP_SETUID and CAP_SETGID
  kSudo,    // without asking for a password; in a session of its own
};

struct DcmiCommandOptions {
  std::vector<std::string> arguments;
  DcmiWay way = DcmiWay::kAsIs;
  std::string sudo = "sudo";  // a path, or a name
  std::chrono::milliseconds timeout{5'000};
};

// Runs it and reads its answer. kUnavailable: it failed; else as run_child() and the parsers.
base::Result<DcmiPower> run_dcmi_command(const DcmiCommandOptions& options);

// A program that is run again and again: by the way that worked last, or each in turn. Not thread-safe.
class DcmiCommand {
 public:
  // At least one way. `run` is run_dcmi_command(), with what privileges that takes.
  using Run = std::function<base::Result<DcmiPower>(const DcmiCommandOptions&)>;

  DcmiCommand(DcmiCommandOptions options, std::vector<DcmiWay> ways, Run run)
      : options_(std::move(options)), ways_(std::move(ways)), run_(std::move(run)) {}

  // The error of the last way that was tried.
  base::Result<DcmiPower> run();

 private:
  DcmiCommandOptions options_;
  std::vector<DcmiWay> ways_;  // the one that worked last first
  Run run_;
};

}  // namespace ceems::power

#include "gpu/tools.h"

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"

#include <utility>

namespace ceems::gpu {

namespace {

using base::ErrorCode;

// A report of 64 GPUs has half a megabyte.
constexpr std::size_t kMostOutput = std::size_t{8} << 20;
constexpr std::size_t kMostErrorsTold = 200;

}  // namespace

std::unexpected<base::Error> ended_badly(std::string_view subject, int status, int signal,
                                         std::string_view output, std::string_view errors) {
  // nvidia-smi says what is wrong on its standard output.
  const std::string_view said = base::trim(errors).empty() ? output : errors;
  return base::fail(ErrorCode::kUnavailable, subject, "ended with {} {}: {}",
                    signal != 0 ? "signal" : "status", signal != 0 ? signal : status,
                    base::trim(said).substr(0, kMostErrorsTold));
}

base::Error both_failed(base::Error first, base::Error second) {
  if (second.code == ErrorCode::kCancelled || first.text() == second.text()) return second;
  const bool hung = first.code == ErrorCode::kTimeout || second.code == ErrorCode::kTimeout;
  const ErrorCode code = hung                                 ? ErrorCode::kTimeout
                         : first.code == ErrorCode::kNotFound ? second.code
                                                              : first.code;
  return base::Error{code, first.text() + "; " + second.text(), ""};
}

base::Result<std::string> OwnTools::find(std::string_view name) const {
  const std::string& given = name == "nvidia-smi" ? options_.nvidia_smi
                             : name == "amd-smi"  ? options_.amd_smi
                                                  : options_.rocm_smi;
  if (!given.empty() && base::exists(given)) return given;
  return base::find_program(name, options_.search_path);
}

base::Result<std::string> OwnTools::run(std::string_view name,
                                        const std::vector<std::string>& arguments) const {
  CEEMS_TRY(const std::string program, find(name));
  base::ChildOptions child;
  child.arguments = {program};
  child.arguments.insert(child.arguments.end(), arguments.begin(), arguments.end());
  child.search_path = options_.search_path;
  child.timeout = options_.timeout;
  child.output_limit = kMostOutput;
  child.cancel_fd = options_.cancel_fd;
  CEEMS_TRY(base::ChildResult result, base::run_child(child));
  if (result.exit_status == 0) return std::move(result.output);
  return ended_badly(program, result.exit_status, result.signal, result.output, result.errors);
}

base::Result<std::string> ToolsElsewhere::run(std::string_view name,
                                              const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{std::string(name)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return options_.elsewhere->run(vendor_, command, options_.timeout);
}

}  // namespace ceems::gpu

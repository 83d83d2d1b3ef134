#include "manager/slurm_commands.h"

#include "base/file.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/process.h"
#include "base/text.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr std::array<std::string_view, 2> kBecomeAnybody{"CAP_SETGID", "CAP_SETUID"};
constexpr std::chrono::seconds kSudoTimeout{5};
// A million jobs take some 400 MB.
constexpr std::size_t kOutputLimit = std::size_t{1} << 30;

std::string search_path() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : base::ChildOptions().search_path;
}

std::string first_line(std::string_view text) {
  std::string_view line;
  while (base::next_line(text, line))
    if (!base::trim(line).empty()) return std::string(base::trim(line));
  return "nothing on its standard error";
}

}  // namespace

bool may_run_as_root() {
  if (::geteuid() == 0) return true;
  const std::vector<std::string> held = base::permitted_capabilities();
  return std::ranges::all_of(
      kBecomeAnybody, [&](std::string_view name) { return std::ranges::find(held, name) != held.end(); });
}

base::Result<SlurmCommands> SlurmCommands::find(const SlurmCliSettings& settings) {
  std::string directory = settings.path;
  if (directory.empty()) {
    CEEMS_TRY(const std::string sacct, base::find_program("sacct", search_path()));
    directory = base::parent_path(sacct);
  } else if (!base::is_directory(directory)) {
    return base::fail(base::ErrorCode::kNotFound, directory,
                      "cli.path is to be the directory of sacct and sacctmgr, and is none");
  }
  base::Fd cancelled(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!cancelled) return base::fail_errno(errno, "eventfd");
  return SlurmCommands(std::move(directory), settings, std::move(cancelled));
}

SlurmCommands::SlurmCommands(std::string directory, SlurmCliSettings settings, base::Fd cancelled)
    : directory_(std::move(directory)), settings_(std::move(settings)), cancelled_(std::move(cancelled)) {}

SlurmAccess SlurmCommands::access() {
  if (access_known_) return access_;
  access_known_ = true;
  if (may_run_as_root()) return access_ = SlurmAccess::kRoot;
  const auto sudo =
      base::run_child({.arguments = {"sudo", "-n", base::join_path(directory_, "sacct"), "--help"},
                       .search_path = search_path(),
                       .extra_environment = {},
                       .identity = std::nullopt,
                       .timeout = kSudoTimeout,
                       .new_session = true,
                       .cancel_fd = cancelled_.get()});
  if (sudo && sudo->exit_status == 0) return access_ = SlurmAccess::kSudo;
  base::Logger().warn("SLURM is asked as the current user, who may see their own jobs only",
                      {{"uid", ::geteuid()}});
  return access_ = SlurmAccess::kSelf;
}

base::Result<std::string> SlurmCommands::run(std::string command, std::vector<std::string> arguments) {
  const std::string program = base::join_path(directory_, command);
  base::ChildOptions options;
  options.search_path = search_path();
  options.timeout = settings_.timeout;
  options.output_limit = kOutputLimit;
  options.cancel_fd = cancelled_.get();
  for (const auto& [name, value] : settings_.environment)
    options.extra_environment.push_back(name + "=" + value);
  // Last, so that they hold: times are UTC in both directions, whatever zone the site lives in.
  options.extra_environment.emplace_back("SLURM_TIME_FORMAT=%Y-%m-%dT%H:%M:%S%z");
  options.extra_environment.emplace_back("TZ=UTC");
  const SlurmAccess how = access();
  if (how == SlurmAccess::kSudo) {
    options.arguments = {"sudo", "-n", "-E"};
    options.new_session = true;
  }
  options.arguments.push_back(program);
  options.arguments.insert(options.arguments.end(), std::make_move_iterator(arguments.begin()),
                           std::make_move_iterator(arguments.end()));
  base::Result<base::ChildResult> done = base::fail(base::ErrorCode::kInternal, program, "did not run");
  if (how == SlurmAccess::kRoot && ::geteuid() != 0) {
    options.identity = base::ChildIdentity{};
    base::run_privileged(kBecomeAnybody, [&] { done = base::run_child(options); });
  } else {
    done = base::run_child(options);
  }
  if (!done) return std::unexpected(std::move(done).error());
  if (done->exit_status != 0) {
    return base::fail(base::ErrorCode::kUnavailable, program, "ended with {}: {}",
                      done->signal != 0 ? fmt::format("signal {}", done->signal)
                                        : fmt::format("status {}", done->exit_status),
                      first_line(done->errors));
  }
  return std::move(done->output);
}

void SlurmCommands::cancel() {
  const std::uint64_t one = 1;
  // Full or not, it is readable afterwards.
  (void)!::write(cancelled_.get(), &one, sizeof(one));
}

}  // namespace ceems::manager

#include "manager/slurm_commands.h"

#include "base/log.h"
#include "base/privilege.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace ceems::manager {

namespace {

constexpr std::array<std::string_view, 2> kBecomeAnybody{"CAP_SETGID", "CAP_SETUID"};
constexpr std::chrono::seconds kSudoTimeout{5};

void through_sudo(base::ChildOptions& options, const std::vector<std::string>& sudo) {
  options.arguments.insert(options.arguments.begin(), sudo.begin(), sudo.end());
  options.new_session = true;
}

}  // namespace

bool may_run_as_root() {
  if (::geteuid() == 0) return true;
  const std::vector<std::string> held = base::permitted_capabilities();
  return std::ranges::all_of(
      kBecomeAnybody, [&](std::string_view name) { return std::ranges::find(held, name) != held.end(); });
}

base::Result<SlurmCommands> SlurmCommands::find(const SlurmCliSettings& settings) {
  CEEMS_TRY(Commands commands, Commands::find(settings, "sacct", "sacct and sacctmgr"));
  return SlurmCommands(std::move(commands));
}

SlurmAccess SlurmCommands::access() {
  if (access_known_) return access_;
  access_known_ = true;
  if (may_run_as_root()) return access_ = SlurmAccess::kRoot;
  base::ChildOptions options = commands_.prepare("sacct", {"--help"});
  options.extra_environment.clear();
  options.timeout = kSudoTimeout;
  through_sudo(options, {"sudo", "-n"});
  const auto sudo = base::run_child(options);
  if (sudo && sudo->exit_status == 0) return access_ = SlurmAccess::kSudo;
  base::Logger().warn("SLURM is asked as the current user, who may see their own jobs only",
                      {{"uid", ::geteuid()}});
  return access_ = SlurmAccess::kSelf;
}

base::Result<std::string> SlurmCommands::run(std::string_view command, std::vector<std::string> arguments) {
  base::ChildOptions options = commands_.prepare(command, std::move(arguments));
  const std::string program = options.arguments.front();
  // Last, so that it holds: times are UTC in both directions, whatever zone the site lives in.
  options.extra_environment.emplace_back("SLURM_TIME_FORMAT=%Y-%m-%dT%H:%M:%S%z");
  const SlurmAccess how = access();
  if (how == SlurmAccess::kSudo) through_sudo(options, {"sudo", "-n", "-E"});
  if (how != SlurmAccess::kRoot || ::geteuid() == 0)
    return Commands::output_of(program, base::run_child(options));
  options.identity = base::ChildIdentity{};
  base::Result<base::ChildResult> done = base::fail(base::ErrorCode::kInternal, program, "did not run");
  base::run_privileged(kBecomeAnybody, [&] { done = base::run_child(options); });
  return Commands::output_of(program, std::move(done));
}

}  // namespace ceems::manager

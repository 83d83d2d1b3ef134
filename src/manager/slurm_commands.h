// Running sacct and sacctmgr as whoever may see every job. Not thread-safe, except cancel().
#pragma once

#include "base/result.h"
#include "manager/commands.h"
#include "manager/settings.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::manager {

// How commands run, the first that is possible.
enum class SlurmAccess {
  kRoot,  // as uid 0 and gid 0: this process is root, or may change its user and group
  kSudo,  // through sudo, which asks for no password
  kSelf,  // as the current user, who may see their own jobs only
};

class SlurmCommands {
 public:
  // The programs are in settings.path; empty: where PATH has sacct. Errors: there is none.
  static base::Result<SlurmCommands> find(const SlurmCliSettings& settings);

  // What the command prints on its standard output. Times in and out are UTC. Errors name the command:
  // kUnavailable if it ends with another status than 0, with what it said; kTimeout; kCancelled.
  base::Result<std::string> run(std::string_view command, std::vector<std::string> arguments);
  void cancel() { commands_.cancel(); }

 private:
  explicit SlurmCommands(Commands commands) : commands_(std::move(commands)) {}
  SlurmAccess access();

  Commands commands_;
  bool access_known_ = false;
  SlurmAccess access_ = SlurmAccess::kSelf;
};

// Whether this process may run programs as root, from its user and its permitted capabilities.
bool may_run_as_root();

}  // namespace ceems::manager

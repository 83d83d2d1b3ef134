// Running a resource manager's programs as the current user. Not thread-safe, except cancel().
#pragma once

#include "base/fd.h"
#include "base/process.h"
#include "base/result.h"
#include "manager/settings.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

class Commands {
 public:
  // The programs are in settings.path, which has to be a directory; empty: where PATH has `program`. `named`
  // is what errors call them, if there is more than that one.
  static base::Result<Commands> find(const SlurmCliSettings& settings, std::string_view program,
                                     std::string_view named = {});

  // What the command prints on its standard output; local times in and out are UTC. Errors name the command:
  // kUnavailable if it ends with another status than 0, with what it said; kTimeout; kCancelled; kTooLarge.
  base::Result<std::string> run(std::string_view command, std::vector<std::string> arguments) const;
  void cancel();

  // The two halves of run(), for programs that run in a way of their own.
  base::ChildOptions prepare(std::string_view command, std::vector<std::string> arguments) const;
  static base::Result<std::string> output_of(const std::string& program,
                                             base::Result<base::ChildResult> done);

 private:
  Commands(std::string directory, SlurmCliSettings settings, base::Fd cancelled);

  std::string directory_;
  SlurmCliSettings settings_;
  base::Fd cancelled_;  // an eventfd
};

}  // namespace ceems::manager

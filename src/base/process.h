// Running another program: with a time limit, in a process group of its own, its output captured with bounds,
// nothing inherited but what is meant. Thread-safe.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::base {

// Who the child runs as. Needs the privilege to change to it.
struct ChildIdentity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

struct ChildOptions {
  std::vector<std::string> arguments;  // the first is the program: a path, or a name looked up in search_path
  std::string search_path = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";
  std::vector<std::string> extra_environment;  // "NAME=value", replacing what is inherited
  std::optional<ChildIdentity> identity;
  std::chrono::milliseconds timeout{5'000};  // then the whole group is killed
  std::size_t output_limit = std::size_t{4} << 20;
  std::size_t error_limit = std::size_t{64} << 10;
  // A session of its own instead of a process group: the program has no terminal to ask for a password.
  bool new_session = false;
  // When this descriptor becomes readable, the whole group is killed; -1: never.
  int cancel_fd = -1;
};

struct ChildResult {
  int exit_status = -1;  // -1 if a signal ended it
  int signal = 0;
  std::string output;  // stdout
  std::string errors;  // stderr; what is beyond the limit is dropped
};

// Runs it to its end; what it left running in its group is killed. Reads nothing: stdin is /dev/null.
// A non-zero exit is a result. Errors: kNotFound and others if it cannot be started, kTimeout, kCancelled,
// kTooLarge if stdout is beyond the limit; the program is their subject.
Result<ChildResult> run_child(const ChildOptions& options);

// The executable that `name` stands for: itself if it has a slash, else the first match in `search_path`.
Result<std::string> find_program(std::string_view name, std::string_view search_path);

}  // namespace ceems::base

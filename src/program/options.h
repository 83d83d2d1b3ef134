// Flags that every server has, and what they set up.
#pragma once

#include "base/result.h"
#include "config/flags.h"

#include <string>
#include <string_view>

namespace ceems::program {

struct SecurityOptions {
  std::string run_as_user;  // never empty after complete()
  bool drop_privileges = true;
  // Keep the needed capabilities effective all the time.
  bool disable_cap_awareness = false;
};

struct LogOptions {
  std::string level;   // "debug" … "error"
  std::string format;  // "logfmt" or "json"
};

// The user that servers of a data centre's services become: nobody as root, else whoever starts them.
std::string default_user();

// --security.…; `user` is the default of --security.run-as-user. `options` must outlive `flags`.
void declare_security_flags(config::Flags& flags, SecurityOptions& options, std::string_view user);
// After parsing.
void complete(SecurityOptions& options);

// --log.level and --log.format. `options` must outlive `flags`.
void declare_log_flags(config::Flags& flags, LogOptions& options);
base::Status start_logging(const LogOptions& options);

// The hidden --reference, which prints a page of the manual.
void declare_reference_flag(config::Flags& flags, bool& print_reference);

}  // namespace ceems::program

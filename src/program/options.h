// Flags that every server has, and what they set up.
#pragma once

#include "base/result.h"
#include "config/flags.h"

#include <cstdint>
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

// What every server has; its own options add to it.
struct CommonOptions {
  bool check_config = false;
  bool print_reference = false;
  std::int64_t worker_threads = 1;
  SecurityOptions security;
  LogOptions log;
};

// Of the servers that have a configuration file.
struct ConfiguredOptions : CommonOptions {
  std::string config_file;  // absolute after complete()
  bool expand_environment = false;
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

// --config.file, which the variable `environment` may name too, and what goes with it.
void declare_config_flags(config::Flags& flags, ConfiguredOptions& options, const std::string& environment,
                          const std::string& help = "Configuration file.");
// After parsing. kInvalid without a configuration file, of which `missing` is said.
base::Status complete(ConfiguredOptions& options,
                      std::string_view missing = "no configuration file is given");
void declare_check_flag(config::Flags& flags, bool& check_config);

// --web.config.file and --web.systemd-socket.
void declare_web_config_flag(config::Flags& flags, std::string& file, const std::string& environment);
void declare_socket_flag(config::Flags& flags, bool& systemd_socket);
// --runtime.gomaxprocs, by the name under which it is known.
void declare_threads_flag(config::Flags& flags, std::int64_t& threads, const std::string& help);

// The hidden --reference, which prints a page of the manual.
void declare_reference_flag(config::Flags& flags, bool& print_reference);

}  // namespace ceems::program

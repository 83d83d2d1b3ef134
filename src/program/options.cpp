#include "program/options.h"

#include "base/file.h"
#include "base/log.h"
#include "base/user.h"

#include <unistd.h>

namespace ceems::program {

namespace {

constexpr const char* kNobody = "nobody";
const config::FlagTraits kHidden{.hidden = true};

}  // namespace

std::string default_user() {
  return ::geteuid() == 0 ? kNobody : base::current_user().name;
}

void declare_security_flags(config::Flags& flags, SecurityOptions& options, std::string_view user) {
  flags.string("security.run-as-user", std::string(user),
               user.empty() ? "User, by name or number, to become when started as root; nobody when left out."
                            : "User, by name or number, to become when started as root.",
               options.run_as_user);
  flags.boolean("security.drop-privileges", true, "Give up root and every capability that is not needed.",
                options.drop_privileges, kHidden);
  flags.boolean(
      "security.disable-cap-awareness", false,
      "Keep needed capabilities effective all the time instead of raising them where they are used.",
      options.disable_cap_awareness, kHidden);
}

void complete(SecurityOptions& options) {
  if (options.run_as_user.empty()) options.run_as_user = kNobody;
}

void declare_log_flags(config::Flags& flags, LogOptions& options) {
  flags.choice("log.level", {"debug", "info", "warn", "error"}, "info",
               "Least severe messages that are logged.", options.level);
  flags.choice("log.format", {"logfmt", "json"}, "logfmt", "Form of the log.", options.format);
}

base::Status start_logging(const LogOptions& options) {
  CEEMS_TRY(const base::LogLevel level, base::parse_log_level(options.level));
  CEEMS_TRY(const base::LogFormat format, base::parse_log_format(options.format));
  base::configure_logging(level, format);
  return {};
}

void declare_config_flags(config::Flags& flags, ConfiguredOptions& options, const std::string& environment,
                          const std::string& help) {
  flags.string("config.file", "", help, options.config_file, {.environment = environment});
  flags.boolean("config.file.expand-env-vars", false,
                "Replace $NAME and ${NAME} in the configuration file by environment variables.",
                options.expand_environment);
  declare_check_flag(flags, options.check_config);
}

base::Status complete(ConfiguredOptions& options, std::string_view missing) {
  if (options.config_file.empty())
    return base::fail(base::ErrorCode::kInvalid, "--config.file", "{}", missing);
  options.config_file = base::absolute_path(options.config_file);
  return {};
}

void declare_check_flag(config::Flags& flags, bool& check_config) {
  flags.boolean("config.check", false, "Check the configuration files, say what is wrong, and end.",
                check_config);
}

void declare_web_config_flag(config::Flags& flags, std::string& file, const std::string& environment) {
  flags.string(
      "web.config.file", "",
      "File with settings for TLS, basic authentication and response headers. Read again when it changes.",
      file, {.environment = environment});
}

void declare_socket_flag(config::Flags& flags, bool& systemd_socket) {
  flags.boolean("web.systemd-socket", false,
                "Take the listening sockets from systemd instead of opening them.", systemd_socket);
}

void declare_threads_flag(config::Flags& flags, std::int64_t& threads, const std::string& help) {
  flags.integer("runtime.gomaxprocs", 1, help, threads, {.environment = "GOMAXPROCS"});
}

void declare_reference_flag(config::Flags& flags, bool& print_reference) {
  flags.boolean("reference", false, "Print the reference of flags and metrics as Markdown, and end.",
                print_reference, kHidden);
}

}  // namespace ceems::program

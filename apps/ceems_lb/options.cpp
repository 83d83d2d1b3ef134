#include "options.h"

#include "base/file.h"

namespace ceems::load_balancer {

void declare_flags(config::Flags& flags, Options& options) {
  flags.string("config.file", "", "Configuration file.", options.config_file,
               {.environment = "CEEMS_LB_CONFIG_FILE"});
  flags.boolean("config.file.expand-env-vars", false,
                "Replace $NAME and ${NAME} in the configuration file by environment variables.",
                options.expand_environment);
  flags.boolean("config.check", false, "Check the configuration files, say what is wrong, and end.",
                options.check_config);
  flags.list("web.listen-address", {":9030", ":9040"},
             "Addresses to listen on: the first for TSDBs, the second for Pyroscope; where there is only one "
             "kind of "
             "server, the first.",
             options.listen_addresses);
  flags.string(
      "web.config.file", "",
      "File with settings for TLS, basic authentication and response headers. Read again when it changes.",
      options.web_config_file, {.environment = "CEEMS_LB_WEB_CONFIG_FILE"});
  flags.boolean(
      "web.systemd-socket", false,
      "Take the listening sockets from systemd instead of opening them; where there are both kinds of "
      "servers, by the names tsdb and pyroscope.",
      options.systemd_socket);
  flags.boolean("web.metrics", false, "Serve metrics about this load balancer at /metrics.", options.metrics);
  flags.list(
      "web.trusted-proxy", {},
      "Address or network (192.0.2.0/24) whose word counts for who asks. When given, user headers of others "
      "count only with a password of the web configuration.",
      options.trusted_proxies);
  flags.string("audit.log", "", "File to which each decision about a request is appended, as a line of JSON.",
               options.audit_log);
  flags.integer("runtime.gomaxprocs", 1, "Threads that look up who owns what.", options.worker_threads,
                {.environment = "GOMAXPROCS"});
  program::declare_security_flags(flags, options.security, program::default_user());
  program::declare_log_flags(flags, options.log);
  program::declare_reference_flag(flags, options.print_reference);
}

base::Status complete(Options& options) {
  if (options.config_file.empty())
    return base::fail(base::ErrorCode::kInvalid, "--config.file", "no configuration file is given");
  for (std::string* const path : {&options.config_file, &options.web_config_file, &options.audit_log}) {
    if (!path->empty()) *path = base::absolute_path(*path);
  }
  program::complete(options.security);
  return {};
}

}  // namespace ceems::load_balancer

#include "options.h"

#include "base/file.h"

namespace ceems::redfish_proxy {

void declare_flags(config::Flags& flags, Options& options) {
  flags.string("config.file", "", "Configuration file, which says what BMCs there are.", options.config_file,
               {.environment = "REDFISH_PROXY_CONFIG_FILE"});
  flags.boolean("config.file.expand-env-vars", false,
                "Replace $NAME and ${NAME} in the configuration file by environment variables.",
                options.expand_environment);
  flags.boolean("config.check", false, "Check the configuration files, say what is wrong, and end.",
                options.check_config);
  flags.list("web.listen-address", {":5000"}, "Addresses to listen on: host:port, :port or [v6]:port.",
             options.listen_addresses);
  flags.string(
      "web.config.file", "",
      "File with settings for TLS, basic authentication and response headers. Read again when it changes.",
      options.web_config_file, {.environment = "REDFISH_PROXY_WEB_CONFIG_FILE"});
  flags.boolean("web.systemd-socket", false,
                "Take the listening sockets from systemd instead of opening them.", options.systemd_socket);
  flags.boolean("web.metrics", false, "Serve metrics about this proxy at /metrics.", options.metrics);
  flags.boolean("web.debug-server", false, "Accepted for compatibility; there is nothing to see.",
                options.debug_server);
  flags.list(
      "web.trusted-proxy", {},
      "Address or network (192.0.2.0/24) of a proxy in front of this one whose X-Real-IP says for which node "
      "it asks.",
      options.trusted_proxies);
  flags.integer("runtime.gomaxprocs", 1,
                "Accepted for compatibility: one thread serves all requests, and more are not needed.",
                options.worker_threads, {.environment = "GOMAXPROCS"});
  program::declare_security_flags(flags, options.security, program::default_user());
  program::declare_log_flags(flags, options.log);
  program::declare_reference_flag(flags, options.print_reference);
}

base::Status complete(Options& options) {
  if (options.config_file.empty())
    return base::fail(base::ErrorCode::kInvalid, "--config.file",
                      "no configuration file is given: it says what BMCs there are");
  for (std::string* const path : {&options.config_file, &options.web_config_file}) {
    if (!path->empty()) *path = base::absolute_path(*path);
  }
  program::complete(options.security);
  return {};
}

}  // namespace ceems::redfish_proxy

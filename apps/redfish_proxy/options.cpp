#include "options.h"

#include "base/file.h"

namespace ceems::redfish_proxy {

void declare_flags(config::Flags& flags, Options& options) {
  program::declare_config_flags(flags, options, "REDFISH_PROXY_CONFIG_FILE",
                                "Configuration file, which says what BMCs there are.");
  flags.list("web.listen-address", {":5000"}, "Addresses to listen on: host:port, :port or [v6]:port.",
             options.listen_addresses);
  program::declare_web_config_flag(flags, options.web_config_file, "REDFISH_PROXY_WEB_CONFIG_FILE");
  program::declare_socket_flag(flags, options.systemd_socket);
  flags.boolean("web.metrics", false, "Serve metrics about this proxy at /metrics.", options.metrics);
  flags.boolean("web.debug-server", false, "Accepted for compatibility; there is nothing to see.",
                options.debug_server);
  flags.list(
      "web.trusted-proxy", {},
      "Address or network (192.0.2.0/24) of a proxy in front of this one whose X-Real-IP says for which node "
      "it asks.",
      options.trusted_proxies);
  program::declare_threads_flag(
      flags, options.worker_threads,
      "Accepted for compatibility: one thread serves all requests, and more are not needed.");
  program::declare_security_flags(flags, options.security, program::default_user());
  program::declare_log_flags(flags, options.log);
  program::declare_reference_flag(flags, options.print_reference);
}

base::Status complete(Options& options) {
  CEEMS_TRY_VOID(program::complete(options, "no configuration file is given: it says what BMCs there are"));
  if (!options.web_config_file.empty())
    options.web_config_file = base::absolute_path(options.web_config_file);
  return {};
}

}  // namespace ceems::redfish_proxy

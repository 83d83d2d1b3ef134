#include "options.h"

#include "base/file.h"

namespace ceems::load_balancer {

void declare_flags(config::Flags& flags, Options& options) {
  program::declare_config_flags(flags, options, "CEEMS_LB_CONFIG_FILE");
  flags.list("web.listen-address", {":9030", ":9040"},
             "Addresses to listen on: the first for TSDBs, the second for Pyroscope; where there is only one "
             "kind of "
             "server, the first.",
             options.listen_addresses);
  program::declare_web_config_flag(flags, options.web_config_file, "CEEMS_LB_WEB_CONFIG_FILE");
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
  program::declare_threads_flag(flags, options.worker_threads, "Threads that look up who owns what.");
  program::declare_security_flags(flags, options.security, program::default_user());
  program::declare_log_flags(flags, options.log);
  program::declare_reference_flag(flags, options.print_reference);
}

base::Status complete(Options& options) {
  CEEMS_TRY_VOID(program::complete(options));
  for (std::string* const path : {&options.web_config_file, &options.audit_log}) {
    if (!path->empty()) *path = base::absolute_path(*path);
  }
  return {};
}

}  // namespace ceems::load_balancer

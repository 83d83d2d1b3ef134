#include "options.h"

#include "base/file.h"

namespace ceems::api_server {

namespace {

using config::Flags;
using config::FlagTraits;

const FlagTraits kHidden{.hidden = true};

void declare_web_flags(Flags& flags, WebOptions& web) {
  flags.list("web.listen-address", {":9020"},
             "Addresses to listen on: host:port, :port, [v6]:port or vsock://:port.", web.listen_addresses);
  program::declare_web_config_flag(flags, web.config_file, "CEEMS_API_SERVER_WEB_CONFIG_FILE");
  flags.string("web.route-prefix", "/", "Prefix of the API's routes, with a leading slash and none behind.",
               web.route_prefix);
  flags.integer("web.max-requests", 0, "Requests that a client may make in a minute; 0 for no limit.",
                web.max_requests);
  flags.string("web.cors.origin", ".*", "Regular expression for origins whose pages may ask.",
               web.cors_origins);
  flags.boolean("web.compression", false, "Compress replies for clients that want it.", web.compression);
  flags.integer("web.compression.level", 5, "Effort of the compression, from 1 to 9; 0 stores.",
                web.compression_level);
  flags.boolean("web.debug-server", false, "Accepted for compatibility; there is nothing to see.",
                web.debug_server);
  program::declare_socket_flag(flags, web.systemd_socket);
  flags.boolean("web.metrics", false, "Serve metrics about this server at /metrics.", web.metrics);
  flags.list("web.trusted-proxy", {},
             "Address or network (192.0.2.0/24) whose word counts for who asks. When given, user headers of "
             "others count only with a password of the web configuration.",
             web.trusted_proxies);
  flags.string("web.external-url", "", "URL under which users reach this server.", web.external_url, kHidden);
  flags.list("web.user-header-name", {"X-Grafana-User"},
             "Request headers that name the user; the first that is not empty counts.", web.user_headers,
             kHidden);
}

void declare_process_flags(Flags& flags, Options& options) {
  program::declare_security_flags(flags, options.security, program::default_user());
  program::declare_threads_flag(flags, options.worker_threads, "Threads that answer requests.");
  program::declare_log_flags(flags, options.log);
  program::declare_reference_flag(flags, options.print_reference);
}

}  // namespace

void declare_flags(Flags& flags, Options& options) {
  program::declare_config_flags(flags, options, "CEEMS_API_SERVER_CONFIG_FILE");
  declare_web_flags(flags, options.web);
  flags.duration("query.max-period", std::chrono::milliseconds(0),
                 "Longest window of time that may be asked for; 0s for any.", options.max_period);
  flags.boolean("storage.data.skip.delete.old.units", false, "Never delete what is past its retention.",
                options.keep_expired, kHidden);
  flags.boolean("test.disable.checks", false, "Accepted for compatibility; checks stay on.",
                options.disable_checks, kHidden);
  declare_process_flags(flags, options);
}

base::Status complete(Options& options) {
  WebOptions& web = options.web;
  CEEMS_TRY_VOID(program::complete(options));
  if (!web.config_file.empty()) web.config_file = base::absolute_path(web.config_file);
  const std::string& prefix = web.route_prefix;
  if (prefix != "/" && (!prefix.starts_with('/') || prefix.ends_with('/')))
    return base::fail(base::ErrorCode::kInvalid, "--web.route-prefix",
                      "needs a leading slash and none behind: '{}'", prefix);
  return {};
}

}  // namespace ceems::api_server

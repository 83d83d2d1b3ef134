#include "configuration.h"

#include "access/peer.h"
#include "base/file.h"
#include "config/yaml.h"
#include "http/server.h"
#include "lb/api_server.h"
#include "lb/backends.h"
#include "program/configuration.h"

#include <utility>

namespace ceems::load_balancer {

namespace {

base::Status check_parts(const Options& options, const Configuration& configuration) {
  for (const lb::Kind kind : {lb::Kind::kTsdb, lb::Kind::kPyroscope})
    CEEMS_TRY_VOID(lb::Backends::create(configuration.settings, kind));
  if (configuration.settings.api_server)
    CEEMS_TRY_VOID(lb::ApiServer::create(*configuration.settings.api_server));
  CEEMS_TRY_VOID(access::AddressList::parse(options.trusted_proxies));
  if (options.web_config_file.empty()) return {};
  return http::check_web_config(options.web_config_file);
}

}  // namespace

base::Result<Configuration> load_configuration(const Options& options) {
  CEEMS_TRY(const config::Document document,
            config::Document::load(options.config_file, options.expand_environment));
  // Certificates and secrets are looked for beside the web configuration, where there is one.
  const std::string& beside = options.web_config_file.empty() ? options.config_file : options.web_config_file;
  Configuration configuration;
  CEEMS_TRY(configuration.settings, lb::read_settings(document, base::parent_path(beside)));
  configuration.warnings = lb::unknown_keys(document);
  const auto kinds = static_cast<std::size_t>(configuration.settings.has_tsdb()) +
                     static_cast<std::size_t>(configuration.settings.has_pyroscope());
  if (!options.systemd_socket && options.listen_addresses.size() < kinds)
    return base::fail(base::ErrorCode::kInvalid, "--web.listen-address",
                      "TSDBs and Pyroscope servers need an address each");
  return configuration;
}

int check(const Options& options) {
  const auto configuration = load_configuration(options);
  if (!configuration) return program::report_check(std::unexpected(configuration.error()));
  return program::report_check(check_parts(options, *configuration), configuration->warnings);
}

}  // namespace ceems::load_balancer

#include "configuration.h"

#include "access/directory.h"
#include "base/file.h"
#include "config/yaml.h"
#include "http/server.h"
#include "program/configuration.h"
#include "rules/updater_queries.h"
#include "store/reader.h"
#include "store/writer.h"

#include <chrono>
#include <utility>

namespace ceems::api_server {

namespace {

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::chrono::sys_seconds now_seconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Builds what serves requests, and throws it away.
base::Status check_serving(const Options& options, const Configuration& configuration) {
  CEEMS_TRY(api::Options api, api_options(options, configuration));
  store::ReaderOptions reading;
  reading.path = store::database_path(configuration.update.data.path);
  CEEMS_TRY(const auto reader, store::Reader::create(std::move(reading)));
  const auto directory = access::make_directory(*reader);
  CEEMS_TRY(const auto routes, api::make_routes(std::move(api), *reader, *directory));
  if (options.web.config_file.empty()) return {};
  return http::check_web_config(options.web.config_file);
}

}  // namespace

base::Result<Configuration> load_configuration(const Options& options) {
  CEEMS_TRY(const config::Document document,
            config::Document::load(options.config_file, options.expand_environment));
  Configuration configuration;
  const std::string directory = base::parent_path(options.config_file);
  CEEMS_TRY(configuration.update,
            update::read_settings(document, directory, rules::default_updater_queries(), now_ms()));
  CEEMS_TRY(configuration.admin, api::read_admin_settings(document, directory));
  configuration.warnings = api::unknown_keys(document);
  return configuration;
}

base::Result<api::Options> api_options(const Options& options, const Configuration& configuration) {
  api::Options api;
  api.route_prefix = options.web.route_prefix;
  api.user_headers = options.web.user_headers;
  api.external_url = options.web.external_url;
  CEEMS_TRY(auto trusted, access::AddressList::parse(options.web.trusted_proxies));
  api.peers = access::PeerPolicy(std::move(trusted));
  api.cors_origins = options.web.cors_origins;
  if (options.web.compression) api.compression = options.web.compression_level;
  api.max_requests = options.web.max_requests;
  api.max_period = std::chrono::duration_cast<std::chrono::seconds>(options.max_period);
  api.exact_usage = configuration.update.data.accounting == store::Accounting::kExact;
  api.now = now_seconds;
  return api;
}

int check(const Options& options) {
  const auto configuration = load_configuration(options);
  if (!configuration) return program::report_check(std::unexpected(configuration.error()));
  return program::report_check(check_serving(options, *configuration), configuration->warnings);
}

}  // namespace ceems::api_server

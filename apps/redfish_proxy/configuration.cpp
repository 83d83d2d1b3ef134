#include "configuration.h"

#include "base/address_list.h"
#include "base/file.h"
#include "bmcproxy/proxy.h"
#include "config/yaml.h"
#include "http/server.h"
#include "program/configuration.h"

#include <utility>

namespace ceems::redfish_proxy {

namespace {

base::Status check_parts(const Options& options, const bmcproxy::Settings& settings) {
  CEEMS_TRY(base::AddressList trusted, base::AddressList::parse(options.trusted_proxies));
  bmcproxy::SelfMetrics metrics;
  CEEMS_TRY_VOID(bmcproxy::Entrance::create(settings, std::move(trusted), metrics));
  if (options.web_config_file.empty()) return {};
  return http::check_web_config(options.web_config_file);
}

}  // namespace

base::Result<bmcproxy::Settings> load_configuration(const Options& options) {
  CEEMS_TRY(const config::Document document,
            config::Document::load(options.config_file, options.expand_environment));
  return bmcproxy::read_settings(document, base::parent_path(options.config_file));
}

program::FileNeeds file_needs(const Options& options, const bmcproxy::Settings& settings) {
  program::FileNeeds needs;
  program::add_files(needs.paths, settings.client);
  needs.reread = {options.config_file};
  needs.web_config_file = options.web_config_file;
  return needs;
}

int check(const Options& options) {
  const auto settings = load_configuration(options);
  if (!settings) return program::report_check(std::unexpected(settings.error()));
  return program::report_check(check_parts(options, *settings), settings->warnings);
}

}  // namespace ceems::redfish_proxy

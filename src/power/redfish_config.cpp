#include "power/redfish_config.h"

#include "base/file.h"
#include "base/text.h"
#include "config/yaml.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace ceems::power {

namespace {

void replace_by_environment(std::string& value, const char* variable) {
  const char* const given = std::getenv(variable);
  if (given != nullptr && *given != '\0') value = given;
}

}  // namespace

std::string redfish_target(const RedfishConfig& config, std::string_view host) {
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return fmt::format("{}://{}{}{}:{}", config.protocol, bare_ipv6 ? "[" : "", host, bare_ipv6 ? "]" : "",
                     config.port);
}

base::Result<RedfishConfig> load_redfish_config(const std::string& path, bool expand_environment,
                                                const std::string& hostname) {
  if (path.empty())
    return base::fail(base::ErrorCode::kInvalid, "--collector.redfish.config.file", "Redfish needs a file");
  const std::string file = base::absolute_path(path);
  CEEMS_TRY(const config::Document document, config::Document::load(file, expand_environment));
  RedfishConfig result;
  config::Node block = document.root()["redfish_collector"];
  const config::Node former = document.root()["redfish_web_config"];
  if (!block.present()) {
    block = former;
    if (block.present()) result.warnings.push_back(former.message("the key is called redfish_collector now"));
  }
  if (!block.present())
    return base::fail(base::ErrorCode::kInvalid, file, "there is no key redfish_collector");
  CEEMS_TRY_VOID(block.check_map());
  CEEMS_TRY(result.protocol, block["protocol"].string("https"));
  if (result.protocol != "http" && result.protocol != "https")
    return block["protocol"].error("neither http nor https");
  CEEMS_TRY(const std::string host, block["hostname"].string());
  result.host = base::replace_all(host, "{hostname}", hostname);
  CEEMS_TRY(std::int64_t port, block["port"].integer(0));
  if (port == 0) port = result.protocol == "https" ? 443 : 80;
  if (port < 1 || port > 65535) return block["port"].error("no port");
  result.port = static_cast<std::uint16_t>(port);
  CEEMS_TRY(result.username, block["username"].string());
  CEEMS_TRY(result.password, block["password"].string());
  replace_by_environment(result.username, "REDFISH_WEB_USERNAME");
  replace_by_environment(result.password, "REDFISH_WEB_PASSWORD");
  CEEMS_TRY(result.use_session_token, block["use_session_token"].boolean(true));
  CEEMS_TRY(const std::int64_t timeout, block["timeout"].integer(0));
  if (timeout > 0) result.timeout = std::chrono::milliseconds(std::min<std::int64_t>(timeout, 600'000));
  CEEMS_TRY(std::string external, block["external_url"].string());
  if (!external.empty() && !external.starts_with("http"))
    return block["external_url"].error("no URL of HTTP");
  while (external.ends_with('/'))
    external.pop_back();
  result.external_url = std::move(external);
  CEEMS_TRY(result.client, config::read_http_client(block, base::parent_path(file)));
  if (!result.use_session_token && !result.username.empty()) {
    // The one header can't be for the BMC and for a proxy.
    result.client.has_basic_auth = true;
    result.client.basic_username = result.username;
    result.client.basic_username_file.clear();
    result.client.basic_password = {.value = result.password, .file = {}};
    result.client.authorization_type.clear();
    result.client.oauth2.reset();
  }
  CEEMS_TRY(const bool insecure, block["insecure_skip_verify"].boolean(false));
  result.client.tls.insecure_skip_verify = result.client.tls.insecure_skip_verify || insecure;
  for (std::string& unknown : document.unknown_keys(document.root()))
    result.warnings.push_back(std::move(unknown));
  return result;
}

}  // namespace ceems::power

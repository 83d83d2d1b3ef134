#include "manager/openstack_settings.h"

#include "base/text.h"
#include "http/message.h"

#include <string_view>

namespace ceems::manager {

namespace {

base::Result<std::string> url_of(const config::Node& endpoints, std::string_view key) {
  const config::Node node = endpoints[key];
  CEEMS_TRY(std::string url, node.string());
  if (url.empty()) return endpoints.error(std::string(key) + " is missing: the URL of that service");
  if (!http::parse_url(url)) return node.error("is not a URL; one looks like https://cloud.example:5000");
  return url;
}

base::Result<std::string> json_of(const config::Node& node) {
  std::string text;
  if (node.is_map()) {
    for (const auto& [key, value] : node.pairs()) {
      CEEMS_TRY(const std::string inner, json_of(value));
      text += (text.empty() ? "" : ",") + base::json_quote(key) + ":" + inner;
    }
    return "{" + text + "}";
  }
  if (node.is_sequence()) {
    for (const config::Node& element : node.elements()) {
      CEEMS_TRY(const std::string inner, json_of(element));
      text += (text.empty() ? "" : ",") + inner;
    }
    return "[" + text + "]";
  }
  if (!node.present()) return "null";
  if (node.path().ends_with("system.all")) {
    CEEMS_TRY(const bool all, node.boolean(true));
    return all ? "true" : "false";
  }
  CEEMS_TRY(text, node.string());
  return base::json_quote(text);
}

}  // namespace

base::Result<OpenstackSettings> read_openstack(const config::Node& extra) {
  OpenstackSettings settings;
  CEEMS_TRY_VOID(extra.check_map());
  const config::Node endpoints = extra["api_service_endpoints"];
  CEEMS_TRY_VOID(endpoints.check_map());
  if (!endpoints.present())
    return base::fail(base::ErrorCode::kInvalid, "",
                      "extra_config.api_service_endpoints is missing: the URLs of compute and identity");
  CEEMS_TRY(settings.compute_url, url_of(endpoints, "compute"));
  CEEMS_TRY(settings.identity_url, url_of(endpoints, "identity"));
  const config::Node auth = extra["auth"];
  CEEMS_TRY_VOID(auth.check_map());
  if (!auth.present() || !auth["identity"].present())
    return base::fail(base::ErrorCode::kInvalid, "",
                      "extra_config.auth.identity is missing: how to get a token, as Keystone's API has it");
  CEEMS_TRY(settings.auth, json_of(auth));
  return settings;
}

}  // namespace ceems::manager

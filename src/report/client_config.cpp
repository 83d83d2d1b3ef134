#include "report/client_config.h"

#include "base/file.h"
#include "base/text.h"
#include "config/yaml.h"

#include <cstdlib>
#include <string_view>

namespace ceems::report {

namespace {

base::Result<ClientConfig> read(const config::Document& document, const std::string& file) {
  const config::Node section = document.root()["ceems_api_server"];
  if (!section.present())
    return base::fail(base::ErrorCode::kInvalid, file, "section 'ceems_api_server' is missing");
  ClientConfig result;
  result.file = file;
  CEEMS_TRY(result.cluster_id, section["cluster_id"].string());
  CEEMS_TRY(result.user_header, section["user_header_name"].string(result.user_header));
  if (result.user_header.empty()) return section["user_header_name"].error("must not be empty");
  CEEMS_TRY(result.web, config::read_http_client(section["web"], base::parent_path(file)));
  if (result.web.url.empty())
    return base::fail(base::ErrorCode::kInvalid, file, "ceems_api_server.web.url is missing");
  return result;
}

base::Status inline_file(std::string& file, std::string& value) {
  if (file.empty()) return {};
  CEEMS_TRY(value, base::read_file(file));
  file.clear();
  return {};
}

base::Status inline_secret(config::Secret& secret) {
  if (secret.file.empty()) return {};
  CEEMS_TRY(secret.value, secret.read());
  secret.file.clear();
  return {};
}

base::Status inline_tls(config::ClientTlsConfig& tls) {
  CEEMS_TRY_VOID(inline_file(tls.ca_file, tls.ca));
  CEEMS_TRY_VOID(inline_file(tls.cert_file, tls.cert));
  return inline_file(tls.key_file, tls.key);
}

}  // namespace

std::string user_config_directory() {
  const char* xdg = std::getenv("XDG_CONFIG_HOME");
  if (xdg != nullptr && *xdg != '\0') return base::join_path(xdg, "ceems");
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return base::join_path(home, ".config/ceems");
  return "";
}

base::Result<std::string> find_config(const std::string& directory) {
  if (!directory.empty()) {
    for (const std::string_view name : {"config.yml", "config.yaml", "cacct.yml", "cacct.yaml"}) {
      std::string path = base::join_path(directory, name);
      if (base::exists(path)) return path;
    }
  }
  return base::fail(base::ErrorCode::kNotFound, directory, "no configuration file");
}

base::Result<ClientConfig> load_config(const std::string& file) {
  CEEMS_TRY(const config::Document document, config::Document::load(file));
  return read(document, file);
}

base::Result<std::vector<std::string>> check_config(const std::string& file) {
  CEEMS_TRY(const config::Document document, config::Document::load(file));
  const auto result = read(document, file);
  if (!result) return std::unexpected(result.error());
  // Other programs may keep their own keys in the same section: only the client block is ours alone.
  return document.unknown_keys(document.root()["ceems_api_server"]["web"]);
}

base::Status read_secret_files(config::HttpClientConfig& web) {
  if (!web.basic_username_file.empty()) {
    CEEMS_TRY(const std::string name, base::read_file(web.basic_username_file));
    web.basic_username = base::trim(name);
    web.basic_username_file.clear();
  }
  CEEMS_TRY_VOID(inline_secret(web.basic_password));
  CEEMS_TRY_VOID(inline_secret(web.authorization_credentials));
  CEEMS_TRY_VOID(inline_tls(web.tls));
  if (web.oauth2) {
    CEEMS_TRY_VOID(inline_secret(web.oauth2->client_secret));
    CEEMS_TRY_VOID(inline_tls(web.oauth2->tls));
  }
  for (config::ExtraHeader& header : web.headers) {
    for (const std::string& file : header.files) {
      CEEMS_TRY(std::string value, base::read_file(file));
      header.secrets.emplace_back(base::trim(value));
    }
    header.files.clear();
  }
  return {};
}

}  // namespace ceems::report

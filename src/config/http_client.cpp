#include "config/http_client.h"

#include "base/file.h"
#include "base/text.h"
#include "config/http_fields.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::config {

namespace {

using base::Result;
using base::Status;

// What the client itself sets, or what signs a request: never from a file.
constexpr std::array<std::string_view, 18> kReservedHeaders{"Accept-Encoding",
                                                            "Authorization",
                                                            "Connection",
                                                            "Content-Encoding",
                                                            "Content-Length",
                                                            "Content-Type",
                                                            "Host",
                                                            "Keep-Alive",
                                                            "Proxy-Authenticate",
                                                            "Proxy-Authorization",
                                                            "User-Agent",
                                                            "Www-Authenticate",
                                                            "X-Amz-Content-Sha256",
                                                            "X-Amz-Date",
                                                            "X-Amz-Security-Token",
                                                            "X-Prometheus-Remote-Read-Version",
                                                            "X-Prometheus-Remote-Write-Version",
                                                            "X-Prometheus-Scrape-Timeout-Seconds"};

bool is_reserved(std::string_view canonical_name) {
  return std::ranges::find(kReservedHeaders, canonical_name) != kReservedHeaders.end();
}

// "scheme://host…" with something for both.
bool looks_like_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  return colon != std::string_view::npos && colon > 0 && text.size() > colon + 3 && text[colon + 3] != '/' &&
         text.find_first_of(" \t\r\n") == std::string_view::npos;
}

// The proxy keys, which the block itself and its oauth2 section share.
struct Proxy {
  std::string url;
  std::string no_proxy;
  bool from_environment = false;
  std::map<std::string, std::vector<std::string>> connect_headers;
};

// Reads one block; the methods know the directory that file names are relative to.
class HttpClientReader {
 public:
  explicit HttpClientReader(const std::string& directory) : directory_(directory) {}

  Result<HttpClientConfig> read(const Node& node) const {
    HttpClientConfig config;
    CEEMS_TRY_VOID(node.check_map());
    CEEMS_TRY(config.url, read_url(node["url"]));
    CEEMS_TRY_VOID(check_one_login(node));
    CEEMS_TRY_VOID(read_basic_auth(node["basic_auth"], config));
    CEEMS_TRY_VOID(read_authorization(node, config));
    CEEMS_TRY(config.oauth2, read_oauth2(node["oauth2"]));
    CEEMS_TRY(config.tls, read_tls(node["tls_config"]));
    CEEMS_TRY(config.follow_redirects, node["follow_redirects"].boolean(true));
    CEEMS_TRY(config.enable_http2, node["enable_http2"].boolean(true));
    CEEMS_TRY(Proxy proxy, read_proxy(node));
    config.proxy_url = std::move(proxy.url);
    config.no_proxy = std::move(proxy.no_proxy);
    config.proxy_from_environment = proxy.from_environment;
    config.proxy_connect_headers = std::move(proxy.connect_headers);
    CEEMS_TRY(config.headers, read_headers(node["http_headers"]));
    return config;
  }

 private:
  std::string resolve(const std::string& file) const {
    return file.empty() || file.starts_with('/') ? file : base::join_path(directory_, file);
  }

  // The pair NAME / NAME_file, of which at most one may be set.
  Result<Secret> read_pair(const Node& node, const std::string& name) const {
    Secret pair;
    CEEMS_TRY(pair.value, node[name].string());
    CEEMS_TRY(const std::string file, node[name + "_file"].string());
    if (!pair.value.empty() && !file.empty()) {
      return node[name].error(fmt::format("give {0} or {0}_file, not both", name));
    }
    pair.file = resolve(file);
    return pair;
  }

  static Result<std::string> read_url(const Node& node) {
    CEEMS_TRY(std::string url, node.string());
    const bool known = url.starts_with("http://") || url.starts_with("https://") || url.starts_with("unix:/");
    if (!url.empty() && (!known || (!url.starts_with("unix:/") && !looks_like_url(url)))) {
      return node.error("must be a URL like http://host:9090 or https://host/path");
    }
    return url;
  }

  static Status check_one_login(const Node& node) {
    std::vector<std::string> given;
    for (const std::string_view key : {"basic_auth", "authorization", "oauth2"}) {
      if (node[key].present()) given.emplace_back(key);
    }
    for (const std::string_view key : {"bearer_token", "bearer_token_file"}) {
      CEEMS_TRY(const std::string token, node[key].string());
      if (token.empty()) continue;
      given.emplace_back(key);
      break;  // that only one of the two is set is checked where they are read
    }
    if (given.size() > 1) {
      return node[given[1]].error(fmt::format("at most one login can be used; {} is given too", given[0]));
    }
    return {};
  }

  Status read_basic_auth(const Node& node, HttpClientConfig& config) const {
    CEEMS_TRY_VOID(node.check_map());
    if (!node.present()) return {};
    CEEMS_TRY(Secret username, read_pair(node, "username"));
    CEEMS_TRY(config.basic_password, read_pair(node, "password"));
    config.basic_username = std::move(username.value);
    config.basic_username_file = std::move(username.file);
    config.has_basic_auth = true;
    return {};
  }

  Status read_authorization(const Node& block, HttpClientConfig& config) const {
    const Node node = block["authorization"];
    CEEMS_TRY_VOID(node.check_map());
    CEEMS_TRY(Secret bearer, read_pair(block, "bearer_token"));
    if (!bearer.empty()) {
      config.authorization_type = "Bearer";
      config.authorization_credentials = std::move(bearer);
    }
    if (!node.present()) return {};
    CEEMS_TRY(const std::string type, node["type"].string());
    config.authorization_type = base::trim(type);
    if (config.authorization_type.empty()) config.authorization_type = "Bearer";
    if (base::equals_ignoring_case(config.authorization_type, "basic")) {
      return node["type"].error("must not be Basic: use basic_auth");
    }
    if (!is_field_value(config.authorization_type)) {
      return node["type"].error("must not hold line ends or control characters");
    }
    CEEMS_TRY(config.authorization_credentials, read_pair(node, "credentials"));
    return {};
  }

  Result<std::optional<OAuth2Config>> read_oauth2(const Node& node) const {
    CEEMS_TRY_VOID(node.check_map());
    if (!node.present()) return std::nullopt;
    OAuth2Config oauth2;
    CEEMS_TRY(oauth2.client_id, node["client_id"].string());
    CEEMS_TRY(oauth2.client_secret, read_pair(node, "client_secret"));
    CEEMS_TRY(oauth2.scopes, node["scopes"].strings());
    CEEMS_TRY(oauth2.token_url, node["token_url"].string());
    if (oauth2.client_id.empty()) return node["client_id"].error("is needed");
    if (oauth2.token_url.empty()) return node["token_url"].error("is needed");
    CEEMS_TRY(oauth2.token_url, read_url(node["token_url"]));
    CEEMS_TRY_VOID(node["endpoint_params"].check_map());
    for (const auto& [name, value_node] : node["endpoint_params"].pairs()) {
      CEEMS_TRY(oauth2.endpoint_params[name], value_node.string());
    }
    CEEMS_TRY(oauth2.tls, read_tls(node["tls_config"]));
    CEEMS_TRY(Proxy proxy, read_proxy(node));
    oauth2.proxy_url = std::move(proxy.url);
    oauth2.no_proxy = std::move(proxy.no_proxy);
    oauth2.proxy_from_environment = proxy.from_environment;
    oauth2.proxy_connect_headers = std::move(proxy.connect_headers);
    return oauth2;
  }

  static Result<std::string> read_version(const Node& node) {
    CEEMS_TRY(std::string version, node.string());
    if (!version.empty() && version != "TLS10" && version != "TLS11" && version != "TLS12" &&
        version != "TLS13") {
      return node.error(fmt::format("must be one of TLS10, TLS11, TLS12, TLS13, not '{}'", version));
    }
    return version;
  }

  Result<ClientTlsConfig> read_tls(const Node& node) const {
    CEEMS_TRY_VOID(node.check_map());
    CEEMS_TRY(Secret ca, read_pair(node, "ca"));
    CEEMS_TRY(Secret cert, read_pair(node, "cert"));
    CEEMS_TRY(Secret key, read_pair(node, "key"));
    if (cert.empty() != key.empty()) {
      return node.error(cert.empty() ? "a key needs its certificate: set cert_file or cert"
                                     : "a client certificate needs its key: set key_file or key");
    }
    ClientTlsConfig tls;
    tls.ca = std::move(ca.value);
    tls.ca_file = std::move(ca.file);
    tls.cert = std::move(cert.value);
    tls.cert_file = std::move(cert.file);
    tls.key = std::move(key.value);
    tls.key_file = std::move(key.file);
    CEEMS_TRY(tls.server_name, node["server_name"].string());
    CEEMS_TRY(tls.insecure_skip_verify, node["insecure_skip_verify"].boolean(false));
    CEEMS_TRY(tls.min_version, read_version(node["min_version"]));
    CEEMS_TRY(tls.max_version, read_version(node["max_version"]));
    // The names sort as the versions do.
    if (!tls.max_version.empty() && tls.max_version < tls.min_version) {
      return node["max_version"].error("no TLS version is left between min_version and max_version");
    }
    return tls;
  }

  static Result<Proxy> read_proxy(const Node& node) {
    Proxy proxy;
    CEEMS_TRY(proxy.url, node["proxy_url"].string());
    CEEMS_TRY(proxy.no_proxy, node["no_proxy"].string());
    CEEMS_TRY(proxy.from_environment, node["proxy_from_environment"].boolean(false));
    const Node headers = node["proxy_connect_header"];
    CEEMS_TRY_VOID(headers.check_map());
    for (const auto& [name, values_node] : headers.pairs()) {
      if (!is_field_name(name)) return values_node.error("is no name of a header");
      CEEMS_TRY(proxy.connect_headers[canonical_field_name(name)], read_values(values_node));
    }
    if (!proxy.url.empty() && !looks_like_url(proxy.url)) {
      return node["proxy_url"].error("must be a URL like http://host:3128");
    }
    if (proxy.from_environment && !proxy.url.empty()) {
      return node["proxy_from_environment"].error("cannot be used together with proxy_url");
    }
    if (proxy.from_environment && !proxy.no_proxy.empty()) {
      return node["proxy_from_environment"].error("cannot be used together with no_proxy");
    }
    if (proxy.url.empty() && !proxy.no_proxy.empty()) return node["no_proxy"].error("needs proxy_url");
    if (proxy.url.empty() && !proxy.from_environment && !proxy.connect_headers.empty()) {
      return headers.error("needs proxy_url or proxy_from_environment");
    }
    return proxy;
  }

  // A list of field values.
  static Result<std::vector<std::string>> read_values(const Node& node) {
    CEEMS_TRY(std::vector<std::string> values, node.strings());
    if (!std::ranges::all_of(values, is_field_value)) {
      return node.error("must not hold line ends or control characters");
    }
    return values;
  }

  Result<std::vector<ExtraHeader>> read_headers(const Node& node) const {
    CEEMS_TRY_VOID(node.check_map());
    std::vector<ExtraHeader> headers;
    for (const auto& [name, header_node] : node.pairs()) {
      if (!is_field_name(name)) return header_node.error("is no name of a header");
      ExtraHeader header;
      header.name = canonical_field_name(name);
      if (is_reserved(header.name)) return header_node.error("this header cannot be set");
      CEEMS_TRY_VOID(header_node.check_map());
      CEEMS_TRY(header.values, read_values(header_node["values"]));
      CEEMS_TRY(header.secrets, read_values(header_node["secrets"]));
      CEEMS_TRY(header.files, header_node["files"].strings());
      for (std::string& file : header.files)
        file = resolve(file);
      headers.push_back(std::move(header));
    }
    return headers;
  }

  const std::string& directory_;
};

}  // namespace

Result<std::string> Secret::read() const {
  if (file.empty()) return value;
  CEEMS_TRY(const std::string content, base::read_file(file));
  return std::string(base::trim(content));
}

Result<HttpClientConfig> read_http_client(const Node& node, const std::string& directory) {
  return HttpClientReader(directory).read(node);
}

std::vector<std::string> files_of(const HttpClientConfig& config) {
  std::vector<std::string> files{config.basic_username_file, config.basic_password.file,
                                 config.authorization_credentials.file};
  const auto add_tls = [&files](const ClientTlsConfig& tls) {
    files.insert(files.end(), {tls.ca_file, tls.cert_file, tls.key_file});
  };
  add_tls(config.tls);
  if (config.oauth2) {
    files.push_back(config.oauth2->client_secret.file);
    add_tls(config.oauth2->tls);
  }
  for (const ExtraHeader& header : config.headers)
    files.insert(files.end(), header.files.begin(), header.files.end());
  std::erase(files, std::string());
  return files;
}

Result<HttpClientConfig> load_http_client(const std::string& path) {
  CEEMS_TRY(const Document document, Document::load(path));
  auto config = read_http_client(document.root(), base::parent_path(path));
  if (!config) return config;
  const std::vector<std::string> unknown = document.unknown_keys(document.root());
  if (unknown.empty()) return config;
  return std::unexpected(base::Error{base::ErrorCode::kInvalid, base::join(unknown, "; "), ""});
}

}  // namespace ceems::config

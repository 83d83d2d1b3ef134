// The HTTP client block of Prometheus' configuration (HTTPClientConfig), which several programs inline under
// `web:`. https://prometheus.io/docs/prometheus/latest/configuration/configuration/ . Plain data; secrets are
// never printed.
#pragma once

#include "base/result.h"
#include "config/yaml.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ceems::config {

// A secret given in the file or as the name of a file that holds it; files are read at each use.
struct Secret {
  std::string value;
  std::string file;
  bool empty() const { return value.empty() && file.empty(); }
  base::Result<std::string> read() const;  // file content is trimmed of trailing line ends
};

struct ClientTlsConfig {
  std::string ca, ca_file, cert, cert_file, key_file, server_name, min_version, max_version;
  std::string key;  // secret
  bool insecure_skip_verify = false;
};

struct OAuth2Config {
  std::string client_id;
  Secret client_secret;
  std::vector<std::string> scopes;
  std::string token_url;
  std::map<std::string, std::string> endpoint_params;
  ClientTlsConfig tls;
};

struct ExtraHeader {
  std::string name;
  std::vector<std::string> values;
  std::vector<std::string> secrets;
  std::vector<std::string> files;
};

struct HttpClientConfig {
  std::string url;  // only where the block has one
  std::string basic_username;
  std::string basic_username_file;
  Secret basic_password;
  bool has_basic_auth = false;
  std::string authorization_type;  // "" for none
  Secret authorization_credentials;
  std::optional<OAuth2Config> oauth2;
  ClientTlsConfig tls;
  bool follow_redirects = true;
  bool enable_http2 = true;  // accepted; HTTP/1.1 is spoken
  std::string proxy_url;
  std::string no_proxy;
  bool proxy_from_environment = false;
  std::map<std::string, std::vector<std::string>> proxy_connect_headers;
  std::vector<ExtraHeader> headers;
};

// Reads the block at `node` (a mapping; an absent node gives the defaults). Relative file names resolve
// against `directory`. Errors and warnings carry file, line and key.
base::Result<HttpClientConfig> read_http_client(const Node& node, const std::string& directory);

}  // namespace ceems::config

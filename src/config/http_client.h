// The HTTP client block of Prometheus' configuration (HTTPClientConfig), which several programs inline under
// `web:`. https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config . Plain data;
// secrets are never printed. Free functions are thread-safe.
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
  base::Result<std::string> read() const;  // file content without blanks and line ends around it
};

// Of each pair text/file at most one is set; certificate and key are both set or both empty.
struct ClientTlsConfig {
  std::string ca, ca_file, cert, cert_file, key_file, server_name;
  std::string min_version, max_version;  // "TLS10" … "TLS13"; "" for the default
  std::string key;                       // secret
  bool insecure_skip_verify = false;
};

// Client-credentials grant (RFC 6749 §4.4).
struct OAuth2Config {
  std::string client_id;
  Secret client_secret;
  std::vector<std::string> scopes;
  std::string token_url;
  std::map<std::string, std::string> endpoint_params;
  ClientTlsConfig tls;
  // For the token requests alone, as the fields of the same name below are for all others.
  std::string proxy_url;
  std::string no_proxy;
  bool proxy_from_environment = false;
  std::map<std::string, std::vector<std::string>> proxy_connect_headers;
};

// Values are added to the request, in this order: values, secrets, contents of the files.
struct ExtraHeader {
  std::string name;  // canonical: "X-Scope-Orgid"
  std::vector<std::string> values;
  std::vector<std::string> secrets;
  std::vector<std::string> files;
};

struct HttpClientConfig {
  std::string url;  // only where the block has one; may hold a password
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
// against `directory`. Errors carry file, line and key. Unknown keys are left to the caller, who lists them
// with Document::unknown_keys().
base::Result<HttpClientConfig> read_http_client(const Node& node, const std::string& directory);

// Every file that is read each time the block is used: certificates, secrets, values of headers.
std::vector<std::string> files_of(const HttpClientConfig& config);

// A file that holds such a block at top level, read strictly: an unknown key is an error.
base::Result<HttpClientConfig> load_http_client(const std::string& path);

}  // namespace ceems::config

// The web configuration file of Prometheus programs (--web.config.file): TLS, HTTP headers, basic-auth users,
// rate limit. Format: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md .
// Plain data, checked as far as that goes without a TLS library: the certificate material itself is read by
// whoever opens the listener. Free functions are thread-safe.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::config {

enum class TlsVersion : std::uint8_t { kTls10, kTls11, kTls12, kTls13 };

// What is asked of the client's certificate; the names are those of the file.
enum class ClientAuth : std::uint8_t {
  kNoClientCert,
  kRequestClientCert,           // asked for, not needed, not verified
  kRequireAnyClientCert,        // needed, not verified; "RequireClientCert" is the same
  kVerifyClientCertIfGiven,     // not needed, verified
  kRequireAndVerifyClientCert,  // needed and verified
};

// Of each pair text/file at most one is set: where the file had both, the file name won. File names are
// resolved against the directory of the configuration file.
struct ServerTlsConfig {
  std::string cert, cert_file;            // PEM chain, leaf first; exactly one is set
  std::string key, key_file;              // PEM; exactly one is set; `key` is a secret
  std::string client_ca, client_ca_file;  // PEM; both empty: the system's authorities
  ClientAuth client_auth = ClientAuth::kNoClientCert;
  // If not empty, one DNS, e-mail, IP or URI name of the client's certificate must equal one of these.
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::kTls12;
  TlsVersion max_version = TlsVersion::kTls13;
  // OpenSSL's names for TLS up to 1.2 ("ECDHE-RSA-AES128-GCM-SHA256"), most wanted first; empty: the
  // library's default. TLS 1.3 suites are not configurable: their names are accepted and left out here.
  std::vector<std::string> openssl_ciphers;
  std::vector<std::string> openssl_groups;  // "P-256", "P-384", "P-521", "X25519"; empty: default
  bool prefer_server_cipher_suites = true;
};

// A token bucket for the whole server: `burst` requests at once, one more each `interval`.
struct RateLimit {
  std::int64_t burst = 0;
  std::chrono::milliseconds interval{0};  // above 0
};

struct WebConfig {
  std::optional<ServerTlsConfig> tls;                        // absent: plain HTTP
  bool http2 = true;                                         // accepted; HTTP/1.1 is spoken
  std::vector<std::pair<std::string, std::string>> headers;  // added to each reply, in file order
  std::map<std::string, std::string> users;                  // name to bcrypt hash; empty: no authentication
  std::optional<RateLimit> rate_limit;
  std::vector<std::string> warnings;  // "file:line: key: …": accepted, yet probably not what was meant
};

// Reads and checks the file. Strict: an unknown key, a wrong type or value is kInvalid with a message
// "file:line: key: …". Does not open the files that it names.
base::Result<WebConfig> load_web_config(const std::string& path);
// The same for a text that was read from `path`.
base::Result<WebConfig> parse_web_config(std::string text, const std::string& path);

// That file and the certificates and keys that it names; none for "". Errors as load_web_config(), after
// "cannot use the web configuration".
base::Result<std::vector<std::string>> web_config_files(const std::string& path);

// Whether the text is a bcrypt hash that can be verified: $2a$, $2b$ or $2y$, a cost of 4 to 31, 53
// characters of salt and checksum. Else kInvalid with the reason; the hash itself is not repeated.
base::Status check_bcrypt_hash(std::string_view hash);

}  // namespace ceems::config

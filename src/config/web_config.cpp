#include "config/web_config.h"

#include "base/file.h"
#include "base/text.h"
#include "config/cipher_suites.h"
#include "config/duration.h"
#include "config/http_fields.h"
#include "config/yaml.h"
#include "config/yaml_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace ceems::config {

namespace {

using base::Result;
using base::Status;

template <class Value, std::size_t N>
using Names = std::array<std::pair<std::string_view, Value>, N>;

constexpr Names<TlsVersion, 4> kVersions{{{"TLS10", TlsVersion::kTls10},
                                          {"TLS11", TlsVersion::kTls11},
                                          {"TLS12", TlsVersion::kTls12},
                                          {"TLS13", TlsVersion::kTls13}}};

constexpr Names<ClientAuth, 6> kClientAuths{
    {{"NoClientCert", ClientAuth::kNoClientCert},
     {"RequestClientCert", ClientAuth::kRequestClientCert},
     {"RequireAnyClientCert", ClientAuth::kRequireAnyClientCert},
     {"RequireClientCert", ClientAuth::kRequireAnyClientCert},
     {"VerifyClientCertIfGiven", ClientAuth::kVerifyClientCertIfGiven},
     {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerifyClientCert}}};

// The sections with a fixed set of keys.
const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> kKeys{
    {"tls_server_config",
     {"cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file", "client_auth_type",
      "client_allowed_sans", "min_version", "max_version", "cipher_suites", "prefer_server_cipher_suites",
      "curve_preferences"}},
    {"http_server_config", {"http2", "headers"}},
    {"rate_limit", {"burst", "interval"}},
};

// The value of an enumerated key; an absent or empty one gives `fallback`.
template <class Value, std::size_t N>
Result<Value> read_name(const Node& node, const Names<Value, N>& names, Value fallback) {
  CEEMS_TRY(const std::string text, node.string());
  if (text.empty()) return fallback;
  std::string known;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
  }
  return node.error(fmt::format("must be one of {}, not '{}'", known, text));
}

struct Material {
  std::string text;
  std::string file;
  bool empty() const { return text.empty() && file.empty(); }
};

// Reads the web configuration section by section; one use.
class WebConfigReader {
 public:
  explicit WebConfigReader(std::string directory) : directory_(std::move(directory)) {}

  Result<WebConfig> read(const Document& document) {
    const Node root = document.root();
    CEEMS_TRY_VOID(root.check_map());
    CEEMS_TRY_VOID(check_keys(document));
    CEEMS_TRY_VOID(read_tls(root["tls_server_config"]));
    CEEMS_TRY_VOID(read_http(root["http_server_config"]));
    CEEMS_TRY_VOID(read_users(root["basic_auth_users"]));
    CEEMS_TRY_VOID(read_rate_limit(root["rate_limit"]));
    return std::move(config_);
  }

 private:
  // First of all, since a mistyped key is often why another one seems to be missing.
  static Status check_keys(const Document& document) {
    for (const auto& [section, keys] : kKeys) {
      const Node node = document.root()[section];
      for (const std::string_view key : keys)
        (void)node[key];
    }
    (void)document.root()["basic_auth_users"].pairs();
    (void)document.root()["http_server_config"]["headers"].pairs();
    const std::vector<std::string> unknown = document.unknown_keys(document.root());
    if (unknown.empty()) return {};
    return std::unexpected(base::Error{base::ErrorCode::kInvalid, base::join(unknown, "; "), ""});
  }

  void warn(const Node& node, std::string_view text) { config_.warnings.push_back(node.message(text)); }

  // The pair NAME / NAME_file; the file wins.
  Result<Material> read_material(const Node& tls, const std::string& name) {
    const Node text_node = tls[name];
    const Node file_node = tls[name + "_file"];
    Material material;
    CEEMS_TRY(material.text, text_node.string());
    CEEMS_TRY(material.file, file_node.string());
    if (!material.file.empty()) {
      if (!material.text.empty()) {
        warn(text_node, fmt::format("is not used, since {}_file is given too", name));
        material.text.clear();
      }
      if (!material.file.starts_with('/')) material.file = base::join_path(directory_, material.file);
    }
    return material;
  }

  Status read_tls(const Node& node) {
    CEEMS_TRY_VOID(node.check_map());
    CEEMS_TRY(Material cert, read_material(node, "cert"));
    CEEMS_TRY(Material key, read_material(node, "key"));
    CEEMS_TRY(Material client_ca, read_material(node, "client_ca"));
    CEEMS_TRY(const std::string client_auth, node["client_auth_type"].string());
    ServerTlsConfig tls;
    CEEMS_TRY(tls.client_auth, read_name(node["client_auth_type"], kClientAuths, ClientAuth::kNoClientCert));
    CEEMS_TRY(tls.client_allowed_sans, node["client_allowed_sans"].strings());
    CEEMS_TRY_VOID(read_protocol(node, tls));
    if (cert.empty() && key.empty() && client_ca.empty() && client_auth.empty()) {
      if (node.present() && !node["cert_file"].present() && !node["key_file"].present()) {
        warn(node, "has no effect without a certificate: plain HTTP is served");
      }
      return {};
    }
    if (cert.empty()) return node.error("a certificate is missing: set cert_file or cert");
    if (key.empty()) return node.error("the certificate's key is missing: set key_file or key");
    if (!client_ca.empty() && tls.client_auth == ClientAuth::kNoClientCert) {
      return node.error("a client CA needs a client_auth_type other than NoClientCert");
    }
    if (!tls.client_allowed_sans.empty() && tls.client_auth == ClientAuth::kNoClientCert) {
      warn(node["client_allowed_sans"], "has no effect: client_auth_type does not ask for a certificate");
    }
    tls.cert = std::move(cert.text);
    tls.cert_file = std::move(cert.file);
    tls.key = std::move(key.text);
    tls.key_file = std::move(key.file);
    tls.client_ca = std::move(client_ca.text);
    tls.client_ca_file = std::move(client_ca.file);
    config_.tls = std::move(tls);
    return {};
  }

  static Status read_protocol(const Node& node, ServerTlsConfig& tls) {
    CEEMS_TRY(tls.min_version, read_name(node["min_version"], kVersions, TlsVersion::kTls12));
    CEEMS_TRY(tls.max_version, read_name(node["max_version"], kVersions, TlsVersion::kTls13));
    CEEMS_TRY(tls.prefer_server_cipher_suites, node["prefer_server_cipher_suites"].boolean(true));
    CEEMS_TRY_VOID(node["cipher_suites"].check_sequence());
    const std::vector<Node> suites = node["cipher_suites"].elements();
    for (const Node& suite : suites) {
      CEEMS_TRY(const std::string name, suite.string());
      const auto cipher = openssl_cipher_name(name);
      if (!cipher) return suite.error(cipher.error().message);
      if (!cipher->empty()) tls.openssl_ciphers.emplace_back(*cipher);
    }
    // Only TLS 1.3 suites are left, so nothing older can be agreed on.
    if (!suites.empty() && tls.openssl_ciphers.empty()) tls.min_version = TlsVersion::kTls13;
    CEEMS_TRY_VOID(node["curve_preferences"].check_sequence());
    for (const Node& curve : node["curve_preferences"].elements()) {
      CEEMS_TRY(const std::string name, curve.string());
      const auto group = openssl_group_name(name);
      if (!group) return curve.error(group.error().message);
      tls.openssl_groups.emplace_back(*group);
    }
    if (tls.max_version < tls.min_version) {
      return node["max_version"].error("no TLS version is left between min_version and max_version");
    }
    return {};
  }

  Status read_http(const Node& node) {
    CEEMS_TRY_VOID(node.check_map());
    CEEMS_TRY(config_.http2, node["http2"].boolean(true));
    const Node headers = node["headers"];
    CEEMS_TRY_VOID(headers.check_map());
    for (const auto& [name, value_node] : headers.pairs()) {
      CEEMS_TRY(std::string value, value_node.string());
      CEEMS_TRY_VOID(check_header(name, value, value_node));
      config_.headers.emplace_back(name, std::move(value));
    }
    return {};
  }

  static Status check_header(std::string_view name, std::string_view value, const Node& node) {
    constexpr std::array<std::string_view, 5> kAllowed{"Content-Security-Policy", "Strict-Transport-Security",
                                                       "X-Content-Type-Options", "X-Frame-Options",
                                                       "X-XSS-Protection"};
    if (std::ranges::find(kAllowed, name) == kAllowed.end()) {
      return node.error(fmt::format("this header cannot be set; allowed are {}", fmt::join(kAllowed, ", ")));
    }
    if (!is_field_value(value)) return node.error("must not hold line ends or control characters");
    if (name == "X-Content-Type-Options" && value != "nosniff") return node.error("must be nosniff");
    if (name == "X-Frame-Options" && value != "deny" && value != "sameorigin") {
      return node.error("must be deny or sameorigin");
    }
    return {};
  }

  Status read_users(const Node& node) {
    CEEMS_TRY_VOID(node.check_map());
    for (const auto& [user, hash_node] : node.pairs()) {
      CEEMS_TRY(std::string hash, hash_node.string());
      if (const Status checked = check_bcrypt_hash(hash); !checked)
        return hash_node.error(checked.error().message);
      if (user.find(':') != std::string::npos) {
        warn(hash_node, "nobody can log in under this name: it holds a colon");
      }
      config_.users.emplace(user, std::move(hash));
    }
    return {};
  }

  Status read_rate_limit(const Node& node) {
    CEEMS_TRY_VOID(node.check_map());
    RateLimit limit;
    CEEMS_TRY(limit.burst, node["burst"].integer(0));
    CEEMS_TRY(const std::string interval, node["interval"].string("0"));
    const auto parsed = parse_go_duration(interval);
    if (!parsed) return node["interval"].error(parsed.error().message);
    limit.interval = *parsed;
    if (limit.burst < 0) return node["burst"].error("must not be negative");
    if (limit.interval.count() == 0 && interval.find_first_of("123456789") != std::string::npos) {
      return node["interval"].error("must be 0 or at least 1ms");
    }
    if (limit.interval.count() == 0) {
      if (limit.burst > 0) warn(node, "has no effect without an interval");
      return {};
    }
    if (limit.burst == 0) return node.error("a burst of 0 would refuse every request");
    config_.rate_limit = limit;
    return {};
  }

  std::string directory_;
  WebConfig config_;
};

}  // namespace

Result<WebConfig> load_web_config(const std::string& path) {
  if (base::is_directory(path)) {
    return base::fail(base::ErrorCode::kInvalid, path, "is a directory, not a file");
  }
  CEEMS_TRY(std::string text, base::read_file(path, kMaxYamlBytes));
  return parse_web_config(std::move(text), path);
}

Result<WebConfig> parse_web_config(std::string text, const std::string& path) {
  CEEMS_TRY(const Document document, Document::parse(std::move(text), path));
  return WebConfigReader(base::parent_path(path)).read(document);
}

Result<std::vector<std::string>> web_config_files(const std::string& path) {
  std::vector<std::string> files;
  if (path.empty()) return files;
  const auto config = load_web_config(path);
  if (!config) return base::wrap(config.error(), "cannot use the web configuration");
  files.push_back(path);
  if (!config->tls) return files;
  for (const std::string& file : {config->tls->cert_file, config->tls->key_file, config->tls->client_ca_file})
    if (!file.empty()) files.push_back(file);
  return files;
}

Status check_bcrypt_hash(std::string_view hash) {
  const auto bad = [](std::string_view why) {
    return base::fail(base::ErrorCode::kInvalid, "", "not a bcrypt hash: {}", why);
  };
  constexpr std::size_t kLength = 60;
  if (!hash.starts_with("$2a$") && !hash.starts_with("$2b$") && !hash.starts_with("$2y$")) {
    return bad("must start with $2a$, $2b$ or $2y$");
  }
  if (hash.size() != kLength) return bad(fmt::format("{} characters long, not {}", hash.size(), kLength));
  const auto cost = base::parse_u64(hash.substr(4, 2));
  if (!cost || *cost < 4 || *cost > 31 || hash[6] != '$') return bad("the cost must be 04 to 31");
  const bool clean = std::ranges::all_of(hash.substr(7), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
  });
  if (!clean) return bad("a character that is not of its base64 alphabet");
  return {};
}

}  // namespace ceems::config

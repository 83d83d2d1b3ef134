#include "config/cipher_suites.h"

#include "config/suggest.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::config {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 13> kCiphers{{
    {"TLS_AES_128_GCM_SHA256", ""},
    {"TLS_AES_256_GCM_SHA384", ""},
    {"TLS_CHACHA20_POLY1305_SHA256", ""},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
}};

// Known, and refused: RC4, 3DES, MAC-then-encrypt with SHA-256 (Lucky 13), and key exchange without forward
// secrecy.
constexpr std::array<std::string_view, 13> kInsecureCiphers{
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
};

constexpr std::array<Pair, 4> kGroups{{
    {"CurveP256", "P-256"},
    {"CurveP384", "P-384"},
    {"CurveP521", "P-521"},
    {"X25519", "X25519"},
}};

template <std::size_t N>
base::Result<std::string_view> look_up(const std::array<Pair, N>& table, std::string_view name,
                                       std::string_view what) {
  std::vector<std::string> names;
  for (const auto& [go_name, openssl_name] : table) {
    if (go_name == name) return openssl_name;
    names.emplace_back(go_name);
  }
  const std::string meant = closest_name(name, names);
  return base::fail(base::ErrorCode::kInvalid, "", "unknown {} '{}'{}", what, name,
                    meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant));
}

}  // namespace

base::Result<std::string_view> openssl_cipher_name(std::string_view go_name) {
  if (std::ranges::find(kInsecureCiphers, go_name) != kInsecureCiphers.end()) {
    return base::fail(base::ErrorCode::kInvalid, "", "cipher suite '{}' is insecure", go_name);
  }
  return look_up(kCiphers, go_name, "cipher suite");
}

base::Result<std::string_view> openssl_group_name(std::string_view go_name) {
  return look_up(kGroups, go_name, "curve");
}

}  // namespace ceems::config

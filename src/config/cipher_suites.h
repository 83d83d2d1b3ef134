// TLS names as Go programs write them in their configuration, and OpenSSL's names for the same. Thread-safe.
#pragma once

#include "base/result.h"

#include <string_view>

namespace ceems::config {

// "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" → "ECDHE-RSA-AES128-GCM-SHA256"; "" for a TLS 1.3 suite, which is
// not configurable. kInvalid for unknown suites and for those without forward secrecy or with a broken
// cipher. Source of the names: https://www.iana.org/assignments/tls-parameters , Go's crypto/tls,
// openssl-ciphers(1).
base::Result<std::string_view> openssl_cipher_name(std::string_view go_name);

// "CurveP256" → "P-256", "X25519" → "X25519". kInvalid for unknown ones.
base::Result<std::string_view> openssl_group_name(std::string_view go_name);

}  // namespace ceems::config

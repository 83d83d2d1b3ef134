// Self-signed server certificates (RFC 5280), as PEM. Thread-safe.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string>
#include <vector>

namespace ceems::tool {

struct CertificateRequest {
  std::vector<std::string> hosts;   // DNS names, also "*.example.org", and IP addresses; at least one
  std::chrono::seconds validity{};  // from now on; above 0, at most 100 years
  bool authority = false;           // may sign other certificates (CA:TRUE)
};

struct CertificatePair {
  std::string certificate_pem;
  std::string key_pem;  // PKCS #8, not encrypted
};

// A new ECDSA P-256 key and a certificate for TLS servers with these hosts as alternative names and the first
// one as common name. kInvalid names the host that is neither a name nor an address.
base::Result<CertificatePair> make_self_signed(const CertificateRequest& request);

// "expired on …", "is not valid before …", "expires on …" within 30 days; "" if nothing is to be said about
// the first certificate of the text, or it cannot be read.
std::string certificate_warning(const std::string& pem);

}  // namespace ceems::tool

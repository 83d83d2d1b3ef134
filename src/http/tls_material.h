// Certificates and keys as PEM, put into an OpenSSL context.
#pragma once

#include "base/result.h"

#include <string>

#include <openssl/ssl.h>

namespace ceems::http {

// PEM text, and what to call it in errors: the file, or the key of the configuration.
struct Pem {
  std::string text;
  std::string name;
};

// `inline_text` if `file` is empty, else the content of the file.
base::Result<Pem> read_pem(const std::string& inline_text, const std::string& file, const char* key);

// The chain, leaf first, and its key, which must belong to the leaf and may not be encrypted.
base::Status use_certificate(SSL_CTX* context, const Pem& certificate, const Pem& key);

// Authorities to verify the other end against. `name_to_clients`: a server lists them in its request.
base::Status trust_authorities(SSL_CTX* context, const Pem& authorities, bool name_to_clients);

// The system's authorities: where OpenSSL's environment variables say, or the first bundle found where the
// distributions keep it.
base::Status trust_system(SSL_CTX* context);

}  // namespace ceems::http

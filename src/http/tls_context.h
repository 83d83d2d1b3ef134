// OpenSSL contexts from configuration: certificates, versions, suites, who may connect. Functions are
// thread-safe; errors name the file, never its content.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "config/web_config.h"

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace ceems::http {

struct SslContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContextPtr = std::unique_ptr<SSL_CTX, SslContextDeleter>;

// Speaks http/1.1 by ALPN. A client certificate is asked for and checked during the handshake as
// `client_auth` says; with `client_allowed_sans`, one without a listed name is refused by its verification.
base::Result<SslContextPtr> make_server_context(const config::ServerTlsConfig& config);

// Verifies the server against `ca`/`ca_file`, or the system's authorities where both are empty.
base::Result<SslContextPtr> make_client_context(const config::ClientTlsConfig& config);

// After a handshake: whether the client has shown what the context demands. Without a certificate the
// verification never ran.
bool client_is_allowed(const SSL* ssl);

}  // namespace ceems::http

#include "http/client_tls.h"

#include "base/check.h"

#include <arpa/inet.h>

#include <array>

#include <openssl/x509v3.h>

namespace ceems::http {

namespace {

constexpr std::array<unsigned char, 9> kProtocols = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

base::Status ClientTls::load() {
  const bool names_files =
      !config_.ca.empty() || !config_.ca_file.empty() || !config_.cert.empty() || !config_.cert_file.empty();
  // The system's authorities take milliseconds and megabytes, which a plain client never needs.
  if (!names_files) return {};
  const std::lock_guard lock(mutex_);
  return refresh();
}

base::Status ClientTls::refresh() {
  std::vector<FileStamp> stamps = {stamp_of(config_.ca_file), stamp_of(config_.cert_file),
                                   stamp_of(config_.key_file)};
  if (context_ && stamps == stamps_) return {};
  auto context = make_client_context(config_);
  stamps_ = std::move(stamps);
  if (context) {
    context_ = *std::move(context);
    return {};
  }
  if (!context_) return std::unexpected(std::move(context).error());
  // Files are often replaced in several steps.
  log_.error("new client certificates cannot be used: those of before stay", {{"error", context.error()}});
  return {};
}

base::Result<SslPtr> ClientTls::session(const std::string& host) {
  SslPtr session;
  {
    const std::lock_guard lock(mutex_);
    CEEMS_TRY_VOID(refresh());
    session.reset(SSL_new(context_.get()));
  }
  if (!session)
    return base::fail(base::ErrorCode::kInternal, "", "cannot make a TLS session: {}", take_openssl_error());
  const std::string& name = config_.server_name.empty() ? host : config_.server_name;
  bool accepted = true;
  if (is_ip_address(name)) {
    accepted = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), name.c_str()) == 1;
  } else {
    SSL_set_hostflags(session.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // What the macro SSL_set_tlsext_host_name() does, without its cast.
    accepted = SSL_set1_host(session.get(), name.c_str()) == 1 &&
               SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                        const_cast<char*>(name.c_str())) == 1;
  }
  if (!accepted) return base::fail(base::ErrorCode::kInvalid, "", "a host name that TLS cannot verify");
  SSL_set_alpn_protos(session.get(), kProtocols.data(), kProtocols.size());
  SSL_set_connect_state(session.get());
  return session;
}

}  // namespace ceems::http

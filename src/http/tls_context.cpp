#include "http/tls_context.h"

#include "base/check.h"
#include "base/text.h"
#include "http/tls_material.h"
#include "http/transport.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <vector>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace ceems::http {

namespace {

using base::ErrorCode;
using config::ClientAuth;
using config::TlsVersion;

// What a server context demands of its clients; lives as long as the context.
struct ClientPolicy {
  bool verify = false;
  std::vector<std::string> allowed_names;
};

void free_policy(void* /*parent*/, void* pointer, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*number*/,
                 void* /*argument*/) {
  const std::unique_ptr<ClientPolicy> policy(static_cast<ClientPolicy*>(pointer));
}

int policy_index() {
  static const int index =
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, nullptr, nullptr, free_policy);
  return index;
}

const ClientPolicy* policy_of(const SSL_CTX* context) {
  return static_cast<const ClientPolicy*>(SSL_CTX_get_ex_data(context, policy_index()));
}

std::string asn1_text(const ASN1_STRING* text) {
  const unsigned char* const data = ASN1_STRING_get0_data(text);
  return {data, data + ASN1_STRING_length(text)};
}

std::string ip_text(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (ASN1_STRING_length(address) != 4 && ASN1_STRING_length(address) != 16) return "";
  ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

std::string name_text(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS:
      return asn1_text(name->d.dNSName);
    case GEN_EMAIL:
      return asn1_text(name->d.rfc822Name);
    case GEN_URI:
      return asn1_text(name->d.uniformResourceIdentifier);
    case GEN_IPADD:
      return ip_text(name->d.iPAddress);
    default:
      return "";
  }
}

bool has_allowed_name(const X509* certificate, const std::vector<std::string>& allowed) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  if (!names) return false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const std::string name = name_text(sk_GENERAL_NAME_value(names.get(), i));
    if (!name.empty() && std::ranges::find(allowed, name) != allowed.end()) return true;
  }
  return false;
}

// Takes the place of OpenSSL's verification of the client's chain.
int verify_client(X509_STORE_CTX* store, void* argument) {
  const auto& policy = *static_cast<const ClientPolicy*>(argument);
  if (policy.verify && X509_verify_cert(store) != 1) return 0;
  if (!policy.verify) X509_STORE_CTX_set_error(store, X509_V_OK);
  const X509* const leaf = X509_STORE_CTX_get0_cert(store);
  if (policy.allowed_names.empty() || has_allowed_name(leaf, policy.allowed_names)) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int select_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned offered_length, void* /*argument*/) {
  static constexpr std::string_view kProtocol = "http/1.1";
  for (unsigned position = 0; position < offered_length;) {
    const unsigned size = offered[position];
    if (size >= offered_length - position) break;
    const unsigned char* const name = offered + position + 1;
    if (std::equal(kProtocol.begin(), kProtocol.end(), name, name + size)) {
      *chosen = name;
      *length = static_cast<unsigned char>(size);
      return SSL_TLSEXT_ERR_OK;
    }
    position += size + 1;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

int protocol_number(TlsVersion version) {
  switch (version) {
    case TlsVersion::kTls10:
      return TLS1_VERSION;
    case TlsVersion::kTls11:
      return TLS1_1_VERSION;
    case TlsVersion::kTls12:
      return TLS1_2_VERSION;
    case TlsVersion::kTls13:
      return TLS1_3_VERSION;
  }
  return TLS1_2_VERSION;
}

base::Status set_versions(SSL_CTX* context, int minimum, int maximum) {
  if (SSL_CTX_set_min_proto_version(context, minimum) != 1 ||
      SSL_CTX_set_max_proto_version(context, maximum) != 1)
    return base::fail(ErrorCode::kInvalid, "", "TLS versions that the library does not have");
  // Older versions sign with SHA-1, which the default level refuses.
  if (minimum != 0 && minimum < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  return {};
}

base::Status set_suites(SSL_CTX* context, const config::ServerTlsConfig& config) {
  if (!config.openssl_ciphers.empty() &&
      SSL_CTX_set_cipher_list(context, base::join(config.openssl_ciphers, ":").c_str()) != 1)
    return base::fail(ErrorCode::kInvalid, "cipher_suites", "none that the library has: {}",
                      take_openssl_error());
  if (!config.openssl_groups.empty() &&
      SSL_CTX_set1_groups_list(context, base::join(config.openssl_groups, ":").c_str()) != 1)
    return base::fail(ErrorCode::kInvalid, "curve_preferences", "not known to the library: {}",
                      take_openssl_error());
  if (config.prefer_server_cipher_suites) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  return {};
}

base::Status set_client_policy(SSL_CTX* context, const config::ServerTlsConfig& config) {
  auto policy = std::make_unique<ClientPolicy>();
  policy->allowed_names = config.client_allowed_sans;
  policy->verify = config.client_auth == ClientAuth::kVerifyClientCertIfGiven ||
                   config.client_auth == ClientAuth::kRequireAndVerifyClientCert;
  const bool asks = config.client_auth != ClientAuth::kNoClientCert;
  const bool needs = config.client_auth == ClientAuth::kRequireAnyClientCert ||
                     config.client_auth == ClientAuth::kRequireAndVerifyClientCert;
  const bool has_authorities = !config.client_ca.empty() || !config.client_ca_file.empty();
  if (has_authorities) {
    CEEMS_TRY(const Pem authorities, read_pem(config.client_ca, config.client_ca_file, "client_ca"));
    CEEMS_TRY_VOID(trust_authorities(context, authorities, true));
  } else if (policy->verify) {
    CEEMS_TRY_VOID(trust_system(context));
  }
  const int mode = (asks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE) | (needs ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  SSL_CTX_set_verify(context, mode, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify_client, policy.get());
  CEEMS_CHECK(SSL_CTX_set_ex_data(context, policy_index(), policy.get()) == 1);
  static_cast<void>(policy.release());  // free_policy() from here on
  if (asks) {
    // A resumed session would skip the check of the certificate.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
  }
  return {};
}

base::Result<int> parse_version(const std::string& name) {
  if (name.empty()) return 0;
  if (name == "TLS10") return TLS1_VERSION;
  if (name == "TLS11") return TLS1_1_VERSION;
  if (name == "TLS12") return TLS1_2_VERSION;
  if (name == "TLS13") return TLS1_3_VERSION;
  return base::fail(ErrorCode::kInvalid, name, "not a TLS version: TLS10, TLS11, TLS12 or TLS13");
}

}  // namespace

base::Result<SslContextPtr> make_server_context(const config::ServerTlsConfig& config) {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  CEEMS_CHECK(context != nullptr);
  CEEMS_TRY_VOID(
      set_versions(context.get(), protocol_number(config.min_version), protocol_number(config.max_version)));
  CEEMS_TRY_VOID(set_suites(context.get(), config));
  CEEMS_TRY(const Pem certificate, read_pem(config.cert, config.cert_file, "cert"));
  CEEMS_TRY(const Pem key, read_pem(config.key, config.key_file, "key"));
  CEEMS_TRY_VOID(use_certificate(context.get(), certificate, key));
  CEEMS_TRY_VOID(set_client_policy(context.get(), config));
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  return context;
}

base::Result<SslContextPtr> make_client_context(const config::ClientTlsConfig& config) {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  CEEMS_CHECK(context != nullptr);
  CEEMS_TRY(const int minimum, parse_version(config.min_version));
  CEEMS_TRY(const int maximum, parse_version(config.max_version));
  CEEMS_TRY_VOID(set_versions(context.get(), minimum == 0 ? TLS1_2_VERSION : minimum, maximum));
  if (!config.cert.empty() || !config.cert_file.empty()) {
    CEEMS_TRY(const Pem certificate, read_pem(config.cert, config.cert_file, "tls_config.cert"));
    CEEMS_TRY(const Pem key, read_pem(config.key, config.key_file, "tls_config.key"));
    CEEMS_TRY_VOID(use_certificate(context.get(), certificate, key));
  }
  SSL_CTX_set_verify(context.get(), config.insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (!config.ca.empty() || !config.ca_file.empty()) {
    CEEMS_TRY(const Pem authorities, read_pem(config.ca, config.ca_file, "tls_config.ca"));
    CEEMS_TRY_VOID(trust_authorities(context.get(), authorities, false));
  } else if (!config.insecure_skip_verify) {
    CEEMS_TRY_VOID(trust_system(context.get()));
  }
  return context;
}

bool client_is_allowed(const SSL* ssl) {
  const ClientPolicy* const policy = policy_of(SSL_get_SSL_CTX(ssl));
  return policy == nullptr || policy->allowed_names.empty() || SSL_get0_peer_certificate(ssl) != nullptr;
}

}  // namespace ceems::http

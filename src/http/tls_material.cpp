#include "http/tls_material.h"

#include "base/file.h"
#include "http/transport.h"

#include <cstdlib>
#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace ceems::http {

namespace {

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using BioPtr = std::unique_ptr<BIO, BioDeleter>;
using CertificatePtr = std::unique_ptr<X509, CertificateDeleter>;
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyDeleter>;

// Without it OpenSSL would ask for the password of an encrypted key on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

BioPtr open_text(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

CertificatePtr next_certificate(BIO* bio) {
  return CertificatePtr(PEM_read_bio_X509(bio, nullptr, no_password, nullptr));
}

std::unexpected<base::Error> openssl_failure(const Pem& pem, std::string_view what) {
  const std::string reason = take_openssl_error();
  return base::fail(base::ErrorCode::kInvalid, pem.name, "{}{}{}", what, reason.empty() ? "" : ": ", reason);
}

// PEM text that simply ends leaves "no start line" in the queue; anything else is a damaged block.
bool ended_cleanly() {
  const unsigned long last = ERR_peek_last_error();
  const bool clean =
      last == 0 || (ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE);
  if (clean) ERR_clear_error();
  return clean;
}

}  // namespace

base::Result<Pem> read_pem(const std::string& inline_text, const std::string& file, const char* key) {
  if (file.empty()) return Pem{inline_text, key};
  CEEMS_TRY(std::string text, base::read_file(file));
  return Pem{std::move(text), file};
}

base::Status use_certificate(SSL_CTX* context, const Pem& certificate, const Pem& key) {
  ERR_clear_error();
  const BioPtr chain = open_text(certificate.text);
  const CertificatePtr leaf = next_certificate(chain.get());
  if (!leaf) return openssl_failure(certificate, "no certificate in PEM form");
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return openssl_failure(certificate, "unusable certificate");
  while (const CertificatePtr intermediate = next_certificate(chain.get()))
    if (SSL_CTX_add1_chain_cert(context, intermediate.get()) != 1)
      return openssl_failure(certificate, "unusable certificate chain");
  if (!ended_cleanly()) return openssl_failure(certificate, "damaged certificate chain");

  const BioPtr key_text = open_text(key.text);
  const KeyPtr private_key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_password, nullptr));
  if (!private_key) return openssl_failure(key, "no unencrypted private key in PEM form");
  if (SSL_CTX_use_PrivateKey(context, private_key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return openssl_failure(key, "private key that does not belong to the certificate");
  return {};
}

base::Status trust_authorities(SSL_CTX* context, const Pem& authorities, bool name_to_clients) {
  ERR_clear_error();
  const BioPtr text = open_text(authorities.text);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  std::size_t count = 0;
  while (const CertificatePtr authority = next_certificate(text.get())) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 ||
        (name_to_clients && SSL_CTX_add_client_CA(context, authority.get()) != 1))
      return openssl_failure(authorities, "unusable authority certificate");
    ++count;
  }
  if (!ended_cleanly()) return openssl_failure(authorities, "damaged authority certificate");
  if (count == 0)
    return base::fail(base::ErrorCode::kInvalid, authorities.name, "no authority certificate in PEM form");
  return {};
}

base::Status trust_system(SSL_CTX* context) {
  // The directories compiled into a static OpenSSL are those of the machine that built it.
  const bool from_environment =
      std::getenv("SSL_CERT_FILE") != nullptr || std::getenv("SSL_CERT_DIR") != nullptr;
  if (!from_environment) {
    for (const char* bundle : {"/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
                               "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL and relatives
                               "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",  // SLES
                               "/etc/ssl/cert.pem"})                                          // Alpine
      if (base::exists(bundle) && SSL_CTX_load_verify_file(context, bundle) == 1) return {};
  }
  ERR_clear_error();
  if (SSL_CTX_set_default_verify_paths(context) != 1)
    return base::fail(base::ErrorCode::kInternal, "", "cannot use the system's certificate authorities: {}",
                      take_openssl_error());
  return {};
}

}  // namespace ceems::http

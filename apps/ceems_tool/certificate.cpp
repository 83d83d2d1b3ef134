#include "certificate.h"

#include "base/text.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace ceems::tool {

namespace {

using base::ErrorCode;
using base::Result;
using base::Status;

template <auto Free>
struct Deleter {
  template <class Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using GeneralName = std::unique_ptr<GENERAL_NAME, Deleter<GENERAL_NAME_free>>;
using Address = std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>>;
using Text = std::unique_ptr<ASN1_IA5STRING, Deleter<ASN1_IA5STRING_free>>;

constexpr int kSerialBits = 128;
constexpr std::chrono::hours kMaxValidity{24 * 365 * 100};
constexpr std::time_t kSoonSeconds = std::time_t{30} * 86'400;
constexpr long kVersion3 = 2;  // versions count from 0
constexpr int kMaxCommonName = 64;

std::unexpected<base::Error> fail_openssl(std::string_view doing) {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return base::fail(ErrorCode::kInternal, "", "{}: {}", doing, reason == nullptr ? "unknown error" : reason);
}

// Letters, digits and dashes between dots, or a leading "*.".
bool is_dns_name(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.size() > 253) return false;
  for (const std::string_view label : base::split(name, '.')) {
    const bool clean = std::ranges::all_of(label, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_';
    });
    if (!clean || label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-'))
      return false;
  }
  return true;
}

Result<GeneralName> general_name(const std::string& host) {
  GeneralName name(GENERAL_NAME_new());
  if (Address address(a2i_IPADDRESS(host.c_str())); address) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address.release());
    return name;
  }
  ERR_clear_error();
  if (!is_dns_name(host)) return base::fail(ErrorCode::kInvalid, host, "is no host name and no IP address");
  Text text(ASN1_IA5STRING_new());
  if (ASN1_STRING_set(text.get(), host.data(), static_cast<int>(host.size())) != 1)
    return fail_openssl("host name");
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, text.release());
  return name;
}

Status add_hosts(X509* certificate, const std::vector<std::string>& hosts) {
  const Names names(GENERAL_NAMES_new());
  for (const std::string& host : hosts) {
    CEEMS_TRY(GeneralName name, general_name(host));
    if (sk_GENERAL_NAME_push(names.get(), name.get()) <= 0) return fail_openssl("host names");
    static_cast<void>(name.release());  // the list owns it now
  }
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return fail_openssl("host names");
  }
  return {};
}

Status add_extension(X509* certificate, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return fail_openssl(value);
  return {};
}

Status set_serial(X509* certificate) {
  const Number serial(BN_new());
  if (!serial || BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) == nullptr) {
    return fail_openssl("serial number");
  }
  return {};
}

Status set_names(X509* certificate, const std::string& host) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  // A longer name would not fit; the alternative names hold it in full.
  if (host.size() <= kMaxCommonName &&
      X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(host.data()),
                                 static_cast<int>(host.size()), -1, 0) != 1) {
    return fail_openssl("common name");
  }
  if (X509_set_issuer_name(certificate, subject) != 1) return fail_openssl("issuer");
  return {};
}

Status set_validity(X509* certificate, std::chrono::seconds validity) {
  constexpr long kDay = 86'400;
  const auto seconds = static_cast<long>(validity.count());
  const bool ok = X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != nullptr &&
                  X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(seconds / kDay),
                                   seconds % kDay, nullptr) != nullptr;
  if (!ok) return fail_openssl("validity");
  return {};
}

template <class Write>
Result<std::string> to_pem(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return fail_openssl("PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// Seconds from now to a time of a certificate.
std::optional<std::time_t> seconds_until(const ASN1_TIME* time) {
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, time) != 1) return std::nullopt;
  return std::time_t{days} * 86'400 + seconds;
}

std::string print_time(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return "?";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min);
}

}  // namespace

Result<CertificatePair> make_self_signed(const CertificateRequest& request) {
  if (request.hosts.empty())
    return base::fail(ErrorCode::kInvalid, "", "a certificate needs at least one host");
  if (request.validity.count() <= 0 || request.validity > kMaxValidity) {
    return base::fail(ErrorCode::kInvalid, "",
                      "a certificate must be valid for at least a second, at most 100 years");
  }
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const Certificate certificate(X509_new());
  if (!key || !certificate || X509_set_version(certificate.get(), kVersion3) != 1 ||
      X509_set_pubkey(certificate.get(), key.get()) != 1) {
    return fail_openssl("new key");
  }
  CEEMS_TRY_VOID(set_serial(certificate.get()));
  CEEMS_TRY_VOID(set_names(certificate.get(), request.hosts.front()));
  CEEMS_TRY_VOID(set_validity(certificate.get(), request.validity));
  CEEMS_TRY_VOID(add_hosts(certificate.get(), request.hosts));
  CEEMS_TRY_VOID(add_extension(certificate.get(), NID_basic_constraints,
                               request.authority ? "critical,CA:TRUE" : "critical,CA:FALSE"));
  CEEMS_TRY_VOID(add_extension(
      certificate.get(), NID_key_usage,
      request.authority ? "critical,digitalSignature,keyCertSign" : "critical,digitalSignature"));
  CEEMS_TRY_VOID(add_extension(certificate.get(), NID_ext_key_usage, "serverAuth"));
  CEEMS_TRY_VOID(add_extension(certificate.get(), NID_subject_key_identifier, "hash"));
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) return fail_openssl("signature");

  CertificatePair pair;
  CEEMS_TRY(pair.certificate_pem,
            to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }));
  CEEMS_TRY(pair.key_pem, to_pem([&](BIO* bio) {
              return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
            }));
  return pair;
}

std::string certificate_warning(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!certificate) return "";
  const ASN1_TIME* const start = X509_get0_notBefore(certificate.get());
  const ASN1_TIME* const end = X509_get0_notAfter(certificate.get());
  if (const auto left = seconds_until(end); left && *left <= 0) return "expired on " + print_time(end);
  if (const auto wait = seconds_until(start); wait && *wait > 0)
    return "is not valid before " + print_time(start);
  if (const auto left = seconds_until(end); left && *left < kSoonSeconds)
    return "expires on " + print_time(end);
  return "";
}

}  // namespace ceems::tool

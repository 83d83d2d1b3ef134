#include "certificate.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace ceems::tool {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read_certificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
}

std::string print(const X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  X509_print_ex(bio.get(), const_cast<X509*>(certificate), XN_FLAG_ONELINE, 0);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

CertificatePair make(std::vector<std::string> hosts, bool authority = false) {
  auto pair = make_self_signed({.hosts = std::move(hosts), .validity = 8760h, .authority = authority});
  EXPECT_TRUE(pair) << pair.error().text();
  return pair.value_or(CertificatePair{});
}

TEST(Certificate, KeyAndCertificateBelongTogether) {
  const CertificatePair pair = make({"localhost"});
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pair.key_pem.data(), static_cast<int>(pair.key_pem.size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  ASSERT_TRUE(key);
  EXPECT_THAT(pair.key_pem, StartsWith("-----BEGIN PRIVATE KEY-----"));
  const Certificate certificate = read_certificate(pair.certificate_pem);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(X509_check_private_key(certificate.get(), key.get()), 1);
  EXPECT_EQ(X509_verify(certificate.get(), key.get()), 1);
  EXPECT_TRUE(EVP_PKEY_is_a(key.get(), "EC"));
}

TEST(Certificate, NamesHostsAndAddresses) {
  const Certificate certificate = read_certificate(
      make({"node1.example.org", "*.cluster.local", "192.0.2.1", "2001:db8::1"}).certificate_pem);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(X509_check_host(certificate.get(), "node1.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "a.cluster.local", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "node2.example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "2001:db8::1", 0), 1);
  EXPECT_THAT(print(certificate.get()), HasSubstr("CN = node1.example.org"));
}

TEST(Certificate, IsForServersAndSignsNothingUnlessAsked) {
  const std::string plain = print(read_certificate(make({"a"}).certificate_pem).get());
  EXPECT_THAT(plain, HasSubstr("CA:FALSE"));
  EXPECT_THAT(plain, HasSubstr("TLS Web Server Authentication"));
  EXPECT_THAT(plain, Not(HasSubstr("Certificate Sign")));
  const std::string authority = print(read_certificate(make({"a"}, true).certificate_pem).get());
  EXPECT_THAT(authority, HasSubstr("CA:TRUE"));
  EXPECT_THAT(authority, HasSubstr("Certificate Sign"));
}

TEST(Certificate, SerialNumbersDiffer) {
  const Certificate one = read_certificate(make({"a"}).certificate_pem);
  const Certificate two = read_certificate(make({"a"}).certificate_pem);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(one.get()), X509_get0_serialNumber(two.get())), 0);
}

TEST(Certificate, ALongHostIsAnAlternativeNameOnly) {
  const std::string host = std::string(60, 'a') + ".example.org";
  const Certificate certificate = read_certificate(make({host}).certificate_pem);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr), 1);
}

TEST(Certificate, RefusesWhatIsNoHost) {
  for (const std::string host : {"", "a b", "a,DNS:b", "http://a", "-a", "a..b", "[::1]", "a:443", "*"}) {
    const auto pair = make_self_signed({.hosts = {"good", host}, .validity = 1h});
    ASSERT_FALSE(pair) << host;
    EXPECT_THAT(pair.error().text(), HasSubstr("is no host name and no IP address"));
  }
  EXPECT_FALSE(make_self_signed({.hosts = {}, .validity = 1h}));
}

TEST(Certificate, RefusesImpossibleValidity) {
  EXPECT_FALSE(make_self_signed({.hosts = {"a"}, .validity = 0s}));
  EXPECT_FALSE(make_self_signed({.hosts = {"a"}, .validity = std::chrono::hours{24 * 365 * 101}}));
  EXPECT_TRUE(make_self_signed({.hosts = {"a"}, .validity = std::chrono::hours{24 * 365 * 100}}));
}

TEST(Certificate, WarnsBeforeItExpires) {
  EXPECT_EQ(certificate_warning(make({"a"}).certificate_pem), "");
  const auto soon = make_self_signed({.hosts = {"a"}, .validity = 24h});
  EXPECT_THAT(certificate_warning(soon->certificate_pem), StartsWith("expires on 2"));
  EXPECT_EQ(certificate_warning("no certificate"), "");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace ceems::tool

#include "config/web_config.h"

#include "base/file.h"
#include "config/cipher_suites.h"
#include "config/test_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

WebConfig parse(std::string text) {
  auto config = parse_web_config(std::move(text), "/etc/ceems/web.yml");
  EXPECT_TRUE(config) << config.error().text();
  return config.value_or(WebConfig{});
}

TEST(WebConfig, JudgesFiles) {
  for (const TestCase& test : read_test_cases("web")) {
    const auto config = parse_web_config(test.text, test.name);
    EXPECT_EQ(config ? "ok" : config.error().text(), test.expected) << test.name;
  }
}

TEST(WebConfig, AnEmptyFileIsPlainHttpForEverybody) {
  const WebConfig config = parse("");
  EXPECT_FALSE(config.tls);
  EXPECT_TRUE(config.http2);
  EXPECT_TRUE(config.headers.empty());
  EXPECT_TRUE(config.users.empty());
  EXPECT_FALSE(config.rate_limit);
  EXPECT_TRUE(config.warnings.empty());
}

TEST(WebConfig, EmptyFileNamesMeanPlainHttp) {
  const WebConfig config = parse("tls_server_config:\n  cert_file: ''\n  key_file: ''\n");
  EXPECT_FALSE(config.tls);
  EXPECT_TRUE(config.warnings.empty());
}

TEST(WebConfig, ResolvesFileNamesAgainstItsOwnDirectory) {
  const WebConfig config = parse(
      "tls_server_config:\n  cert_file: tls/cert.pem\n  key_file: /keys/key.pem\n  client_ca_file: ca.pem\n"
      "  client_auth_type: RequireClientCert\n");
  ASSERT_TRUE(config.tls);
  EXPECT_EQ(config.tls->cert_file, "/etc/ceems/tls/cert.pem");
  EXPECT_EQ(config.tls->key_file, "/keys/key.pem");
  EXPECT_EQ(config.tls->client_ca_file, "/etc/ceems/ca.pem");
  EXPECT_EQ(config.tls->client_auth, ClientAuth::kRequireAnyClientCert);
  EXPECT_EQ(config.tls->min_version, TlsVersion::kTls12);
  EXPECT_EQ(config.tls->max_version, TlsVersion::kTls13);
  EXPECT_TRUE(config.tls->prefer_server_cipher_suites);
}

TEST(WebConfig, AFileWinsOverTextAndSaysSo) {
  const WebConfig config = parse("tls_server_config: {cert: x, cert_file: c.pem, key_file: k.pem}\n");
  ASSERT_TRUE(config.tls);
  EXPECT_EQ(config.tls->cert, "");
  EXPECT_THAT(config.warnings, ElementsAre("/etc/ceems/web.yml:1: tls_server_config.cert: is not used, since "
                                           "cert_file is given too"));
}

TEST(WebConfig, TranslatesCipherSuitesAndCurves) {
  const WebConfig config = parse(
      "tls_server_config:\n  cert: c\n  key: k\n  cipher_suites:\n    - TLS_AES_128_GCM_SHA256\n"
      "    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  curve_preferences: [X25519, CurveP384]\n");
  ASSERT_TRUE(config.tls);
  EXPECT_THAT(config.tls->openssl_ciphers, ElementsAre("ECDHE-RSA-AES256-GCM-SHA384"));
  EXPECT_THAT(config.tls->openssl_groups, ElementsAre("X25519", "P-384"));
  EXPECT_EQ(config.tls->min_version, TlsVersion::kTls12);
}

TEST(WebConfig, OnlyTls13SuitesLeaveOnlyTls13) {
  const WebConfig config =
      parse("tls_server_config: {cert: c, key: k, cipher_suites: [TLS_AES_256_GCM_SHA384]}\n");
  ASSERT_TRUE(config.tls);
  EXPECT_TRUE(config.tls->openssl_ciphers.empty());
  EXPECT_EQ(config.tls->min_version, TlsVersion::kTls13);
}

TEST(WebConfig, ReadsUsersHeadersAndRateLimit) {
  const WebConfig config = parse(
      "basic_auth_users:\n"
      "  alice: $2b$10$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
      "http_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n"
      "    Content-Security-Policy: \"default-src 'self'\"\n"
      "rate_limit:\n  burst: 5\n  interval: 1.5s\n");
  EXPECT_EQ(config.users.at("alice").size(), 60U);
  EXPECT_FALSE(config.http2);
  EXPECT_THAT(config.headers, ElementsAre(std::pair{"X-Frame-Options", "deny"},
                                          std::pair{"Content-Security-Policy", "default-src 'self'"}));
  ASSERT_TRUE(config.rate_limit);
  EXPECT_EQ(config.rate_limit->burst, 5);
  EXPECT_EQ(config.rate_limit->interval, std::chrono::milliseconds(1500));
}

TEST(WebConfig, WarnsAboutSettingsWithoutEffect) {
  EXPECT_THAT(parse("tls_server_config: {min_version: TLS13}\n").warnings,
              ElementsAre(HasSubstr("has no effect without a certificate")));
  EXPECT_THAT(parse("tls_server_config: {cert: c, key: k, client_allowed_sans: [a]}\n").warnings,
              ElementsAre(HasSubstr("client_allowed_sans: has no effect")));
  EXPECT_THAT(parse("rate_limit: {burst: 1}\n").warnings, ElementsAre(HasSubstr("without an interval")));
  EXPECT_THAT(
      parse("basic_auth_users:\n  a:b: $2y$12$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.\n")
          .warnings,
      ElementsAre(HasSubstr("holds a colon")));
}

TEST(WebConfig, AHashIsNeverRepeatedInAnError) {
  const auto config = parse_web_config("basic_auth_users:\n  alice: hunter2\n", "web.yml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().text(), ::testing::Not(HasSubstr("hunter2")));
}

TEST(WebConfig, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(load_web_config("/nonexistent.yml").error().text(),
            "/nonexistent.yml: No such file or directory");
  EXPECT_EQ(load_web_config("/").error().text(), "/: is a directory, not a file");
}

TEST(WebConfig, ChecksBcryptHashes) {
  const std::string tail(53, 'x');
  for (const std::string& good : {"$2a$04$" + tail, "$2b$10$" + tail, "$2y$31$" + tail})
    EXPECT_TRUE(check_bcrypt_hash(good)) << good;
  for (const std::string& bad :
       {std::string(), "$2$10$" + tail, "$1$10$" + tail, "$2b$03$" + tail, "$2b$32$" + tail, "$2b$1x$" + tail,
        "$2b$10$" + tail + "x", "$2b$10$" + tail.substr(1), "$2b$10$" + tail.substr(1) + "=",
        "$2b$10x" + tail})
    EXPECT_FALSE(check_bcrypt_hash(bad)) << bad;
}

TEST(CipherSuites, KnowsAndRefuses) {
  EXPECT_EQ(openssl_cipher_name("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
            "ECDHE-ECDSA-CHACHA20-POLY1305");
  EXPECT_EQ(openssl_cipher_name("TLS_RSA_WITH_RC4_128_SHA").error().message,
            "cipher suite 'TLS_RSA_WITH_RC4_128_SHA' is insecure");
  EXPECT_FALSE(openssl_cipher_name("ECDHE-RSA-AES128-GCM-SHA256"));
  EXPECT_EQ(openssl_group_name("CurveP265").error().message,
            "unknown curve 'CurveP265', did you mean 'CurveP256'?");
}

}  // namespace
}  // namespace ceems::config

#include "config/http_client.h"

#include "base/file.h"
#include "config/test_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

base::Result<HttpClientConfig> read(const std::string& text, const std::string& name = "config.yml") {
  CEEMS_TRY(const Document document, Document::parse(text, name));
  return read_http_client(document.root(), "/etc/ceems");
}

HttpClientConfig parse(const std::string& text) {
  auto config = read(text);
  EXPECT_TRUE(config) << config.error().text();
  return config.value_or(HttpClientConfig{});
}

TEST(HttpClientConfig, JudgesBlocks) {
  for (const TestCase& test : read_test_cases("http-client")) {
    const auto config = read(test.text, test.name);
    EXPECT_EQ(config ? "ok" : config.error().text(), test.expected) << test.name;
  }
}

TEST(HttpClientConfig, AnAbsentBlockGivesTheDefaults) {
  const auto config = read_http_client(Node(), "/etc");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->follow_redirects);
  EXPECT_TRUE(config->enable_http2);
  EXPECT_FALSE(config->has_basic_auth);
  EXPECT_FALSE(config->oauth2);
  EXPECT_FALSE(config->proxy_from_environment);
  EXPECT_EQ(config->authorization_type, "");
  EXPECT_EQ(config->url, "");
}

TEST(HttpClientConfig, ResolvesFileNames) {
  const HttpClientConfig config = parse(
      "basic_auth: {username: u, password_file: secrets/p}\n"
      "tls_config: {ca_file: ca.pem, cert_file: /c.pem, key_file: k.pem}\n"
      "http_headers: {x-scope-orgid: {files: [org, /run/org]}}\n");
  EXPECT_TRUE(config.has_basic_auth);
  EXPECT_EQ(config.basic_password.file, "/etc/ceems/secrets/p");
  EXPECT_EQ(config.tls.ca_file, "/etc/ceems/ca.pem");
  EXPECT_EQ(config.tls.cert_file, "/c.pem");
  ASSERT_EQ(config.headers.size(), 1U);
  EXPECT_EQ(config.headers[0].name, "X-Scope-Orgid");
  EXPECT_THAT(config.headers[0].files, ElementsAre("/etc/ceems/org", "/run/org"));
}

TEST(HttpClientConfig, BearerTokensBecomeAnAuthorization) {
  const HttpClientConfig config = parse("bearer_token: abc\n");
  EXPECT_EQ(config.authorization_type, "Bearer");
  EXPECT_EQ(config.authorization_credentials.value, "abc");
  EXPECT_EQ(parse("bearer_token_file: t\n").authorization_credentials.file, "/etc/ceems/t");
  EXPECT_EQ(parse("authorization: {credentials: x}\n").authorization_type, "Bearer");
  EXPECT_EQ(parse("authorization: {type: ' Token ', credentials: x}\n").authorization_type, "Token");
}

TEST(HttpClientConfig, ReadsOAuth2WithItsOwnTlsAndProxy) {
  const HttpClientConfig config = parse(
      "oauth2:\n  client_id: id\n  client_secret_file: s\n  scopes: [a, b]\n  token_url: "
      "https://login/token\n"
      "  endpoint_params: {audience: ceems}\n  tls_config: {insecure_skip_verify: true}\n"
      "  proxy_url: http://proxy:3128\n");
  ASSERT_TRUE(config.oauth2);
  EXPECT_EQ(config.oauth2->client_secret.file, "/etc/ceems/s");
  EXPECT_THAT(config.oauth2->scopes, ElementsAre("a", "b"));
  EXPECT_EQ(config.oauth2->endpoint_params.at("audience"), "ceems");
  EXPECT_TRUE(config.oauth2->tls.insecure_skip_verify);
  EXPECT_FALSE(config.tls.insecure_skip_verify);
  EXPECT_EQ(config.oauth2->proxy_url, "http://proxy:3128");
  EXPECT_EQ(config.proxy_url, "");
}

TEST(HttpClientConfig, SecretFilesAreReadEachTimeWithoutLineEnds) {
  const std::string path = ::testing::TempDir() + "/config_secret";
  ASSERT_TRUE(base::write_file_atomically(path, "first\n", 0600));
  const Secret secret{"", path};
  EXPECT_EQ(secret.read(), "first");
  ASSERT_TRUE(base::write_file_atomically(path, "second\r\n", 0600));
  EXPECT_EQ(secret.read(), "second");
  EXPECT_EQ((Secret{"value", ""}.read()), "value");
  EXPECT_EQ((Secret{"", "/nonexistent"}.read()).error().text(), "/nonexistent: No such file or directory");
}

TEST(HttpClientConfig, SecretsAreNeverRepeatedInErrors) {
  for (const std::string_view text : {"basic_auth: {password: hunter2, password_file: x}\n",
                                      "authorization: {type: basic, credentials: hunter2}\n",
                                      "url: hunter2@host\n", "proxy_url: user:hunter2@host\n"}) {
    const auto config = read(std::string(text));
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().text(), Not(HasSubstr("hunter2")));
  }
}

TEST(HttpClientConfig, AFileOfItsOwnIsReadStrictly) {
  const std::string path = ::testing::TempDir() + "/config_http_client.yml";
  ASSERT_TRUE(base::write_file_atomically(path, "follow_redirects: false\n", 0600));
  EXPECT_FALSE(load_http_client(path)->follow_redirects);
  ASSERT_TRUE(base::write_file_atomically(path, "basic_auth:\n  user: x\n", 0600));
  EXPECT_EQ(load_http_client(path).error().text(), path + ":2: basic_auth.user: unknown key");
}

}  // namespace
}  // namespace ceems::config

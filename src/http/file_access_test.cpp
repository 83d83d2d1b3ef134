#include "http/test_support.h"

#include <atomic>

namespace ceems::http {
namespace {

using namespace testing;

TEST(FileAccess, IsLentForEachLookAtTheWebConfiguration) {
  const TemporaryDirectory directory;
  std::atomic<int> looks = 0;
  ServerOptions options = loopback_options();
  options.web_config_file =
      directory.write("web.yml", "http_server_config:\n  headers:\n    X-Frame-Options: deny\n");
  options.with_file_access = [&looks](const std::function<void()>& look) {
    ++looks;
    look();
  };
  const auto server = run_server(
      std::move(options), {get_route("/", [](const Request&) { return text_response(200, "hello"); })});
  const int at_start = looks;
  const auto client = make_client({});
  const auto first = client->send("http://" + server->addresses().front() + "/", {});
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->fields.find("X-Frame-Options"), "deny");
  EXPECT_GT(looks, at_start);

  directory.write("web.yml", "http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n");
  const auto second = client->send("http://" + server->addresses().front() + "/", {});
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(second->fields.find("X-Frame-Options"), "sameorigin");
}

TEST(CheckWebConfig, ReadsAllThatTheFileNames) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(check_web_config(directory.write("good.yml", "http_server_config:\n  http2: true\n")));
  const auto missing = check_web_config(
      directory.write("bad.yml", "tls_server_config:\n  cert_file: none.pem\n  key_file: none.key\n"));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text().find("none.pem"), std::string::npos) << missing.error().text();
}

}  // namespace
}  // namespace ceems::http

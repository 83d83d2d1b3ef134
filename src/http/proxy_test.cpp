#include "http/proxy.h"

#include "http/redirect.h"
#include "http/test_certificates.h"
#include "http/test_support.h"

#include <thread>

namespace ceems::http {
namespace {

using namespace testing;

TEST(NoProxy, MatchesNamesAddressesAndBlocks) {
  struct Case {
    const char* entry;
    const char* host;
    std::uint16_t port;
    bool matches;
  };
  const std::vector<Case> cases = {
      {"*", "any.example", 80, true},
      {"example.org", "example.org", 80, true},
      {"EXAMPLE.org", "example.org", 80, true},
      {"example.org", "a.example.org", 80, true},
      {"example.org", "notexample.org", 80, false},
      {".example.org", "a.example.org", 80, true},
      {".example.org", "example.org", 80, false},
      {"*.example.org", "a.example.org", 80, true},
      {"example.org:8080", "example.org", 8080, true},
      {"example.org:8080", "example.org", 80, false},
      {"192.0.2.1", "192.0.2.1", 80, true},
      {"192.0.2.1:81", "192.0.2.1", 80, false},
      {"192.0.2.0/24", "192.0.2.200", 80, true},
      {"192.0.2.0/24", "192.0.3.1", 80, false},
      {"192.0.2.0/33", "192.0.2.1", 80, false},
      {"192.0.2.0/24", "a.example", 80, false},
      {"2001:db8::/32", "2001:db8::1", 80, true},
      {"2001:db8::1", "2001:db8::1", 80, true},
      {"[2001:db8::1]:90", "2001:db8::1", 90, true},
      {"", "example.org", 80, false},
  };
  for (const Case& one : cases)
    EXPECT_EQ(matches_no_proxy(one.entry, one.host, one.port), one.matches) << one.entry << " " << one.host;
}

config::HttpClientConfig through(const std::string& proxy, const std::string& exceptions = "") {
  config::HttpClientConfig config;
  config.proxy_url = proxy;
  config.no_proxy = exceptions;
  return config;
}

TEST(ProxyRules, LeaveLoopbackAndExceptionsDirect) {
  const auto rules = ProxyRules::create(through("http://proxy:3128", "a.example, b.example"));
  ASSERT_TRUE(rules);
  EXPECT_TRUE(rules->proxy_for(*parse_url("http://c.example/")));
  EXPECT_TRUE(rules->proxy_for(*parse_url("https://c.example/")));
  for (const char* direct : {"http://a.example/", "https://x.b.example/", "http://localhost/",
                             "http://127.1.2.3/", "http://[::1]/", "unix:/run/a.sock"})
    EXPECT_FALSE(rules->proxy_for(*parse_url(direct))) << direct;
}

TEST(ProxyRules, RefuseWhatIsNoHttpProxy) {
  for (const char* proxy : {"socks5://u:hunter2@proxy:1080", "https://u:hunter2@proxy:443", "http://"}) {
    const auto rules = ProxyRules::create(through(proxy));
    ASSERT_FALSE(rules) << proxy;
    EXPECT_EQ(rules.error().text().find("hunter2"), std::string::npos);
  }
}

TEST(ProxyRules, FollowTheEnvironmentWhereAsked) {
  ::setenv("http_proxy", "plain:1", 1);
  ::setenv("HTTPS_PROXY", "http://secure:2", 1);
  ::setenv("NO_PROXY", "a.example", 1);
  config::HttpClientConfig config;
  EXPECT_FALSE(ProxyRules::create(config)->proxy_for(*parse_url("http://c.example/")));
  config.proxy_from_environment = true;
  const auto rules = ProxyRules::create(config);
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->proxy_for(*parse_url("http://c.example/"))->host, "plain");
  EXPECT_EQ(rules->proxy_for(*parse_url("https://c.example/"))->host, "secure");
  EXPECT_FALSE(rules->proxy_for(*parse_url("http://a.example/")));
  for (const char* name : {"http_proxy", "HTTPS_PROXY", "NO_PROXY"})
    ::unsetenv(name);
}

TEST(PlainProxy, GetsTheWholeUrl) {
  RawServer proxy;
  ClientOptions options;
  options.config.proxy_url = "http://pu:pp@127.0.0.1:" + std::to_string(proxy.port());
  options.accept_gzip = false;
  const auto client = make_client(options);
  std::thread play([&] {
    RawSocket socket = proxy.accept();
    EXPECT_EQ(socket.read_until("\r\n\r\n"),
              "GET http://far.example/x?y HTTP/1.1\r\nHost: far.example\r\nProxy-Authorization: Basic "
              "cHU6cHA=\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const auto response = client->send("http://far.example/x?y", {});
  play.join();
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->text(), "ok");
}

// Copies bytes both ways until both ends have closed.
void relay(const RawSocket& one, const RawSocket& two) {
  std::array<pollfd, 2> polled = {pollfd{one.fd(), POLLIN, 0}, pollfd{two.fd(), POLLIN, 0}};
  std::array<char, 4096> buffer;
  while (::poll(polled.data(), polled.size(), kPatienceMs) > 0) {
    for (std::size_t from = 0; from < 2; ++from) {
      if (polled[from].revents == 0) continue;
      const auto size = ::recv(polled[from].fd, buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      static_cast<void>(
          ::send(polled[1 - from].fd, buffer.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL));
    }
  }
}

TEST(Tunnel, CarriesTls) {
  const TemporaryDirectory directory;
  const Identity authority = make_identity("authority", "", nullptr);
  const Identity identity = make_identity("far", "DNS:far.example", &authority);
  directory.write("s.pem", identity.certificate_pem());
  directory.write("s.key", identity.key_pem());
  ServerOptions server_options = loopback_options();
  server_options.web_config_file =
      directory.write("w.yml", "tls_server_config: {cert_file: s.pem, key_file: s.key}\n");
  auto server = run_server(std::move(server_options), {get_route("/", [](const Request& request) {
                             return text_response(200, std::string(*request.fields.find("Host")));
                           })});
  RawServer proxy;
  ClientOptions options;
  options.config.proxy_url = "http://pu:pp@127.0.0.1:" + std::to_string(proxy.port());
  options.config.proxy_connect_headers = {{"X-Tunnel", {"1"}}};
  options.config.tls.ca = authority.certificate_pem();
  auto client = make_client(options);
  std::thread play([&] {
    RawSocket socket = proxy.accept();
    EXPECT_EQ(socket.read_until("\r\n\r\n"),
              "CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n"
              "Proxy-Authorization: Basic cHU6cHA=\r\nX-Tunnel: 1\r\n\r\n");
    const RawSocket target(port_of(server->addresses().front()));
    socket.send("HTTP/1.1 200 Connection established\r\n\r\n");
    relay(socket, target);
  });
  const auto response = client->send("https://far.example/", {});
  EXPECT_EQ(response ? response->text() : response.error().message, "far.example");
  client.reset();
  play.join();
}

TEST(Tunnel, ReportsAProxyThatRefuses) {
  RawServer proxy;
  ClientOptions options;
  options.config.proxy_url = "http://pu:pp@127.0.0.1:" + std::to_string(proxy.port());
  const auto client = make_client(options);
  std::thread play([&] {
    RawSocket socket = proxy.accept();
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  });
  const auto response = client->send("https://far.example/", {});
  play.join();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::ErrorCode::kUnavailable);
  EXPECT_NE(response.error().message.find("407"), std::string::npos);
}

TEST(Location, IsResolvedAgainstTheUrl) {
  const Url base = *parse_url("https://u:p@h:8443/a/b?c");
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"/x", "https://u:xxxxx@h:8443/x"},
      {"x", "https://u:xxxxx@h:8443/a/x"},
      {"?d", "https://u:xxxxx@h:8443/a/b?d"},
      {"", "https://u:xxxxx@h:8443/a/b?c"},
      {"//other/x", "https://other/x"},
      {"http://q:r@other/x#f", "http://other/x"},
      {"/x?u=http://other/", "https://u:xxxxx@h:8443/x?u=http://other/"}};
  for (const auto& [location, expected] : cases) {
    const auto url = resolve_location(base, location);
    ASSERT_TRUE(url) << location;
    EXPECT_EQ(url->redacted(), expected) << location;
  }
  for (const char* location : {"ftp://h/", "mailto:a@b", "javascript:x", "a b", "http://"})
    EXPECT_FALSE(resolve_location(base, location)) << location;
  EXPECT_FALSE(resolve_location(*parse_url("unix:/run/a.sock"), "http://h/"));
}

}  // namespace
}  // namespace ceems::http

#include "http/upstream.h"

#include "http/endpoint.h"
#include "http/forward_head.h"
#include "http/forward_test_support.h"
#include "http/test_certificates.h"
#include "http/upstream_state.h"

#include <unistd.h>

#include <thread>

namespace ceems::http {
namespace {

using namespace testing;

std::string target_at(const std::string& url, std::string_view target) {
  UpstreamOptions options;
  options.url = url;
  return make_upstream(options)->state().target_for(target);
}

TEST(UpstreamTarget, ComesAfterTheBasePath) {
  EXPECT_EQ(target_at("http://x", "/api?q=1"), "/api?q=1");
  EXPECT_EQ(target_at("http://x/", "/api"), "/api");
  EXPECT_EQ(target_at("http://x/prom", "/api"), "/prom/api");
  EXPECT_EQ(target_at("http://x/prom/", "/api?q=1"), "/prom/api?q=1");
  EXPECT_EQ(target_at("http://x/prom?k=1", "/api?q=1"), "/prom/api?k=1&q=1");
  EXPECT_EQ(target_at("http://x/prom?k=1", "/api"), "/prom/api?k=1");
  EXPECT_EQ(target_at("http://x", "/api?"), "/api?");
  EXPECT_EQ(target_at("unix:/run/x.sock:/base", "/api"), "/base/api");
}

TEST(UpstreamUrl, IsShownWithoutItsPassword) {
  UpstreamOptions options;
  options.url = "https://user:secret@tsdb.example/prom";
  const auto upstream = make_upstream(options);
  EXPECT_EQ(upstream->url(), "https://user:xxxxx@tsdb.example/prom");
  EXPECT_EQ(upstream->name(), "tsdb.example:443");
}

TEST(UpstreamUrl, IsCheckedAtOnce) {
  for (const char* url : {"", "tsdb.example:9090", "ftp://x", "http://"}) {
    UpstreamOptions options;
    options.url = url;
    EXPECT_FALSE(Upstream::create(options)) << url;
  }
  UpstreamOptions options;
  options.url = "https://x";
  options.config.tls.ca_file = "/no/such/file";
  const auto upstream = Upstream::create(options);
  ASSERT_FALSE(upstream);
  EXPECT_EQ(upstream.error().subject, "/no/such/file");
}

TEST(HopByHop, FieldsAreRemovedWithThoseThatConnectionNames) {
  Fields fields;
  for (const char* name : {"Connection", "connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer",
                           "transfer-encoding", "Upgrade", "X-One", "X-Two", "X-Three"})
    fields.add(name, "x");
  fields.add("Connection", "close, x-one");
  fields.add("connection", " X-TWO ,,");
  remove_hop_by_hop(fields);
  ASSERT_EQ(fields.entries().size(), 1U);
  EXPECT_EQ(fields.entries().front().first, "X-Three");
}

// What the upstream gets to see.
struct Shown : ForwardingTest {
  std::string request(std::string_view fields) {
    if (!server) start();
    RawSocket client = connect();
    client.send(ask_for("/x", std::string(fields) + "Connection: close\r\n"));
    RawSocket asked = backend.accept();
    const std::string seen = asked.read_until("\r\n\r\n");
    asked.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    client.read_to_end();
    return seen;
  }
};

TEST_F(Shown, HostIsTheUpstreams) {
  EXPECT_FALSE(has_line(request(""), "Host: front"));
}

TEST_F(Shown, HostMayBeTheClients) {
  options.preserve_host = true;
  const std::string seen = request("");
  EXPECT_TRUE(has_line(seen, "Host: front")) << seen;
  EXPECT_EQ(seen.find("Host: 127"), std::string::npos);
}

TEST_F(Shown, AddressesAreAppended) {
  EXPECT_TRUE(has_line(request("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"),
                       "X-Forwarded-For: 192.0.2.1, 192.0.2.2, 127.0.0.1"));
}

TEST_F(Shown, AddressesMayBeLeftAlone) {
  options.forwarded_for = false;
  EXPECT_FALSE(has_field(request(""), "X-Forwarded-For"));
}

TEST_F(Shown, UserAgentsMayBeReplaced) {
  EXPECT_TRUE(has_line(request("User-Agent: curl\r\n"), "User-Agent: curl"));
  server.reset();
  options.user_agent = "proxy/1";
  const std::string seen = request("User-Agent: curl\r\n");
  EXPECT_TRUE(has_line(seen, "User-Agent: proxy/1")) << seen;
  EXPECT_EQ(seen.find("curl"), std::string::npos);
}

TEST_F(Shown, AuthorizationIsTheUpstreams) {
  options.config.has_basic_auth = true;
  options.config.basic_username = "user";
  options.config.basic_password.value = "password";
  options.pass_authorization = true;
  const std::string seen = request("Authorization: Bearer client\r\n");
  EXPECT_TRUE(has_line(seen, "Authorization: Basic dXNlcjpwYXNzd29yZA==")) << seen;
  EXPECT_EQ(seen.find("client"), std::string::npos);
}

TEST_F(Shown, AuthorizationOfTheUrlIsUsed) {
  options.url = "http://user:password@127.0.0.1:" + std::to_string(backend.port());
  EXPECT_TRUE(has_line(request(""), "Authorization: Basic dXNlcjpwYXNzd29yZA=="));
}

TEST_F(Shown, AuthorizationMayBeTheClients) {
  options.pass_authorization = true;
  EXPECT_TRUE(has_line(request("Authorization: Bearer client\r\n"), "Authorization: Bearer client"));
}

TEST_F(Shown, ExtraHeadersTakeThePlaceOfTheClients) {
  config::ExtraHeader header;
  header.name = "X-Scope-Orgid";
  header.values = {"ours"};
  options.config.headers = {header};
  const std::string seen = request("X-Scope-OrgID: theirs\r\n");
  EXPECT_TRUE(has_line(seen, "X-Scope-Orgid: ours")) << seen;
  EXPECT_EQ(seen.find("theirs"), std::string::npos);
}

TEST_F(Shown, SecretsAreReadAgainWhenTheirFileChanges) {
  const TemporaryDirectory directory;
  options.config.authorization_type = "Bearer";
  options.config.authorization_credentials.file = directory.write("token", "one\n");
  EXPECT_TRUE(has_line(request(""), "Authorization: Bearer one"));
  directory.write("token", "two\n");
  EXPECT_TRUE(has_line(request(""), "Authorization: Bearer two"));
  ::unlink(directory.file("token").c_str());
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: close\r\n"));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 502 ")) << client.received();
  const Outcome outcome = outcomes.wait_for(3)[2];
  EXPECT_EQ(outcome.fault, ForwardFault::kCredentials);
  EXPECT_FALSE(blames_upstream(outcome.fault));
}

TEST_F(Shown, NamesAreLookedUp) {
  options.url = "http://localhost:" + std::to_string(backend.port());
  EXPECT_TRUE(has_line(request(""), "Host: localhost:" + std::to_string(backend.port())));
}

TEST_F(Shown, ProxiesGetTheWholeUrl) {
  options.url = "http://tsdb.example/prom";
  options.config.proxy_url = "http://user:password@127.0.0.1:" + std::to_string(backend.port());
  const std::string seen = request("");
  EXPECT_TRUE(seen.starts_with("GET http://tsdb.example/prom/x HTTP/1.1\r\nHost: tsdb.example\r\n")) << seen;
  EXPECT_TRUE(has_line(seen, "Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==")) << seen;
}

// Another server of this room as the upstream.
struct RealUpstream : ForwardingTest {
  TemporaryDirectory directory;
  std::unique_ptr<Server> service;

  static std::vector<Route> echo_routes() {
    Route echo = get_route("/…", [](const Request& request) {
      return text_response(200, request.method + " " + request.target + " " + request.body +
                                    (request.over_tls ? " over TLS" : ""));
    });
    echo.body_limit = std::size_t{1} << 20;
    return {echo};
  }
  void serve_tls(const std::string& names) {
    const Identity authority = make_identity("authority", "", nullptr);
    const Identity identity = make_identity("server", names, &authority);
    options.config.tls.ca_file = directory.write("ca.pem", authority.certificate_pem());
    directory.write("server.pem", identity.certificate_pem());
    directory.write("server.key", identity.key_pem());
    ServerOptions service_options = loopback_options();
    service_options.web_config_file = web_config();
    service = run_server(std::move(service_options), echo_routes());
    options.url = url_of(*service, "", "https");
  }
  std::string web_config() const {
    return directory.write("web.yml",
                           "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n");
  }
  base::Result<Response> ask(std::string_view target, std::string_view scheme, std::string body = "") {
    ClientOptions client_options;
    client_options.config.tls.ca_file = options.config.tls.ca_file;
    Request request;
    request.method = body.empty() ? "GET" : "POST";
    request.body = std::move(body);
    return make_client(client_options)->send(url_of(*server, target, scheme), std::move(request));
  }
};

TEST_F(RealUpstream, SpeaksTls) {
  serve_tls("IP:127.0.0.1");
  start();
  for (const std::string& body : {std::string(""), std::string("some"), std::string(500'000, 'x')}) {
    const auto reply = ask("/a", "http", body);
    ASSERT_TRUE(reply) << reply.error().text();
    EXPECT_EQ(reply->text(), (body.empty() ? "GET /a " : "POST /a ") + body + " over TLS");
  }
  const auto all = outcomes.wait_for(3);
  EXPECT_FALSE(all[0].kept_connection);
  EXPECT_TRUE(all[1].kept_connection);
}

TEST_F(RealUpstream, IsNotAskedUnderAnotherName) {
  serve_tls("DNS:other.example");
  start();
  const auto reply = ask("/", "http");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 502);
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kConnect);
  EXPECT_NE(outcome.error.message.find("certificate"), std::string::npos) << outcome.error.text();
}

TEST_F(RealUpstream, ClientsMaySpeakTlsToo) {
  serve_tls("IP:127.0.0.1");
  server_options.web_config_file = web_config();
  start();
  const std::string body(500'000, 'x');
  for (const std::string& sent : {std::string("some"), body}) {
    const auto reply = ask("/a", "https", sent);
    ASSERT_TRUE(reply) << reply.error().text();
    EXPECT_EQ(reply->text(), "POST /a " + sent + " over TLS");
  }
}

TEST_F(RealUpstream, MayBeAUnixSocket) {
  const std::string path = directory.file("upstream.sock");
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto endpoint = unix_endpoint(path);
  ASSERT_TRUE(endpoint);
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&endpoint->address), endpoint->length), 0);
  ASSERT_EQ(::listen(fd.get(), 1), 0);
  options.url = "unix:" + path + ":/base";
  start();
  RawSocket client = connect();
  client.send(ask_for("/x"));
  RawSocket asked(base::Fd(::accept4(fd.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  EXPECT_TRUE(asked.read_until("\r\n\r\n").starts_with("GET /base/x HTTP/1.1\r\nHost: localhost\r\n"))
      << asked.received();
}

TEST_F(RealUpstream, IsReachedThroughATunnel) {
  serve_tls("DNS:tsdb.example");
  options.url = "https://tsdb.example";
  options.config.proxy_url = backend.url();
  start();
  RawSocket client = connect();
  client.send(ask_for("/x", "Connection: close\r\n"));
  RawSocket tunnel = backend.accept();
  EXPECT_TRUE(tunnel.read_until("\r\n\r\n").starts_with("CONNECT tsdb.example:443 HTTP/1.1\r\n"));
  tunnel.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 502 ")) << client.received();
  EXPECT_EQ(only_outcome().error.message, "the proxy refused the connection with status 407");
}

// A token server, and a service that takes the newest token only.
struct UpstreamTokens : ForwardingTest {
  int issued = 0;
  std::unique_ptr<Server> service;

  void serve() {
    Route token = get_route("/token", [this](const Request&) {
      ++issued;
      return text_response(200, R"({"access_token":"t)" + std::to_string(issued) + R"(","expires_in":3600})");
    });
    token.body_limit = 10'000;
    service = run_server(loopback_options(), {token, get_route("/…", [](const Request& request) {
                                                const bool known =
                                                    request.fields.find("Authorization") == "Bearer t2";
                                                return text_response(known ? 200 : 401, "");
                                              })});
    options.url = url_of(*service, "");
    config::OAuth2Config oauth2;
    oauth2.client_id = "id";
    oauth2.client_secret.value = "secret";
    oauth2.token_url = url_of(*service, "/token");
    options.config.oauth2 = oauth2;
    start();
  }
  int status() {
    const auto reply = make_client()->send(url_of(*server, "/x"), {});
    return reply ? reply->status : 0;
  }
};

TEST_F(UpstreamTokens, AreFetchedAndFetchedAgainWhenRefused) {
  serve();
  EXPECT_EQ(status(), 401);
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(issued, 2);
}

TEST_F(ForwardingTest, ClientsMayGoWhileATokenIsFetched) {
  RawServer token_server;
  config::OAuth2Config oauth2;
  oauth2.client_id = "id";
  oauth2.token_url = token_server.url();
  options.config.oauth2 = oauth2;
  start();
  RawSocket asked{base::Fd()};
  {
    RawSocket client = connect();
    client.send(ask_for("/"));
    asked = token_server.accept();
    asked.read_until("grant_type");
  }
  // Past the tick that notices.
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"access_token\":\"t\"}");
  EXPECT_EQ(only_outcome().fault, ForwardFault::kClient);
}

TEST_F(UpstreamTokens, ThatCannotBeHadAreNotTheUpstreamsFault) {
  serve();
  service.reset();
  EXPECT_EQ(status(), 502);
  EXPECT_EQ(only_outcome().fault, ForwardFault::kCredentials);
}

}  // namespace
}  // namespace ceems::http

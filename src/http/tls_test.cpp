#include "http/test_certificates.h"
#include "http/test_support.h"

#include <string>

namespace ceems::http {
namespace {

using namespace testing;

constexpr const char* kNames = "DNS:localhost,IP:127.0.0.1";

struct Tls : ::testing::Test {
  TemporaryDirectory directory;
  Identity authority = make_identity("authority", "", nullptr);
  std::string authority_file = directory.write("ca.pem", authority.certificate_pem());

  void write_identity(const std::string& name, const Identity& identity) const {
    directory.write(name + ".pem", identity.certificate_pem());
    directory.write(name + ".key", identity.key_pem());
  }

  std::unique_ptr<Server> serve(const std::string& more = "") const {
    write_identity("server", make_identity("server", kNames, &authority));
    ServerOptions options = loopback_options();
    options.web_config_file = directory.write(
        "web.yml", "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n" + more);
    return run_server(std::move(options), {get_route("/", [](const Request& request) {
                        return text_response(200, request.over_tls ? "secure" : "plain");
                      })});
  }

  config::ClientTlsConfig trusting() const {
    config::ClientTlsConfig tls;
    tls.ca_file = authority_file;
    return tls;
  }
  config::ClientTlsConfig trusting_as(const std::string& name, const Identity& identity) const {
    write_identity(name, identity);
    config::ClientTlsConfig tls = trusting();
    tls.cert_file = directory.file(name + ".pem");
    tls.key_file = directory.file(name + ".key");
    return tls;
  }
};

base::Result<Response> fetch(const Server& server, config::ClientTlsConfig tls,
                             std::string_view host = "127.0.0.1") {
  ClientOptions options;
  options.config.tls = std::move(tls);
  const auto client = make_client(std::move(options));
  const std::string address = server.addresses().front();
  return client->send("https://" + std::string(host) + address.substr(address.rfind(':')) + "/", {});
}

std::string outcome(const base::Result<Response>& response) {
  return response ? std::string(response->text()) : response.error().text();
}

TEST_F(Tls, IsSpokenToClientsThatTrustTheServer) {
  const auto server = serve();
  EXPECT_EQ(outcome(fetch(*server, trusting())), "secure");
  EXPECT_EQ(outcome(fetch(*server, trusting(), "localhost")), "secure");
}

TEST_F(Tls, IsRefusedByClientsThatDoNotTrustTheServer) {
  const auto server = serve();
  config::ClientTlsConfig other;
  other.ca = make_identity("other", "", nullptr).certificate_pem();
  const auto response = fetch(*server, other);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::ErrorCode::kUnavailable);
  EXPECT_NE(response.error().message.find("certificate"), std::string::npos) << response.error().message;
  other.insecure_skip_verify = true;
  EXPECT_EQ(outcome(fetch(*server, other)), "secure");
}

TEST_F(Tls, ChecksTheServersName) {
  const auto server = serve();
  config::ClientTlsConfig tls = trusting();
  tls.server_name = "elsewhere.example";
  EXPECT_FALSE(fetch(*server, tls));
  tls.server_name = "localhost";
  EXPECT_EQ(outcome(fetch(*server, tls)), "secure");
}

TEST_F(Tls, AgreesOnAVersionOrFails) {
  const auto server = serve("  min_version: TLS13\n");
  config::ClientTlsConfig old = trusting();
  old.max_version = "TLS12";
  EXPECT_FALSE(fetch(*server, old));
  EXPECT_EQ(outcome(fetch(*server, trusting())), "secure");
}

TEST_F(Tls, UsesTheConfiguredSuitesAndCurves) {
  const auto server = serve(
      "  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"
      "  curve_preferences: [CurveP256]\n");
  EXPECT_EQ(outcome(fetch(*server, trusting())), "secure");
}

TEST_F(Tls, TellsPlainHttpClientsThatTheyAreWrong) {
  const auto server = serve();
  RawSocket socket(port_of(server->addresses().front()));
  socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.end_sending();
  EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 400 Bad Request\r\n")) << socket.received();
}

TEST_F(Tls, DropsWhatIsNoTlsAtAll) {
  const auto server = serve();
  RawSocket socket(port_of(server->addresses().front()));
  socket.send("SSH-2.0-OpenSSH_9.2p1\r\n");
  EXPECT_EQ(socket.read_to_end().find("HTTP"), std::string::npos);
}

TEST_F(Tls, RequiresAClientCertificate) {
  const auto server = serve("  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n");
  EXPECT_FALSE(fetch(*server, trusting()));
  EXPECT_EQ(outcome(fetch(*server, trusting_as("client", make_identity("client", "DNS:client", &authority)))),
            "secure");
  EXPECT_FALSE(fetch(*server, trusting_as("stranger", make_identity("stranger", "DNS:client", nullptr))));
}

TEST_F(Tls, AcceptsAnyClientCertificateWhereNoneIsVerified) {
  const auto server = serve("  client_auth_type: RequireAnyClientCert\n");
  EXPECT_FALSE(fetch(*server, trusting()));
  EXPECT_EQ(outcome(fetch(*server, trusting_as("stranger", make_identity("stranger", "DNS:x", nullptr)))),
            "secure");
}

TEST_F(Tls, VerifiesAClientCertificateIfOneIsGiven) {
  const auto server = serve("  client_ca_file: ca.pem\n  client_auth_type: VerifyClientCertIfGiven\n");
  EXPECT_EQ(outcome(fetch(*server, trusting())), "secure");
  EXPECT_FALSE(fetch(*server, trusting_as("stranger", make_identity("stranger", "DNS:x", nullptr))));
}

TEST_F(Tls, AllowsListedClientNamesOnly) {
  const auto server = serve(
      "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
      "  client_allowed_sans: [scraper.example, 'spiffe://site/scraper', 192.0.2.7, a@b.example]\n");
  for (const char* names :
       {"DNS:scraper.example", "DNS:other,URI:spiffe://site/scraper", "IP:192.0.2.7", "email:a@b.example"})
    EXPECT_EQ(outcome(fetch(*server, trusting_as("client", make_identity("c", names, &authority)))), "secure")
        << names;
  for (const char* names : {"DNS:other.example", "DNS:x.scraper.example", "IP:192.0.2.8"})
    EXPECT_FALSE(fetch(*server, trusting_as("client", make_identity("c", names, &authority)))) << names;
}

TEST_F(Tls, TakesUpReplacedCertificates) {
  const auto server = serve();
  const Identity successor = make_identity("successor", "", nullptr);
  config::ClientTlsConfig trusts_successor;
  trusts_successor.ca = successor.certificate_pem();
  EXPECT_FALSE(fetch(*server, trusts_successor));
  write_identity("server", make_identity("server", kNames, &successor));
  EXPECT_EQ(outcome(fetch(*server, trusts_successor)), "secure");
  EXPECT_FALSE(fetch(*server, trusting()));
}

TEST_F(Tls, KeepsItsCertificateWhileTheNewOneIsIncomplete) {
  const auto server = serve();
  directory.write("server.key", make_identity("x", "DNS:x", nullptr).key_pem());
  EXPECT_EQ(outcome(fetch(*server, trusting())), "secure");
  directory.write("server.pem", "not a certificate");
  EXPECT_EQ(outcome(fetch(*server, trusting())), "secure");
}

TEST_F(Tls, IsSetUpAgainWhenTheConfigurationChanges) {
  const auto server = serve();
  directory.write("web.yml",
                  "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
                  "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n");
  EXPECT_FALSE(fetch(*server, trusting()));
}

TEST_F(Tls, StaysOnWhenTheConfigurationBreaks) {
  const auto server = serve();
  directory.write("web.yml", "tls_server_config: [");
  const auto response = fetch(*server, trusting());
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 500);
}

TEST_F(Tls, ReportsUnusableMaterialAtStart) {
  const Identity identity = make_identity("server", kNames, &authority);
  const Identity other = make_identity("other", kNames, &authority);
  struct Case {
    std::string certificate, key, subject;
  };
  const std::vector<Case> cases = {
      {"garbage", identity.key_pem(), directory.file("s.pem")},
      {identity.certificate_pem(), "garbage", directory.file("s.key")},
      {identity.certificate_pem(), other.key_pem(), directory.file("s.key")},
      {identity.certificate_pem() + "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
       identity.key_pem(), directory.file("s.pem")},
  };
  for (const Case& one : cases) {
    directory.write("s.pem", one.certificate);
    directory.write("s.key", one.key);
    ServerOptions options = loopback_options();
    options.web_config_file =
        directory.write("w.yml", "tls_server_config: {cert_file: s.pem, key_file: s.key}\n");
    const auto server = Server::create(std::move(options), {});
    ASSERT_FALSE(server) << one.certificate.substr(0, 10);
    EXPECT_EQ(server.error().subject, one.subject) << server.error().text();
  }
}

TEST_F(Tls, ReportsUnusableClientMaterial) {
  ClientOptions options;
  options.config.tls.ca_file = directory.file("missing.pem");
  const auto client = Client::create(std::move(options));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().subject, directory.file("missing.pem"));
}

TEST_F(Tls, LetsTheClientTakeUpReplacedAuthorities) {
  const auto server = serve();
  const std::string trusted =
      directory.write("trusted.pem", make_identity("x", "", nullptr).certificate_pem());
  ClientOptions options;
  options.config.tls.ca_file = trusted;
  const auto client = make_client(std::move(options));
  EXPECT_FALSE(client->send(url_of(*server, "/", "https"), {}));
  directory.write("trusted.pem", authority.certificate_pem());
  EXPECT_EQ(outcome(client->send(url_of(*server, "/", "https"), {})), "secure");
}

TEST_F(Tls, CarriesLargeBodiesBothWays) {
  write_identity("server", make_identity("server", kNames, &authority));
  ServerOptions options = loopback_options();
  options.web_config_file =
      directory.write("web.yml", "tls_server_config: {cert_file: server.pem, key_file: server.key}\n");
  Route route = get_route("/", [](const Request& request) { return text_response(200, request.body); });
  route.body_limit = 16 << 20;
  const auto server = run_server(std::move(options), {route});
  ClientOptions client_options;
  client_options.config.tls = trusting();
  const auto client = make_client(std::move(client_options));
  Request request;
  request.method = "POST";
  for (int i = 0; request.body.size() < 8'000'000; ++i)
    request.body += std::to_string(i);
  for (int i = 0; i < 2; ++i) {
    const auto response = client->send(url_of(*server, "/", "https"), request);
    ASSERT_TRUE(response) << response.error().text();
    EXPECT_EQ(response->text(), request.body);
  }
}

}  // namespace
}  // namespace ceems::http

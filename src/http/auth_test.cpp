#include "http/password.h"
#include "http/test_support.h"

#include <crypt.h>

#include <string>
#include <thread>
#include <vector>

namespace ceems::http {
namespace {

using namespace testing;

// The cheapest cost that the format knows.
std::string bcrypt(const std::string& password) {
  static int counter = 0;
  const std::string salt = "$2b$04$" + std::string(20, 'a') + std::to_string(counter++ % 10) + ".";
  crypt_data data{};
  const char* const hash = crypt_r(password.c_str(), salt.c_str(), &data);
  return hash == nullptr ? "" : hash;
}

struct BasicAuth : ::testing::Test {
  TemporaryDirectory directory;

  void configure(const std::string& yaml) const { directory.write("web.yml", yaml); }
  static std::string users(const std::string& user, const std::string& password) {
    return "basic_auth_users:\n  " + user + ": '" + bcrypt(password) + "'\n";
  }
  std::unique_ptr<Server> serve(const std::string& yaml) const {
    configure(yaml);
    ServerOptions options = loopback_options();
    options.web_config_file = directory.file("web.yml");
    return run_server(std::move(options), {get_route("/", [](const Request& request) {
                        return text_response(200, "hello " + request.authenticated_user);
                      })});
  }
};

base::Result<Response> fetch_as(const Server& server, const std::string& user, const std::string& password,
                                std::string_view path = "/") {
  ClientOptions options;
  options.config.has_basic_auth = true;
  options.config.basic_username = user;
  options.config.basic_password.value = password;
  return make_client(std::move(options))->send(url_of(server, path), {});
}

int status_as(const Server& server, const std::string& user, const std::string& password) {
  const auto response = fetch_as(server, user, password);
  return response ? response->status : 0;
}

TEST_F(BasicAuth, LetsKnownUsersIn) {
  const auto server = serve(users("alice", "secret"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(fetch_as(*server, "alice", "secret")->text(), "hello alice");
    EXPECT_EQ(status_as(*server, "alice", "wrong"), 401);
    EXPECT_EQ(status_as(*server, "mallory", "secret"), 401);
    EXPECT_EQ(status_as(*server, "alice", ""), 401);
    EXPECT_EQ(status_as(*server, "alice", std::string("secret\0more", 11)), 401);
  }
}

TEST_F(BasicAuth, RefusesEveryRouteWithTheSameWords) {
  const auto server = serve(users("alice", "secret"));
  for (const char* path : {"/", "/none"}) {
    const auto response = make_client()->send(url_of(*server, path), {});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 401);
    EXPECT_EQ(response->text(), "Unauthorized\n");
    EXPECT_EQ(response->fields.find("WWW-Authenticate"), "Basic");
  }
}

TEST_F(BasicAuth, FollowsTheFile) {
  const auto server = serve(users("alice", "secret"));
  EXPECT_EQ(status_as(*server, "alice", "secret"), 200);
  configure(users("alice", "changed"));
  EXPECT_EQ(status_as(*server, "alice", "secret"), 401);
  EXPECT_EQ(status_as(*server, "alice", "changed"), 200);
  configure("");
  EXPECT_EQ(status_as(*server, "nobody", ""), 200);
}

TEST_F(BasicAuth, LetsNobodyInWhileTheFileIsBroken) {
  const auto server = serve(users("alice", "secret"));
  EXPECT_EQ(status_as(*server, "alice", "secret"), 200);
  configure("basic_auth_users: 3\n");
  const auto response = fetch_as(*server, "alice", "secret");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->text(), "Internal Server Error\n");
  configure(users("alice", "secret"));
  EXPECT_EQ(status_as(*server, "alice", "secret"), 200);
}

TEST_F(BasicAuth, ServesManyAtOnce) {
  const auto server = serve(users("alice", "secret"));
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&, i] {
      const bool good = i % 2 == 0;
      EXPECT_EQ(status_as(*server, "alice", good ? "secret" : "wrong" + std::to_string(i)), good ? 200 : 401);
    });
  for (std::thread& client : clients)
    client.join();
}

TEST_F(BasicAuth, AddsConfiguredHeadersToEveryReply) {
  const auto server =
      serve("http_server_config:\n  headers:\n    X-Frame-Options: deny\n" + users("alice", "secret"));
  EXPECT_EQ(fetch_as(*server, "alice", "secret")->fields.find("X-Frame-Options"), "deny");
  EXPECT_EQ(fetch_as(*server, "alice", "wrong")->fields.find("X-Frame-Options"), "deny");
}

TEST_F(BasicAuth, LimitsTheRate) {
  const auto server = serve("rate_limit:\n  burst: 2\n  interval: 1h\n");
  EXPECT_EQ(status_as(*server, "", ""), 200);
  EXPECT_EQ(status_as(*server, "", ""), 200);
  EXPECT_EQ(status_as(*server, "", ""), 429);
}

TEST_F(BasicAuth, ReportsABrokenFileAtStart) {
  configure("basic_auth_users:\n  alice: plaintext\n");
  ServerOptions options = loopback_options();
  options.web_config_file = directory.file("web.yml");
  const auto server = Server::create(std::move(options), {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().text().find("plaintext"), std::string::npos) << "hashes are not repeated";
}

TEST(Bcrypt, MatchesTheVariantsInUse) {
  const std::string hash = bcrypt("pass");
  EXPECT_TRUE(matches_bcrypt("pass", hash));
  EXPECT_FALSE(matches_bcrypt("Pass", hash));
  EXPECT_TRUE(matches_bcrypt("pass", "$2a" + hash.substr(3)));
  EXPECT_TRUE(matches_bcrypt("pass", "$2y" + hash.substr(3)));
  EXPECT_FALSE(matches_bcrypt("pass", ""));
  EXPECT_FALSE(matches_bcrypt("pass", "*0"));
}

TEST(Bcrypt, ComparesUnknownUsersWithAValidHash) {
  crypt_data data{};
  const char* const hash = crypt_r("x", kNobodysHash, &data);
  ASSERT_NE(hash, nullptr);
  EXPECT_EQ(std::string(hash).substr(0, 29), std::string(kNobodysHash).substr(0, 29));
  EXPECT_FALSE(matches_bcrypt("", kNobodysHash));
}

TEST(BasicAuthorization, IsParsed) {
  const auto credentials = parse_basic_authorization("basic  " + base64_encode("us er:pa:ss"));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "us er");
  EXPECT_EQ(credentials->password, "pa:ss");
  for (const char* text :
       {"", "Basic", "Basic ", "Bearer YTpi", "Basic YTpi=", "Basic YTp", "Basic !!!!", "Basic YQ=="})
    EXPECT_FALSE(parse_basic_authorization(text)) << text;
}

TEST(Base64, SurvivesARoundTrip) {
  for (std::size_t size = 0; size < 20; ++size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<char>(i * 37);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
  EXPECT_EQ(base64_encode("Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  for (const char* text : {"=", "====", "A===", "AA=A", "A", "AAAA=", "AA\nA"})
    EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(PasswordCache, RemembersOutcomesOfExactlyThoseCredentials) {
  PasswordCache cache;
  const auto key = cache.key({"ab", "c"}, "hash");
  EXPECT_FALSE(cache.find(key));
  cache.store(key, true);
  EXPECT_EQ(cache.find(key), true);
  EXPECT_FALSE(cache.find(cache.key({"a", "bc"}, "hash")));
  EXPECT_FALSE(cache.find(cache.key({"ab", "c"}, "other")));
}

TEST(PasswordCache, ForgetsSomeBeyondAHundred) {
  PasswordCache cache;
  int remembered = 0;
  for (int i = 0; i < 1000; ++i)
    cache.store(cache.key({"user", std::to_string(i)}, ""), false);
  for (int i = 0; i < 1000; ++i)
    remembered += cache.find(cache.key({"user", std::to_string(i)}, "")) ? 1 : 0;
  EXPECT_LE(remembered, 100);
  EXPECT_GT(remembered, 20);
  EXPECT_TRUE(cache.find(cache.key({"user", "999"}, "")));
}

}  // namespace
}  // namespace ceems::http

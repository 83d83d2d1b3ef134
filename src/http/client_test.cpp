#include "http/client.h"

#include "http/compression.h"
#include "http/test_support.h"

#include <atomic>
#include <thread>

namespace ceems::http {
namespace {

using namespace testing;
using base::ErrorCode;

Request get() {
  return {};
}

Request post(std::string body) {
  Request request;
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

// Sends while the test plays the server.
class Fetch {
 public:
  Fetch(Client& client, std::string url, Request request)
      : thread_([this, &client, url = std::move(url), request = std::move(request)] {
          result_ = client.send(url, request);
        }) {}
  ~Fetch() {
    if (thread_.joinable()) thread_.join();
  }
  const base::Result<Response>& result() {
    if (thread_.joinable()) thread_.join();
    return result_;
  }
  ErrorCode code() { return result() ? ErrorCode::kInternal : result_.error().code; }

 private:
  base::Result<Response> result_;
  std::thread thread_;
};

TEST(Client, SendsWhatWasAsked) {
  RawServer server;
  ClientOptions options;
  options.user_agent = "test/1";
  const auto client = make_client(options);
  Request request = post("a=b");
  request.fields.add("X-Mine", "1");
  Fetch fetch(*client, server.url("/p?q=1"), request);
  RawSocket socket = server.accept();
  const std::string received = socket.read_until("a=b");
  EXPECT_EQ(
      received,
      "POST /p?q=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
          "\r\nUser-Agent: test/1\r\nX-Mine: 1\r\nAccept-Encoding: gzip\r\nContent-Length: 3\r\n\r\na=b");
  socket.send("HTTP/1.1 201 Fine\r\nContent-Length: 2\r\nX-Yours: 2\r\n\r\nok");
  ASSERT_TRUE(fetch.result());
  EXPECT_EQ(fetch.result()->status, 201);
  EXPECT_EQ(fetch.result()->text(), "ok");
  EXPECT_EQ(fetch.result()->fields.find("x-yours"), "2");
}

TEST(Client, ReadsBodiesOfEveryShape) {
  const std::vector<std::pair<const char*, const char*>> shapes = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", "body"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", "body"},
      {"HTTP/1.1 200 OK\r\n\r\nbody", "body"},
      {"HTTP/1.0 200 OK\r\n\r\nbody", "body"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
       "4\r\n\r\nbody",
       "body"},
  };
  for (const auto& [reply, body] : shapes) {
    RawServer server;
    const auto client = make_client();
    Fetch fetch(*client, server.url(), get());
    {
      RawSocket socket = server.accept();
      socket.read_until("\r\n\r\n");
      socket.send(reply);
    }
    ASSERT_TRUE(fetch.result()) << reply << fetch.result().error().text();
    EXPECT_EQ(fetch.result()->text(), body) << reply;
  }
}

TEST(Client, ReportsBrokenAnswers) {
  const std::vector<std::pair<std::string, ErrorCode>> replies = {
      {"", ErrorCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Le", ErrorCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", ErrorCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", ErrorCode::kUnavailable},
      {"SSH-2.0-OpenSSH\r\n\r\n", ErrorCode::kInvalid},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", ErrorCode::kInvalid},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", ErrorCode::kInvalid},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", ErrorCode::kInvalid},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", ErrorCode::kTooLarge},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'a'),
       ErrorCode::kTooLarge},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'a'), ErrorCode::kTooLarge},
      {"HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'a'), ErrorCode::kTooLarge},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", ErrorCode::kInvalid},
  };
  for (const auto& [reply, code] : replies) {
    RawServer server;
    ClientOptions options;
    options.max_body_bytes = 1000;
    const auto client = make_client(options);
    Fetch fetch(*client, server.url("/x"), get());
    {
      RawSocket socket = server.accept();
      socket.read_until("\r\n\r\n");
      socket.send(reply);
    }
    ASSERT_FALSE(fetch.result()) << reply.substr(0, 100);
    EXPECT_EQ(fetch.code(), code) << reply.substr(0, 100) << fetch.result().error().text();
    EXPECT_EQ(fetch.result().error().subject, server.url("/x"));
  }
}

TEST(Client, DecodesGzipWithinItsBound) {
  std::string small;
  std::string bomb;
  Compressor(9).compress("hello", Coding::kGzip, small);
  Compressor(9).compress(std::string(100'000, 'a'), Coding::kGzip, bomb);
  const auto server =
      run_server(loopback_options(), {get_route("/…", [&](const Request& request) {
                   EXPECT_EQ(negotiate_coding(request.fields.find("Accept-Encoding")), Coding::kGzip);
                   Response response;
                   response.fields.add("Content-Encoding", "gzip");
                   response.body = request.target == "/bomb" ? bomb : small;
                   return response;
                 })});
  ClientOptions options;
  options.max_body_bytes = 1000;
  const auto client = make_client(options);
  const auto response = client->send(url_of(*server, "/small"), get());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->text(), "hello");
  EXPECT_FALSE(response->fields.find("Content-Encoding"));
  EXPECT_EQ(client->send(url_of(*server, "/bomb"), get()).error().code, ErrorCode::kTooLarge);
  Request own = get();
  own.fields.add("Accept-Encoding", "gzip");
  EXPECT_EQ(client->send(url_of(*server, "/small"), own)->text(), small)
      << "who asks by hand decodes by hand";
}

TEST(Client, KeepsConnections) {
  RawServer server;
  const auto client = make_client();
  Fetch first(*client, server.url(), get());
  RawSocket socket = server.accept();
  socket.read_until("\r\n\r\n");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  EXPECT_TRUE(first.result());
  Fetch second(*client, server.url("/again"), get());
  socket.read_until("GET /again HTTP/1.1\r\n");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  EXPECT_EQ(second.result()->text(), "2");
}

// What happens to a request on a kept connection that the server closes when it sees it.
base::Result<Response> send_on_stale_connection(Request request, bool answer_retry) {
  RawServer server;
  const auto client = make_client();
  Fetch first(*client, server.url(), get());
  RawSocket socket = server.accept();
  socket.read_until("\r\n\r\n");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(first.result());
  Fetch second(*client, server.url("/again"), std::move(request));
  socket.read_until(" /again HTTP/1.1\r\n");
  {
    const RawSocket closed = std::move(socket);
  }
  if (answer_retry) {
    RawSocket retry = server.accept();
    retry.read_until("\r\n\r\n");
    retry.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nretry");
  }
  return second.result();
}

TEST(Client, TriesAgainOnAStaleConnection) {
  EXPECT_EQ(send_on_stale_connection(get(), true)->text(), "retry");
  Request query = post("query=up");
  query.idempotent = true;
  EXPECT_EQ(send_on_stale_connection(query, true)->text(), "retry");
}

TEST(Client, DoesNotRepeatWhatMayHaveHappened) {
  EXPECT_FALSE(send_on_stale_connection(post("order=1"), false));
}

TEST(Client, NoticesThatAKeptConnectionWasClosed) {
  RawServer server;
  const auto client = make_client();
  Fetch first(*client, server.url(), get());
  {
    RawSocket socket = server.accept();
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(first.result());
  }
  Fetch second(*client, server.url(), post("order=1"));
  RawSocket socket = server.accept();
  socket.read_until("order=1");
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(second.result());
}

TEST(Client, ReportsWhoDoesNotListen) {
  RawServer server;
  const std::string url = "http://user:hunter2@127.0.0.1:" + std::to_string(server.port()) + "/a";
  server.close();
  const auto response = make_client()->send(url, get());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(response.error().text().find("hunter2"), std::string::npos) << response.error().text();
}

TEST(Client, ReportsNamesThatDoNotResolve) {
  EXPECT_EQ(make_client()->send("http://name.invalid/", get()).error().code, ErrorCode::kUnavailable);
}

TEST(Client, RefusesUrlsWithoutRepeatingTheirPasswords) {
  for (const char* url : {"http://user:hunter2@/", "ftp://user:hunter2@host/", "user:hunter2@host"}) {
    const auto response = make_client()->send(url, get());
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(response.error().text().find("hunter2"), std::string::npos) << response.error().text();
  }
}

TEST(Client, RefusesFieldsThatHttpDoesNotAllow) {
  Request request = get();
  request.fields.add("X", "a\r\nY: b");
  EXPECT_EQ(make_client()->send("http://127.0.0.1:1/", request).error().code, ErrorCode::kInvalid);
}

TEST(Client, GivesUpInTime) {
  RawServer server;
  ClientOptions options;
  options.timeout = std::chrono::milliseconds(30);
  const auto client = make_client(options);
  EXPECT_EQ(client->send(server.url(), get()).error().code, ErrorCode::kTimeout);
}

TEST(Client, CanBeCancelled) {
  RawServer server;
  const auto client = make_client();
  Fetch fetch(*client, server.url(), get());
  RawSocket socket = server.accept();
  socket.read_until("\r\n\r\n");
  client->cancel();
  EXPECT_EQ(fetch.code(), ErrorCode::kCancelled);
  EXPECT_EQ(client->send(server.url(), get()).error().code, ErrorCode::kCancelled);
}

TEST(Client, SharesItselfAmongThreads) {
  const auto server = run_server(
      loopback_options(),
      {get_route("/…", [](const Request& request) { return text_response(200, request.target); })});
  const auto client = make_client();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        const std::string path = "/" + std::to_string(i) + "/" + std::to_string(j);
        const auto response = client->send(url_of(*server, path), get());
        EXPECT_EQ(response ? response->text() : response.error().message, path);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
}

// Answers with what the client has shown.
Response show(const Request& request) {
  std::string shown;
  for (const char* name : {"Authorization", "Cookie", "X-Extra"})
    for (const auto& [field, value] : request.fields.entries())
      if (field == name) shown += std::string(name) + "=" + value + ";";
  return text_response(200, request.method + " " + request.target + " " + shown + request.body);
}

TEST(ClientAuth, ShowsConfiguredCredentials) {
  const auto server = run_server(loopback_options(), {get_route("/", show)});
  const TemporaryDirectory directory;
  const auto shown = [&](const config::HttpClientConfig& config) {
    ClientOptions options;
    options.config = config;
    const auto response = make_client(options)->send(url_of(*server, "/"), get());
    return response ? std::string(response->text()) : response.error().text();
  };
  config::HttpClientConfig basic;
  basic.has_basic_auth = true;
  basic.basic_username = "u";
  basic.basic_password.file = directory.write("password", "p\n");
  EXPECT_EQ(shown(basic), "GET / Authorization=Basic dTpw;");
  config::HttpClientConfig bearer;
  bearer.authorization_type = "Bearer";
  bearer.authorization_credentials.value = "token";
  bearer.headers = {{"X-Extra", {"1"}, {"2"}, {directory.write("extra", "3\n")}}};
  EXPECT_EQ(shown(bearer), "GET / Authorization=Bearer token;X-Extra=1;X-Extra=2;X-Extra=3;");
}

TEST(ClientAuth, ReadsSecretsAtEachUse) {
  const auto server = run_server(loopback_options(), {get_route("/", show)});
  const TemporaryDirectory directory;
  ClientOptions options;
  options.config.authorization_type = "Bearer";
  options.config.authorization_credentials.file = directory.write("token", "one");
  const auto client = make_client(options);
  EXPECT_EQ(client->send(url_of(*server, "/"), get())->text(), "GET / Authorization=Bearer one;");
  directory.write("token", "two\n");
  EXPECT_EQ(client->send(url_of(*server, "/"), get())->text(), "GET / Authorization=Bearer two;");
  ::unlink(directory.file("token").c_str());
  EXPECT_EQ(client->send(url_of(*server, "/"), get()).error().subject, directory.file("token"));
}

TEST(ClientAuth, TakesCredentialsFromTheUrl) {
  const auto server = run_server(loopback_options(), {get_route("/", show)});
  const auto response = make_client()->send("http://u:p@" + server->addresses().front() + "/", get());
  EXPECT_EQ(response->text(), "GET / Authorization=Basic dTpw;");
}

struct Redirects : ::testing::Test {
  std::unique_ptr<Server> target = run_server(loopback_options(), {get_route("/there", show)});
  std::unique_ptr<Server> server = make_server();

  std::unique_ptr<Server> make_server() const {
    const std::string away = url_of(*target, "/there");
    const auto redirect = [](int status, std::string location) {
      return [status, location](const Request&) {
        Response response;
        response.status = status;
        response.fields.add("Location", location);
        return response;
      };
    };
    std::vector<Route> routes = {get_route("/here", show),
                                 get_route("/301", redirect(301, "/here?a=1")),
                                 get_route("/303", redirect(303, "here")),
                                 get_route("/307", redirect(307, "/here")),
                                 get_route("/away", redirect(302, away)),
                                 get_route("/loop", redirect(302, "/loop")),
                                 get_route("/file", redirect(302, "file:///etc/passwd")),
                                 get_route("/socket", redirect(302, "unix:/run/docker.sock:/"))};
    for (Route& route : routes)
      route.body_limit = 100;
    return run_server(loopback_options(), std::move(routes));
  }
  static ClientOptions with_token() {
    ClientOptions options;
    options.config.authorization_type = "Bearer";
    options.config.authorization_credentials.value = "t";
    options.config.headers = {{"X-Extra", {}, {"secret"}, {}}};
    return options;
  }
  std::string outcome(std::string_view path, Request request) const {
    const auto response = make_client(with_token())->send(url_of(*server, path), std::move(request));
    return response ? std::string(response->text()) : response.error().message;
  }
};

TEST_F(Redirects, AreFollowed) {
  EXPECT_EQ(outcome("/301", get()), "GET /here?a=1 Authorization=Bearer t;X-Extra=secret;");
  EXPECT_EQ(outcome("/301", post("b")), "GET /here?a=1 Authorization=Bearer t;X-Extra=secret;");
  EXPECT_EQ(outcome("/303", post("b")), "GET /here Authorization=Bearer t;X-Extra=secret;");
  EXPECT_EQ(outcome("/307", post("b")), "POST /here Authorization=Bearer t;X-Extra=secret;b");
}

TEST_F(Redirects, TakeNoCredentialsToAnotherServer) {
  Request request = get();
  request.fields.add("Cookie", "c=1");
  EXPECT_EQ(outcome("/away", request), "GET /there ");
}

TEST_F(Redirects, EndAfterTen) {
  EXPECT_EQ(outcome("/loop", get()), "more than 10 redirects");
}

TEST_F(Redirects, DoNotLeaveTheWeb) {
  for (const char* path : {"/file", "/socket"}) {
    const auto response = make_client()->send(url_of(*server, path), get());
    ASSERT_FALSE(response) << path;
    EXPECT_EQ(response.error().code, ErrorCode::kInvalid);
  }
}

TEST_F(Redirects, AreReturnedWhereNotWanted) {
  ClientOptions options;
  options.config.follow_redirects = false;
  EXPECT_EQ(make_client(options)->send(url_of(*server, "/301"), get())->status, 301);
}

// A token server and a service that takes its newest token only.
struct OAuth2 : ::testing::Test {
  std::atomic<int> issued = 0;
  std::atomic<int> form_only = 0;
  std::string seen;
  std::unique_ptr<Server> server = make_server();

  std::unique_ptr<Server> make_server() {
    Route token = get_route("/token", [this](const Request& request) {
      seen = std::string(request.fields.find("Authorization").value_or("")) + " " + request.body;
      if (form_only != 0 && request.body.find("client_secret=") == std::string::npos)
        return text_response(401, "");
      ++issued;
      return text_response(200, R"({"access_token":"t)" + std::to_string(issued) + R"(","expires_in":3600})");
    });
    token.body_limit = 10'000;
    Route service = get_route("/service", [this](const Request& request) {
      const bool good = request.fields.find("Authorization") == "Bearer t" + std::to_string(issued);
      return text_response(good ? 200 : 401, "");
    });
    return run_server(loopback_options(), {token, service});
  }
  std::unique_ptr<Client> client() const {
    ClientOptions options;
    config::OAuth2Config oauth2;
    oauth2.client_id = "id";
    oauth2.client_secret.value = "s&cret";
    oauth2.scopes = {"a", "b"};
    oauth2.endpoint_params = {{"audience", "x"}};
    oauth2.token_url = url_of(*server, "/token");
    options.config.oauth2 = oauth2;
    return make_client(options);
  }
};

TEST_F(OAuth2, FetchesATokenOnce) {
  const auto sender = client();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(sender->send(url_of(*server, "/service"), get())->status, 200);
  EXPECT_EQ(issued, 1);
  EXPECT_EQ(seen, "Basic aWQ6cyUyNmNyZXQ= grant_type=client_credentials&scope=a%20b&audience=x");
}

TEST_F(OAuth2, RenewsATokenThatIsRefused) {
  const auto sender = client();
  EXPECT_EQ(sender->send(url_of(*server, "/service"), get())->status, 200);
  ++issued;
  EXPECT_EQ(sender->send(url_of(*server, "/service"), get())->status, 401);
  EXPECT_EQ(sender->send(url_of(*server, "/service"), get())->status, 200);
}

TEST_F(OAuth2, PassesTheSecretInTheFormWhereTheServerWantsThat) {
  form_only = 1;
  EXPECT_EQ(client()->send(url_of(*server, "/service"), get())->status, 200);
}

TEST_F(OAuth2, ReportsATokenServerThatRefuses) {
  server = run_server(loopback_options(), {});
  const auto response = client()->send(url_of(*server, "/service"), get());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().subject, url_of(*server, "/token"));
  EXPECT_EQ(response.error().text().find("cret"), std::string::npos);
}

}  // namespace
}  // namespace ceems::http

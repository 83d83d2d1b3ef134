#include "http/server.h"

#include "http/test_support.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace ceems::http {
namespace {

using namespace testing;

Response echo(const Request& request) {
  return text_response(200, request.method + " " + request.target + " " + request.body);
}

std::vector<Route> echo_routes() {
  Route post = get_route("/echo", echo);
  post.body_limit = 1000;
  Route only_get = get_route("/get", echo, true);
  only_get.methods = {"GET"};
  return {get_route("/quick", echo, true), post, only_get, get_route("/below/…", echo),
          get_route("/throws", [](const Request&) -> Response { throw std::runtime_error("oops"); })};
}

struct EchoServer : ::testing::Test {
  std::unique_ptr<Server> server = run_server(loopback_options(), echo_routes());
  RawSocket connect() const { return RawSocket(port_of(server->addresses().front())); }
  // Everything the server says until it closes.
  std::string converse(std::string_view bytes) const {
    RawSocket socket = connect();
    socket.send(bytes);
    return socket.read_to_end();
  }
  std::string get(std::string_view target, std::string_view more = "") const {
    return converse("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
                    std::string(more) + "\r\n");
  }
};

std::string status_line(const std::string& reply) {
  return reply.substr(0, reply.find("\r\n"));
}
std::string body_of(const std::string& reply) {
  return reply.substr(reply.find("\r\n\r\n") + 4);
}
bool has_line(const std::string& reply, const std::string& line) {
  return reply.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST_F(EchoServer, AnswersOnTheNetworkThread) {
  const std::string reply = get("/quick?a=1");
  EXPECT_EQ(status_line(reply), "HTTP/1.1 200 OK");
  EXPECT_TRUE(has_line(reply, "Content-Length: 15")) << reply;
  EXPECT_TRUE(has_line(reply, "Connection: close")) << reply;
  EXPECT_NE(reply.find("\r\nDate: "), std::string::npos) << reply;
  EXPECT_EQ(body_of(reply), "GET /quick?a=1 ");
}

TEST_F(EchoServer, AnswersOnAWorker) {
  EXPECT_EQ(body_of(get("/below/here")), "GET /below/here ");
}

TEST_F(EchoServer, SaysWhatItDoesNotKnow) {
  const std::string reply = get("/none");
  EXPECT_EQ(status_line(reply), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(body_of(reply), "404 page not found\n");
}

TEST_F(EchoServer, NamesTheMethodsOfAPath) {
  const std::string reply = converse("PUT /get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_line(reply), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_TRUE(has_line(reply, "Allow: GET")) << reply;
  EXPECT_EQ(body_of(reply), "");
}

TEST_F(EchoServer, TurnsExceptionsInto500) {
  const std::string reply = get("/throws");
  EXPECT_EQ(status_line(reply), "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(reply.find("oops"), std::string::npos);
}

TEST_F(EchoServer, AnswersHeadWithoutABody) {
  const std::string reply = converse(
      "HEAD /quick HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(has_line(reply, "Content-Length: 12")) << reply;
  EXPECT_TRUE(body_of(reply).starts_with("HTTP/1.1 200 OK\r\n")) << "nothing stands between the two replies";
}

TEST_F(EchoServer, ServesPipelinedRequestsInOrder) {
  const std::string reply = converse(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
      "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto one = reply.find("POST /echo one");
  const auto two = reply.find("POST /echo two");
  const auto three = reply.find("GET /quick ");
  EXPECT_LT(one, two) << reply;
  EXPECT_LT(two, three) << reply;
  EXPECT_NE(three, std::string::npos) << reply;
}

TEST_F(EchoServer, AnswersAClientThatHasStoppedSending) {
  RawSocket socket = connect();
  socket.send("GET /below/x HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.end_sending();
  EXPECT_EQ(body_of(socket.read_to_end()), "GET /below/x ");
}

TEST_F(EchoServer, ClosesAfterHttp10UnlessAskedToStay) {
  EXPECT_TRUE(has_line(converse("GET /quick HTTP/1.0\r\n\r\n"), "Connection: close"));
  const std::string reply =
      converse("GET /quick HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /get HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(has_line(reply, "Connection: keep-alive")) << reply;
  EXPECT_NE(reply.find("GET /get"), std::string::npos) << reply;
}

TEST_F(EchoServer, RefusesHostileHeadsAndCloses) {
  struct Case {
    std::string bytes;
    const char* status;
  };
  const std::vector<Case> cases = {
      {"garbage\r\n\r\n", "400"},
      {"GET / HTTP/1.1\n\n", "400"},
      {std::string("\x16\x03\x01\x02\x00\x01\x00", 7), "400"},
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501"},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a'), "431"},
      {"GET / HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\n\r\n", "417"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", "413"},
      {"GET /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "413"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'a'),
       "413"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
  };
  for (const Case& one : cases) {
    const std::string reply = converse(one.bytes);
    EXPECT_TRUE(reply.starts_with(std::string("HTTP/1.1 ") + one.status)) << one.bytes.substr(0, 80) << "\n"
                                                                          << reply;
    EXPECT_TRUE(has_line(reply, "Connection: close")) << reply;
  }
}

TEST_F(EchoServer, LetsAClientReadTheRefusalOfABodyItStillSends) {
  RawSocket socket = connect();
  socket.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x'));
  EXPECT_EQ(status_line(socket.read_to_end()), "HTTP/1.1 413 Request Entity Too Large");
  EXPECT_FALSE(socket.reset());
}

TEST_F(EchoServer, AsksForTheBodyWhenExpected) {
  RawSocket socket = connect();
  socket.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 4\r\nConnection: "
      "close\r\n\r\n");
  EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("body");
  EXPECT_TRUE(socket.read_to_end().ends_with("POST /echo body"));
}

TEST_F(EchoServer, DoesNotAskForABodyItRefuses) {
  const std::string reply =
      converse("POST /none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(status_line(reply), "HTTP/1.1 404 Not Found");
}

TEST(Server, CutsOffSlowHeadsAndSilence) {
  ServerOptions options = loopback_options();
  options.head_timeout = std::chrono::milliseconds(50);
  options.read_timeout = std::chrono::milliseconds(50);
  options.idle_timeout = std::chrono::milliseconds(50);
  const auto server = run_server(std::move(options), echo_routes());
  const std::uint16_t port = port_of(server->addresses().front());
  RawSocket slow(port);
  RawSocket silent(port);
  RawSocket kept(port);
  RawSocket half_body(port);
  slow.send("GET / HTTP/1.1\r\nHos");
  kept.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n");
  half_body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  EXPECT_EQ(status_line(slow.read_to_end()), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(body_of(kept.read_to_end()), "GET /quick ");
  EXPECT_EQ(status_line(half_body.read_to_end()), "HTTP/1.1 408 Request Timeout");
}

TEST(Server, RedirectsUncleanPaths) {
  ServerOptions options = loopback_options();
  options.redirect_unclean_paths = true;
  const auto server = run_server(std::move(options), echo_routes());
  RawSocket socket(port_of(server->addresses().front()));
  socket.send("GET //evil.example/../quick?a=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string& reply = socket.read_to_end();
  EXPECT_EQ(status_line(reply), "HTTP/1.1 301 Moved Permanently");
  EXPECT_TRUE(has_line(reply, "Location: /quick?a=1")) << reply;
}

TEST(Server, AsksTheFilterAndTellsTheFinisher) {
  ServerOptions options = loopback_options();
  options.filter = [](const Request& request) -> std::optional<Response> {
    if (request.path() == "/quick") return std::nullopt;
    return text_response(403, "no\n");
  };
  options.finish = [](const Request& request, Response& response) {
    response.fields.set("X-Seen", request.target + " " + std::to_string(response.status));
  };
  const auto server = run_server(std::move(options), echo_routes());
  const auto client = make_client();
  EXPECT_EQ(client->send(url_of(*server, "/quick"), {})->fields.find("x-seen"), "/quick 200");
  EXPECT_EQ(client->send(url_of(*server, "/echo"), {})->fields.find("x-seen"), "/echo 403");
}

TEST(Server, TellsHandlersWhoAsks) {
  const auto server =
      run_server(loopback_options(), {get_route("/", [](const Request& request) {
                   return text_response(200, request.peer_address + (request.over_tls ? " tls" : ""));
                 })});
  EXPECT_EQ(make_client()->send(url_of(*server, "/"), {})->text(), "127.0.0.1");
}

// A door that handlers wait behind.
class Door {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for_inside(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool open_ = false;
};

Handler behind(Door& door) {
  return [&door](const Request&) {
    door.wait();
    return text_response(200, "through");
  };
}

TEST(Server, RunsHandlersAtTheSameTime) {
  Door door;
  const auto server =
      run_server(loopback_options(), {get_route("/wait", behind(door)), get_route("/quick", echo, true)});
  const std::uint16_t port = port_of(server->addresses().front());
  RawSocket one(port);
  RawSocket two(port);
  for (RawSocket* socket : {&one, &two})
    socket->send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  door.wait_for_inside(2);
  EXPECT_EQ(make_client()->send(url_of(*server, "/quick"), {})->status, 200) << "the network thread is free";
  door.open();
  EXPECT_EQ(body_of(one.read_to_end()), "through");
  EXPECT_EQ(body_of(two.read_to_end()), "through");
}

TEST(Server, FinishesRunningRequestsWhenStopped) {
  Door door;
  const auto server = run_server(loopback_options(), {get_route("/wait", behind(door))});
  const std::uint16_t port = port_of(server->addresses().front());
  RawSocket busy(port);
  RawSocket idle(port);
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  door.wait_for_inside(1);
  std::thread opener([&] {
    // Closed only by stop().
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_FALSE(RawSocket(port).connected());
    door.open();
  });
  server->stop(std::chrono::seconds(30));
  opener.join();
  const std::string& reply = busy.read_to_end();
  EXPECT_EQ(body_of(reply), "through");
  EXPECT_TRUE(has_line(reply, "Connection: close")) << reply;
  server->stop(std::chrono::seconds(30));
}

TEST(Server, ClosesConnectionsWhenGraceIsOver) {
  Door door;
  auto server = run_server(loopback_options(), {get_route("/wait", behind(door))});
  RawSocket busy(port_of(server->addresses().front()));
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  door.wait_for_inside(1);
  server->stop(std::chrono::milliseconds(1));
  EXPECT_EQ(busy.read_to_end(), "");
  door.open();
}

TEST(Server, MakesRoomByClosingAnIdleConnection) {
  ServerOptions options = loopback_options();
  options.max_connections = 1;
  const auto server = run_server(std::move(options), echo_routes());
  const std::uint16_t port = port_of(server->addresses().front());
  RawSocket first(port);
  first.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n");
  first.read_until("GET /quick ");
  RawSocket second(port);
  second.send("GET /get HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(second.read_until("GET /get ").find("200 OK"), std::string::npos);
  EXPECT_EQ(body_of(first.read_to_end()), "GET /quick ");
}

TEST(Server, PausesAcceptingWhileAllConnectionsAreBusy) {
  Door door;
  ServerOptions options = loopback_options();
  options.max_connections = 1;
  const auto server =
      run_server(std::move(options), {get_route("/wait", behind(door)), get_route("/quick", echo, true)});
  const std::uint16_t port = port_of(server->addresses().front());
  RawSocket busy(port);
  busy.send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  door.wait_for_inside(1);
  RawSocket waiting(port);
  waiting.send("GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  pollfd polled{waiting.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&polled, 1, 50), 0);
  door.open();
  EXPECT_EQ(body_of(waiting.read_to_end()), "GET /quick ");
}

TEST(Server, RefusesAnAddressInUse) {
  const auto first = run_server(loopback_options(), {});
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0", first->addresses().front()};
  const auto second = Server::create(std::move(options), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().subject, first->addresses().front());
}

}  // namespace
}  // namespace ceems::http

#include "http/test_support.h"

#include <atomic>
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
  post.body_limit = 1 << 20;
  return {get_route("/quick", echo, true), post, get_route("/below/…", echo)};
}

struct EchoServer : ::testing::Test {
  std::unique_ptr<Server> server = run_server(loopback_options(), echo_routes());
  RawSocket connect() const { return RawSocket(port_of(server->addresses().front())); }
  // The whole conversation after which the server closes.
  std::string converse(std::string_view bytes) const {
    RawSocket socket = connect();
    socket.send(bytes);
    return socket.read_to_end();
  }
};

std::string body_of(const std::string& reply) {
  return reply.substr(reply.find("\r\n\r\n") + 4);
}

TEST_F(EchoServer, AnswersOnTheNetworkThread) {
  const std::string reply = converse("GET /quick?a=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_NE(reply.find("\r\nContent-Length: 15\r\n"), std::string::npos) << reply;
  EXPECT_NE(reply.find("\r\nDate: "), std::string::npos) << reply;
  EXPECT_NE(reply.find("\r\nConnection: close\r\n"), std::string::npos) << reply;
  EXPECT_EQ(body_of(reply), "GET /quick?a=1 ");
}

TEST_F(EchoServer, AnswersOnAWorker) {
  EXPECT_EQ(body_of(converse("GET /below/here HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
            "GET /below/here ");
}

TEST_F(EchoServer, AnswersTheClient) {
  const auto client = make_client();
  Request request;
  request.method = "POST";
  request.body = "hello";
  for (int i = 0; i < 3; ++i) {
    const auto response = client->send(url_of(*server, "/echo"), request);
    ASSERT_TRUE(response) << response.error().text();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->text(), "POST /echo hello");
  }
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

}  // namespace
}  // namespace ceems::http

#include "http/websocket.h"

#include "http/test_support.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::http {
namespace {

using namespace std::string_literals;
using namespace testing;

Stream::Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

// The value of that field in a request as it was received.
std::string field(const std::string& request, std::string_view name) {
  const auto at = request.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return "";
  const auto start = at + name.size() + 4;
  return request.substr(start, request.find("\r\n", start) - start);
}

// A server whose every byte the test decides: it gets one request and goes on with `serve`.
class WebSocketClient : public ::testing::Test {
 protected:
  ~WebSocketClient() override {
    if (thread_.joinable()) thread_.join();
  }
  void serve(std::function<void(RawSocket&, const std::string& accept)> serve) {
    thread_ = std::thread([this, serve = std::move(serve)] {
      RawSocket socket = server_.accept();
      request_ = socket.read_until("\r\n\r\n");
      serve(socket, websocket_accept(field(request_, "Sec-WebSocket-Key")));
    });
  }
  static std::string switching(const std::string& accept, const std::string& more = "") {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept + "\r\n" + more + "\r\n";
  }
  base::Result<WebSocket::Opened> open(std::vector<std::string> protocols = {}) {
    return WebSocket::open(*client_, server_.url("/exec?a=b"),
                           {.protocols = std::move(protocols), .most_message_bytes = 100});
  }
  std::unique_ptr<WebSocket> opened() {
    auto opened = open();
    EXPECT_TRUE(opened) << opened.error().text();
    return opened ? std::move(opened->socket) : nullptr;
  }

  RawServer server_;
  std::unique_ptr<Client> client_ = make_client();
  std::string request_;  // once the thread has ended
  std::thread thread_;
};

TEST(WebSocketAccept, IsThatOfTheStandard) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_F(WebSocketClient, AsksAsTheStandardSaysWithTheClientsCredentials) {
  ClientOptions options;
  options.config.authorization_type = "Bearer";
  options.config.authorization_credentials.value = "secret";
  client_ = make_client(options);
  serve([](RawSocket& socket, const std::string& accept) {
    socket.send(switching(accept, "Sec-WebSocket-Protocol: v4\r\n"));
  });
  auto opened = open({"v5", "v4"});
  ASSERT_TRUE(opened) << opened.error().text();
  ASSERT_NE(opened->socket, nullptr);
  EXPECT_EQ(opened->socket->protocol(), "v4");
  thread_.join();
  EXPECT_TRUE(request_.starts_with("GET /exec?a=b HTTP/1.1\r\n"));
  EXPECT_EQ(field(request_, "Upgrade"), "websocket");
  EXPECT_EQ(field(request_, "Connection"), "Upgrade");
  EXPECT_EQ(field(request_, "Sec-WebSocket-Version"), "13");
  EXPECT_EQ(field(request_, "Sec-WebSocket-Protocol"), "v5, v4");
  EXPECT_EQ(field(request_, "Sec-WebSocket-Key").size(), 24);
  EXPECT_EQ(field(request_, "Authorization"), "Bearer secret");
}

TEST_F(WebSocketClient, ReceivesFromTheVeryFirstPacketAnswersPingsAndSeesTheEnd) {
  std::string said;
  serve([&](RawSocket& socket, const std::string& accept) {
    socket.send(switching(accept) +
                "\x82\x03one\x89\x02hi\x82\x03two\x88\x05\x03\xf3"
                "bye"s);
    said = socket.read_to_end().substr(request_.size());
  });
  auto socket = opened();
  ASSERT_NE(socket, nullptr);
  EXPECT_EQ((*socket->receive(soon()))->payload, "one");
  EXPECT_EQ((*socket->receive(soon()))->payload, "two");
  ASSERT_TRUE(socket->send("three", soon()));
  const auto end = socket->receive(soon());
  ASSERT_TRUE(end) << end.error().text();
  EXPECT_FALSE(*end);
  EXPECT_EQ(socket->close_reason().code, 1011);
  EXPECT_EQ(socket->close_reason().reason, "bye");
  socket.reset();
  thread_.join();
  // A pong of 2 bytes, a message of 5, and the code that the server closed with; each with its mask.
  EXPECT_EQ(said.size(), 8 + 11 + 8);
  EXPECT_TRUE(said.starts_with("\x8a\x82"));
}

TEST_F(WebSocketClient, HandsOverTheAnswerOfAServerThatRefuses) {
  serve([](RawSocket& socket, const std::string&) {
    socket.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  });
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->socket, nullptr);
  EXPECT_EQ(opened->response.status, 403);
  EXPECT_EQ(opened->response.text(), "no");
}

class WebSocketAnswer : public WebSocketClient,
                        public ::testing::WithParamInterface<std::pair<std::string, std::string>> {};

TEST_P(WebSocketAnswer, ThatIsNoneIsRefused) {
  serve([](RawSocket& socket, const std::string& accept) {
    std::string answer = "HTTP/1.1 101 Switching Protocols\r\n" + GetParam().first + "\r\n";
    if (const auto at = answer.find('@'); at != std::string::npos) answer.replace(at, 1, accept);
    socket.send(answer);
  });
  const auto opened = open({"v4"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "the answer opens no WebSocket: " + GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(
    All, WebSocketAnswer,
    ::testing::Values(
        std::pair{"Upgrade: h2c\r\nConnection: upgrade\r\n"s, "it is for another protocol"s},
        std::pair{"Upgrade: websocket\r\n"s, "it is for another protocol"s},
        std::pair{"Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: AAAA\r\n"s,
                  "it is to another request"s},
        std::pair{"Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: @\r\n"s,
                  "it is for none of the protocols that were offered"s},
        std::pair{
            "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Protocol: v9\r\nSec-WebSocket-Accept: @\r\n"s,
            "it is for none of the protocols that were offered"s},
        std::pair{
            "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Extensions: deflate\r\nSec-WebSocket-Accept: @\r\n"s,
            "it has an extension that nobody asked for"s}));

TEST_F(WebSocketClient, SaysWhenTheConnectionEndsEarly) {
  serve([](RawSocket& socket, const std::string& accept) { socket.send(switching(accept) + "\x82\x03o"s); });
  const auto socket = opened();
  ASSERT_NE(socket, nullptr);
  const auto message = socket->receive(soon());
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, base::ErrorCode::kUnavailable);
}

TEST_F(WebSocketClient, WaitsNoLongerThanItIsToldTo) {
  serve([](RawSocket& socket, const std::string& accept) {
    socket.send(switching(accept));
    socket.read_to_end();
  });
  auto socket = opened();
  ASSERT_NE(socket, nullptr);
  const auto message = socket->receive(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, base::ErrorCode::kTimeout);
  socket.reset();
}

TEST_F(WebSocketClient, EndsWithItsClient) {
  serve([](RawSocket& socket, const std::string& accept) {
    socket.send(switching(accept));
    socket.read_to_end();
  });
  auto socket = opened();
  ASSERT_NE(socket, nullptr);
  std::thread other([this] { client_->cancel(); });
  const auto message = socket->receive(soon());
  other.join();
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, base::ErrorCode::kCancelled);
  // The client may be gone before its streams are.
  client_.reset();
  EXPECT_EQ(socket->receive(soon()).error().code, base::ErrorCode::kCancelled);
  socket.reset();
}

TEST_F(WebSocketClient, GoesThroughAProxyAsATunnel) {
  ClientOptions options;
  options.config.proxy_url = server_.url();
  client_ = make_client(options);
  std::string tunnel;
  thread_ = std::thread([&] {
    RawSocket socket = server_.accept();
    tunnel = socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\n\r\n");
    request_ = socket.read_until("==\r\n");
    socket.send(switching(websocket_accept(field(request_, "Sec-WebSocket-Key"))) + "\x82\x03one"s);
    socket.read_to_end();
  });
  auto opened = WebSocket::open(*client_, "http://cluster.example:6443/exec", {});
  ASSERT_TRUE(opened) << opened.error().text();
  ASSERT_NE(opened->socket, nullptr);
  EXPECT_EQ((*opened->socket->receive(soon()))->payload, "one");
  opened->socket.reset();
  thread_.join();
  EXPECT_TRUE(tunnel.starts_with("CONNECT cluster.example:6443 HTTP/1.1\r\n")) << tunnel;
}

}  // namespace
}  // namespace ceems::http

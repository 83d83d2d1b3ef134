#include "http/forward_test_support.h"

#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include <fmt/core.h>

namespace ceems::http {
namespace {

using namespace testing;

using Uploads = ForwardingTest;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string post(std::string_view fields, std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

TEST_F(Uploads, PassAsTheyArrive) {
  start();
  RawSocket client = connect();
  client.send(post("Content-Length: 6\r\n", "abc"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(has_line(asked.read_until("\r\n\r\nabc"), "Content-Length: 6"));
  client.send("def");
  asked.read_until("abcdef");
  asked.send(kOk);
  client.read_until("\r\n\r\nok");
  EXPECT_EQ(only_outcome().request_bytes, 6U);
  // What follows is the next request.
  client.send(ask_for("/next"));
  asked.read_until("GET /next ");
}

TEST_F(Uploads, InChunksAreFramedAnew) {
  start();
  RawSocket client = connect();
  client.send(post("Transfer-Encoding: chunked\r\n", "3;x=y\r\nabc\r\n") + "2\r\nde\r\n");
  RawSocket asked = backend.accept();
  asked.read_until("de\r\n");
  client.send("0\r\nX-Trailer: 1\r\n\r\n" + ask_for("/next"));
  const std::string request = asked.read_until("0\r\n\r\n");
  EXPECT_TRUE(has_line(request, "Transfer-Encoding: chunked")) << request;
  EXPECT_EQ(request.find("X-Trailer"), std::string::npos);
  EXPECT_EQ(request.find("x=y"), std::string::npos);
  asked.send(kOk);
  asked.read_until("GET /next ");
}

TEST_F(Uploads, AreInvitedWhenTheUpstreamIsThere) {
  start();
  RawSocket client = connect();
  client.send(post("Content-Length: 3\r\nExpect: 100-continue\r\n", ""));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 100 Continue\r\n"));
  EXPECT_FALSE(has_field(asked.read_until("\r\n\r\n"), "Expect"));
  client.send("abc");
  asked.read_until("\r\n\r\nabc");
  asked.send(kOk);
  client.read_until("\r\n\r\nok");
}

TEST_F(Uploads, CannotSmuggleAnotherRequest) {
  start();
  for (const char* fields :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Content-Length: 3\r\n folded\r\n",
        "Content-Length : 3\r\n"}) {
    RawSocket client = connect();
    client.send(post(fields, "abc"));
    const std::string reply = client.read_to_end();
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 400 ") || reply.starts_with("HTTP/1.1 501 ")) << fields;
  }
}

TEST_F(Uploads, WithBrokenChunksAreRefused) {
  start();
  RawSocket client = connect();
  client.send(post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nzz\r\n"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 400 ")) << client.received();
  const std::string request = asked.read_to_end();
  EXPECT_FALSE(request.ends_with("0\r\n\r\n")) << request;
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kClient);
  EXPECT_FALSE(blames_upstream(outcome.fault));
}

struct LimitedUploads : ForwardingTest {
  void start_limited() {
    start([this](Request& request) -> Answer {
      Forward forward = pass(request);
      forward.body = ClientBody{5};
      return forward;
    });
  }
};

TEST_F(LimitedUploads, AreRefusedByTheirLength) {
  start_limited();
  RawSocket client = connect();
  client.send(post("Content-Length: 6\r\n", "abcdef"));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413 ")) << client.received();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kClient);
}

TEST_F(LimitedUploads, AreRefusedWhenTheirChunksGoBeyond) {
  start_limited();
  RawSocket client = connect();
  client.send(post("Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n"));
  RawSocket asked = backend.accept();
  asked.read_until("abcd\r\n");
  client.send("4\r\nefgh\r\n");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413 ")) << client.received();
  EXPECT_FALSE(asked.read_to_end().ends_with("0\r\n\r\n"));
}

TEST_F(Uploads, StopWhenTheUpstreamAnswersEarly) {
  start();
  RawSocket client = connect();
  client.send(post("Content-Length: 1000000\r\n", "abc"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\nabc");
  asked.send("HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 3\r\n\r\nno\n");
  const std::string reply = client.read_to_end();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 413 ")) << reply;
  EXPECT_TRUE(has_line(reply, "Connection: close")) << reply;
  EXPECT_EQ(only_outcome().fault, ForwardFault::kNone);
}

TEST_F(Uploads, ThatStopHalfwayAreTheClientsFault) {
  start();
  RawSocket asked{base::Fd()};
  {
    RawSocket client = connect();
    client.send(post("Content-Length: 1000\r\n", "abc"));
    asked = backend.accept();
    asked.read_until("\r\n\r\nabc");
  }
  EXPECT_EQ(body_of(asked.read_to_end()), "abc");
  EXPECT_EQ(only_outcome().fault, ForwardFault::kClient);
}

TEST_F(Uploads, ThatAreTooSlowAreGivenUp) {
  start([this](Request& request) -> Answer {
    Forward forward = pass(request);
    forward.client_idle_timeout = std::chrono::milliseconds(1);
    return forward;
  });
  RawSocket client = connect();
  client.send(post("Content-Length: 1000\r\n", "abc"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408 ")) << client.received();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kClient);
}

struct ReadBodies : ForwardingTest {
  // Reads up to ten bytes, and sends them on, doubled.
  void start_reading() {
    start([this](Request&) -> Answer {
      return ReadBody{10, [this](Request& request) -> Answer {
                        Forward forward = pass(request);
                        forward.body = request.body + request.body;
                        return forward;
                      }};
    });
  }
};

TEST_F(ReadBodies, AreThereForTheDecision) {
  start_reading();
  RawSocket client = connect();
  client.send(post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"));
  RawSocket asked = backend.accept();
  const std::string request = asked.read_until("\r\n\r\nabcabc");
  EXPECT_TRUE(has_line(request, "Content-Length: 6")) << request;
  EXPECT_FALSE(has_field(request, "Transfer-Encoding")) << request;
  asked.send(kOk);
  client.read_until("\r\n\r\nok");
}

TEST_F(ReadBodies, AreBounded) {
  start_reading();
  for (const char* request : {"Content-Length: 11\r\n\r\nabcdefghijk",
                              "Transfer-Encoding: chunked\r\n\r\nb\r\nabcdefghijk\r\n0\r\n\r\n"}) {
    RawSocket client = connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\n" + std::string(request));
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413 ")) << request;
  }
}

TEST_F(ReadBodies, MayBeMissing) {
  start_reading();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  EXPECT_FALSE(has_field(asked.read_until("\r\n\r\n"), "Content-Length")) << asked.received();
}

TEST_F(ReadBodies, CanBeSentOnAsTheyWere) {
  start([this](Request&) -> Answer {
    return ReadBody{10, [this](Request& request) -> Answer { return pass(request); }};
  });
  RawSocket client = connect();
  client.send(post("Content-Length: 3\r\n", "abc"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(has_line(asked.read_until("\r\n\r\nabc"), "Content-Length: 3")) << asked.received();
}

TEST_F(Uploads, OfHandlersThatAnswerThemselvesAreNotRead) {
  start([](Request&) -> Answer { return text_response(403, "no\n"); });
  RawSocket client = connect();
  client.send(post("Content-Length: 100\r\nExpect: 100-continue\r\n", ""));
  EXPECT_TRUE(client.read_until("no\n").starts_with("HTTP/1.1 403 ")) << client.received();
  EXPECT_TRUE(has_line(client.received(), "Connection: close"));
}

// How much of 256 MB a sender gets rid of before nobody takes any for a while.
std::size_t sent_before_stalling(int fd) {
  const std::string block(std::size_t{64} * 1024, 'x');
  std::size_t sent = 0;
  while (sent < std::size_t{256} << 20) {
    pollfd polled{fd, POLLOUT, 0};
    if (::poll(&polled, 1, 500) <= 0) break;
    const auto size = ::send(fd, block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) sent += static_cast<std::size_t>(size);
  }
  return sent;
}

constexpr std::size_t kSocketBuffers = std::size_t{32} << 20;

TEST_F(Uploads, WaitForASlowUpstream) {
  start();
  RawSocket client = connect();
  client.send(post("Content-Length: 1000000000\r\n", ""));
  const RawSocket asked = backend.accept();
  EXPECT_LT(sent_before_stalling(client.fd()), kSocketBuffers);
}

TEST_F(Uploads, AnswersWaitForASlowClient) {
  start();
  RawSocket client = connect(4096);
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
  EXPECT_LT(sent_before_stalling(asked.fd()), kSocketBuffers);
}

TEST_F(Uploads, AndAnswersOfAnySizeArriveWhole) {
  start();
  constexpr std::size_t kSize = 3'000'001;
  std::string body;
  while (body.size() < kSize)
    body += std::to_string(body.size()) + " ";
  body.resize(kSize);
  std::thread upstream_side([&] {
    RawSocket asked = backend.accept();
    const std::string request = asked.read_until(body.substr(kSize - 100));
    EXPECT_TRUE(body_of(request) == body);
    asked.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
    asked.send(body);
    asked.read_until("GET /again ");
    asked.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    std::string chunk;
    for (std::size_t at = 0; at < kSize; at += 50'000) {
      const std::string piece = body.substr(at, 50'000);
      chunk = fmt::format("{:x}\r\n", piece.size()) + piece + "\r\n";
      asked.send(chunk);
    }
    asked.send("0\r\n\r\n");
  });
  RawSocket client = connect();
  std::thread sender([&] { client.send(post("Content-Length: " + std::to_string(kSize) + "\r\n", body)); });
  EXPECT_TRUE(body_of(client.read_until(body.substr(kSize - 100))) == body);
  sender.join();
  RawSocket again = connect();
  again.send("GET /again HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(body_of(again.read_to_end()) == body);
  upstream_side.join();
  const auto all = outcomes.wait_for(2);
  EXPECT_EQ(all[0].request_bytes, kSize);
  EXPECT_EQ(all[0].response_bytes, kSize);
  EXPECT_EQ(all[1].response_bytes, kSize);
}

}  // namespace
}  // namespace ceems::http

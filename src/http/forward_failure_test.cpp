#include "http/forward_test_support.h"

#include <stdexcept>
#include <thread>

namespace ceems::http {
namespace {

using namespace testing;
using std::chrono::milliseconds;

using Failing = ForwardingTest;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// A port that nobody listens on.
std::string dead_url() {
  RawServer server;
  const std::string url = server.url();
  server.close();
  return url;
}

struct KeptConnections : ForwardingTest {
  // Leaves one kept connection behind, whose other end is returned.
  RawSocket keep_one() {
    RawSocket client = connect();
    client.send(ask_for("/first"));
    RawSocket asked = backend.accept();
    asked.read_until("\r\n\r\n");
    asked.send(kOk);
    client.read_until("\r\n\r\nok");
    outcomes.wait_for(1);
    return asked;
  }
  void start_reading(bool idempotent) {
    start([this, idempotent](Request&) -> Answer {
      return ReadBody{100, [this, idempotent](Request& request) -> Answer {
                        Forward forward = pass(request);
                        forward.body = std::move(request.body);
                        forward.idempotent = idempotent;
                        return forward;
                      }};
    });
  }
};

TEST_F(KeptConnections, ThatWereClosedAreReplaced) {
  start();
  static_cast<void>(keep_one());
  for (const std::string& request : {ask_for("/second"), post("/second", "body")}) {
    RawSocket client = connect();
    client.send(request);
    RawSocket asked = backend.accept();
    asked.read_until(request.substr(request.size() - 4));
    asked.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    client.read_until("\r\n\r\nok");
  }
  const auto all = outcomes.wait_for(3);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].fault, ForwardFault::kNone);
  EXPECT_FALSE(all[1].kept_connection);
  EXPECT_EQ(all[2].fault, ForwardFault::kNone);
}

TEST_F(KeptConnections, ThatDieAreReplacedWhereTheRequestCanBeSentAgain) {
  start_reading(true);
  {
    RawSocket kept = keep_one();
    RawSocket client = connect();
    client.send(post("/second", "body"));
    kept.read_until("\r\n\r\nbody");
    kept = RawSocket(base::Fd());
    RawSocket asked = backend.accept();
    asked.read_until("\r\n\r\nbody");
    asked.send(kOk);
    client.read_until("\r\n\r\nok");
  }
  const auto all = outcomes.wait_for(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].fault, ForwardFault::kNone);
  EXPECT_EQ(all[1].request_bytes, 4U);
}

TEST_F(KeptConnections, ThatDieWithARequestThatMayHaveBeenServedAreABadGateway) {
  start_reading(false);
  RawSocket kept = keep_one();
  RawSocket client = connect();
  client.send(post("/second", "body"));
  kept.read_until("\r\n\r\nbody");
  kept = RawSocket(base::Fd());
  EXPECT_TRUE(client.read_until("Gateway\n").starts_with("HTTP/1.1 502 ")) << client.received();
  const auto all = outcomes.wait_for(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].fault, ForwardFault::kBroken);
  EXPECT_FALSE(all[1].can_retry);
}

TEST_F(KeptConnections, AreClosedAfterAWhile) {
  options.keep_time = milliseconds(1);
  start();
  RawSocket kept = keep_one();
  kept.read_to_end();
}

TEST_F(KeptConnections, AreNoMoreThanAllowed) {
  options.max_kept = 0;
  start();
  RawSocket closed = keep_one();
  closed.read_to_end();
}

TEST_F(KeptConnections, AreClosedWhenTheServerStops) {
  start();
  RawSocket kept = keep_one();
  server->stop(milliseconds(0));
  kept.read_to_end();
}

TEST_F(KeptConnections, ThatSayMoreThanWasAskedAreNotUsedAgain) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/first"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
  client.read_until("\r\n\r\nok");
  asked.read_to_end();
  client.send(ask_for("/second"));
  RawSocket fresh = backend.accept();
  fresh.read_until("/second");
  fresh.send(kOk);
  outcomes.wait_for(2);
  EXPECT_EQ(client.received().find("forged"), std::string::npos);
}

// What a client gets, and how the attempt ended, when the upstream says this and closes.
struct Broken : ForwardingTest {
  std::string reply;
  bool reset = false;
  Outcome ending;

  void upstream_says(std::string_view response, std::string_view request) {
    if (!server) start();
    RawSocket client = connect();
    client.send(request);
    {
      RawSocket asked = backend.accept();
      asked.read_until("\r\n\r\n");
      asked.send(response);
    }
    reply = client.read_to_end();
    reset = client.reset();
    ending = outcomes.wait_for(++count_).back();
  }

 private:
  std::size_t count_ = 0;
};

TEST_F(Broken, BodiesAreCut) {
  upstream_says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ask_for("/"));
  EXPECT_TRUE(has_line(reply, "Content-Length: 10") || reset) << reply;
  EXPECT_EQ(ending.fault, ForwardFault::kBroken);
  EXPECT_TRUE(ending.head_sent);
  EXPECT_EQ(ending.response_bytes, 3U);
  EXPECT_TRUE(blames_upstream(ending.fault));
}

TEST_F(Broken, ChunkedBodiesDoNotEnd) {
  upstream_says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ask_for("/"));
  EXPECT_FALSE(reply.ends_with("0\r\n\r\n")) << reply;
  EXPECT_EQ(ending.fault, ForwardFault::kBroken);
}

TEST_F(Broken, ChunksThatAreNoneAreABadGatewayAtFirst) {
  upstream_says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                ask_for("/", "Connection: close\r\n"));
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 502 ")) << reply;
  EXPECT_EQ(ending.fault, ForwardFault::kMalformed);
}

TEST_F(Broken, ChunksThatAreNoneCutTheConnectionLater) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.read_until("abc");
  asked.send("xyz\r\n");
  EXPECT_FALSE(client.read_to_end().ends_with("0\r\n\r\n")) << client.received();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kMalformed);
}

TEST_F(Broken, OldClientsSeeAReset) {
  upstream_says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(reset);
}

TEST_F(Broken, ResponsesThatDoNotBeginAreABadGateway) {
  const std::string close = ask_for("/", "Connection: close\r\n");
  upstream_says("", close);
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 502 ")) << reply;
  EXPECT_EQ(ending.fault, ForwardFault::kBroken);
  EXPECT_TRUE(ending.can_retry);
  upstream_says("HTTP/1.1 200 OK\r\nContent-Le", close);
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 502 ")) << reply;
  upstream_says("HTTP/1.1 100 Continue\r\n\r\n", close);
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 502 ")) << reply;
}

TEST_F(Broken, WhatIsNoResponseIsABadGateway) {
  const std::string too_many(20'000, 'x');
  for (const std::string& garbage : std::vector<std::string>{
           "SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX: " + too_many + "\r\nY: " + too_many + "\r\nZ: " + too_many +
               "\r\nW: " + too_many + "\r\n\r\n"}) {
    upstream_says(garbage, ask_for("/", "Connection: close\r\n"));
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 502 ")) << garbage.substr(0, 80) << "\n" << reply;
    EXPECT_EQ(ending.fault, ForwardFault::kMalformed) << garbage.substr(0, 80);
    EXPECT_EQ(ending.error.subject, upstream->url());
  }
}

TEST_F(Failing, UpstreamsThatAreNotThere) {
  options.url = dead_url();
  start();
  RawSocket client = connect();
  client.send(post("/", "body"));
  EXPECT_TRUE(client.read_until("Gateway\n").starts_with("HTTP/1.1 502 ")) << client.received();
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kConnect);
  // It has seen nothing, and the client's body is still unread.
  EXPECT_TRUE(outcome.can_retry);
}

TEST_F(Failing, NamesThatDoNotExist) {
  options.url = "http://no-such-host.invalid:1";
  start();
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: close\r\n"));
  client.read_to_end();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kConnect);
}

TEST_F(Failing, UpstreamsThatDoNotAnswer) {
  options.response_timeout = milliseconds(1);
  start();
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: close\r\n"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 504 ")) << client.received();
  asked.read_to_end();
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kTimeout);
  EXPECT_TRUE(outcome.can_retry);
}

TEST_F(Failing, UpstreamsThatStopInTheMiddle) {
  options.idle_timeout = milliseconds(1);
  start();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  client.read_to_end();
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kTimeout);
  EXPECT_FALSE(outcome.can_retry);
}

TEST_F(Failing, UpstreamsThatTakeTooLongInAll) {
  options.total_timeout = milliseconds(1);
  start();
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: close\r\n"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 504 ")) << client.received();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kTimeout);
}

TEST_F(Failing, ClientsThatGoEndTheExchange) {
  start();
  RawSocket asked{base::Fd()};
  {
    RawSocket client = connect();
    client.send(ask_for("/"));
    asked = backend.accept();
    asked.read_until("\r\n\r\n");
  }
  asked.read_to_end();
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kClient);
  EXPECT_FALSE(blames_upstream(outcome.fault));
}

TEST_F(Failing, ClientsThatGoInTheMiddleEndTheExchange) {
  start();
  RawSocket asked{base::Fd()};
  {
    RawSocket client = connect();
    client.send(ask_for("/"));
    asked = backend.accept();
    asked.read_until("\r\n\r\n");
    asked.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.read_until("abc");
  }
  asked.read_to_end();
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kClient);
  EXPECT_TRUE(outcome.head_sent);
}

TEST_F(Failing, ClientsThatDoNotReadAreGivenUp) {
  start([this](Request& request) -> Answer {
    Forward forward = pass(request);
    forward.client_idle_timeout = milliseconds(1);
    return forward;
  });
  RawSocket client = connect(4096);
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
  // Ends when the proxy closes.
  asked.send(std::string(std::size_t{100} << 20, 'x'));
  EXPECT_EQ(only_outcome().fault, ForwardFault::kClient);
}

struct Retried : ForwardingTest {
  std::string first_url = dead_url();
  std::shared_ptr<const Upstream> first;
  std::string order;

  // Tries `first_url`, then the backend.
  void start_with_two(bool idempotent) {
    UpstreamOptions dead;
    dead.url = first_url;
    first = make_upstream(dead);
    start([this, idempotent](Request&) -> Answer {
      return ReadBody{100, [this, idempotent](Request& request) -> Answer {
                        Forward forward = pass(request);
                        forward.upstream = first;
                        forward.idempotent = idempotent;
                        forward.body = std::move(request.body);
                        forward.on_end = [this](const Outcome& outcome) {
                          order += "end ";
                          outcomes.add(outcome);
                        };
                        forward.on_failure = [this](const Outcome&,
                                                    std::unique_ptr<Forward> failed) -> Answer {
                          order += "failure ";
                          failed->upstream = upstream;
                          failed->on_end = [this](const Outcome& outcome) { outcomes.add(outcome); };
                          return std::move(*failed);
                        };
                        return forward;
                      }};
    });
  }
};

TEST_F(Retried, WithTheBodyThatWasRead) {
  start_with_two(false);
  RawSocket client = connect();
  client.send(post("/path", "body"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(asked.read_until("\r\n\r\nbody").starts_with("POST /path ")) << asked.received();
  asked.send(kOk);
  client.read_until("\r\n\r\nok");
  const auto all = outcomes.wait_for(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].fault, ForwardFault::kConnect);
  EXPECT_TRUE(all[0].can_retry);
  EXPECT_EQ(all[1].fault, ForwardFault::kNone);
  EXPECT_EQ(order, "end failure ");
}

TEST_F(Retried, AfterAnAnswerThatIsNone) {
  RawServer strange;
  first_url = strange.url();
  start_with_two(true);
  RawSocket client = connect();
  client.send(post("/path", "body"));
  {
    RawSocket asked = strange.accept();
    asked.read_until("\r\n\r\nbody");
    asked.send("nonsense\r\n");
  }
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\nbody");
  asked.send(kOk);
  client.read_until("\r\n\r\nok");
  EXPECT_EQ(outcomes.wait_for(2).size(), 2U);
}

TEST_F(Retried, OnlyWhereThatIsSafe) {
  RawServer strange;
  first_url = strange.url();
  start_with_two(false);
  RawSocket client = connect();
  client.send(post("/path", "body"));
  {
    RawSocket asked = strange.accept();
    asked.read_until("\r\n\r\nbody");
  }
  EXPECT_TRUE(client.read_until("Gateway\n").starts_with("HTTP/1.1 502 ")) << client.received();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kBroken);
}

TEST_F(Failing, HandlersMayAnswerInPlaceOfTheUpstream) {
  options.url = dead_url();
  start([this](Request& request) -> Answer {
    Forward forward = pass(request);
    forward.on_failure = [](const Outcome& outcome, std::unique_ptr<Forward>) -> Answer {
      return text_response(503, std::string(fault_name(outcome.fault)) + "\n");
    };
    return forward;
  });
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: close\r\n"));
  const std::string reply = client.read_to_end();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 503 ")) << reply;
  EXPECT_EQ(body_of(reply), "connect\n");
}

TEST_F(Failing, HooksThatThrowAreFailures) {
  start([this](Request& request) -> Answer {
    Forward forward = pass(request);
    forward.on_head = [](ForwardedHead&) -> base::Status { throw std::runtime_error("oops"); };
    return forward;
  });
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: close\r\n"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send(kOk);
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 502 ")) << client.received();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kRewrite);
}

TEST_F(Failing, ServersThatStopLetAnswersFinish) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  std::thread stopping([&] { server->stop(milliseconds(kPatienceMs)); });
  // Refuses new connections as soon as it stops.
  while (connect().connected())
    std::this_thread::yield();
  asked.send(kOk);
  const std::string reply = client.read_to_end();
  stopping.join();
  EXPECT_TRUE(has_line(reply, "Connection: close")) << reply;
  EXPECT_EQ(body_of(reply), "ok");
  EXPECT_EQ(only_outcome().fault, ForwardFault::kNone);
}

TEST_F(Failing, ServersThatMustStopEndTheExchange) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  server->stop(milliseconds(0));
  server.reset();
  asked.read_to_end();
  client.read_to_end();
  EXPECT_EQ(only_outcome().fault, ForwardFault::kStopped);
}

}  // namespace
}  // namespace ceems::http

#include "http/forward_test_support.h"

#include <stdexcept>
#include <thread>

namespace ceems::http {
namespace {

using namespace testing;

using Forwarded = ForwardingTest;

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-From: backend\r\n\r\nhello";

TEST_F(Forwarded, RequestsComeBackWithTheAnswer) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/path?query=1", "Accept-Encoding: gzip, br\r\n"));
  RawSocket asked = backend.accept();
  const std::string request = asked.read_until("\r\n\r\n");
  EXPECT_TRUE(request.starts_with("GET /path?query=1 HTTP/1.1\r\nHost: 127.0.0.1:")) << request;
  EXPECT_TRUE(has_line(request, "Accept-Encoding: gzip, br")) << request;
  EXPECT_TRUE(has_line(request, "X-Forwarded-For: 127.0.0.1")) << request;
  EXPECT_FALSE(has_field(request, "Connection")) << request;
  asked.send(kHello);
  const std::string reply = client.read_until("hello");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_TRUE(has_line(reply, "X-From: backend")) << reply;
  EXPECT_TRUE(has_line(reply, "Content-Length: 5")) << reply;

  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kNone);
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.response_bytes, 5U);
  EXPECT_TRUE(outcome.head_sent);
  EXPECT_FALSE(outcome.can_retry);
  EXPECT_GE(outcome.duration, outcome.to_head);
}

TEST_F(Forwarded, RequestsShareAKeptConnection) {
  start();
  RawSocket first = connect();
  first.send(ask_for("/1"));
  RawSocket asked = backend.accept();
  asked.read_until("/1 HTTP/1.1");
  asked.send(kHello);
  first.read_until("hello");
  outcomes.wait_for(1);
  RawSocket second = connect();
  second.send(ask_for("/2"));
  asked.read_until("/2 HTTP/1.1");
  asked.send("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_TRUE(second.read_until("\r\n\r\n").starts_with("HTTP/1.1 204 ")) << second.received();
  EXPECT_FALSE(has_field(second.received(), "Content-Length"));
  EXPECT_TRUE(outcomes.wait_for(2)[1].kept_connection);
}

TEST_F(Forwarded, ClientsKeepTheirConnection) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/1") + ask_for("/2", "Connection: close\r\n"));
  RawSocket asked = backend.accept();
  asked.read_until("/1 HTTP/1.1");
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
  asked.read_until("/2 HTTP/1.1");
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
  const std::string replies = client.read_to_end();
  EXPECT_NE(replies.find("\r\n\r\none"), std::string::npos) << replies;
  EXPECT_TRUE(replies.ends_with("\r\n\r\ntwo")) << replies;
}

TEST_F(Forwarded, FieldsOfOneConnectionStayBehind) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/",
                      "Connection: keep-alive, X-Secret, Upgrade\r\nX-Secret: 1\r\nUpgrade: websocket\r\n"
                      "TE: trailers\r\nKeep-Alive: timeout=5\r\nProxy-Authorization: Basic eA==\r\n"
                      "Authorization: Basic eA==\r\nX-Kept: 1\r\n"));
  RawSocket asked = backend.accept();
  const std::string request = asked.read_until("\r\n\r\n");
  for (const char* name :
       {"Connection", "X-Secret", "Upgrade", "TE", "Keep-Alive", "Proxy-Authorization", "Authorization"})
    EXPECT_FALSE(has_field(request, name)) << name;
  EXPECT_TRUE(has_line(request, "X-Kept: 1"));
  asked.send(
      "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nX-End: 1\r\n"
      "Proxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nok");
  const std::string reply = client.read_until("\r\n\r\nok");
  for (const char* name : {"Connection", "X-Hop", "Keep-Alive", "Proxy-Authenticate"})
    EXPECT_FALSE(has_field(reply, name)) << name;
  EXPECT_TRUE(has_line(reply, "X-End: 1"));
}

TEST_F(Forwarded, ConnectionCannotNameWhatAHandlerAdds) {
  start([this](Request& request) -> Answer {
    Forward forward = pass(request);
    forward.fields.set("X-User", "alice");
    return forward;
  });
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: X-User\r\nX-User: mallory\r\n"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(has_line(asked.read_until("\r\n\r\n"), "X-User: alice")) << asked.received();
  EXPECT_EQ(asked.received().find("mallory"), std::string::npos);
}

TEST_F(Forwarded, ChunkedBodiesStayChunked) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n");
  // The head comes before any of the body.
  EXPECT_TRUE(has_line(client.read_until("\r\n\r\n"), "Transfer-Encoding: chunked"));
  EXPECT_FALSE(has_field(client.received(), "Trailer"));
  asked.send("3;ext=1\r\none\r\n");
  client.read_until("one\r\n");
  asked.send("2\r\ntw\r\n1\r\no\r\n0\r\nX-T: 1\r\n\r\n");
  EXPECT_EQ(body_of(client.read_until("0\r\n\r\n")), "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
  EXPECT_EQ(only_outcome().response_bytes, 6U);
}

TEST_F(Forwarded, BodiesThatEndWithTheConnectionBecomeChunks) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/"));
  {
    RawSocket asked = backend.accept();
    asked.read_until("\r\n\r\n");
    asked.send("HTTP/1.0 200 OK\r\n\r\nsome");
    client.read_until("some");
  }
  const std::string reply = client.read_until("0\r\n\r\n");
  EXPECT_EQ(body_of(reply), "4\r\nsome\r\n0\r\n\r\n");
  EXPECT_EQ(only_outcome().fault, ForwardFault::kNone);
}

TEST_F(Forwarded, OldClientsGetBodiesThatEndWithTheConnection) {
  start();
  RawSocket client = connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n");
  const std::string reply = client.read_to_end();
  EXPECT_EQ(body_of(reply), "one");
  EXPECT_FALSE(has_field(reply, "Transfer-Encoding"));
  EXPECT_FALSE(client.reset());
}

TEST_F(Forwarded, HeadsTellTheLengthOfABodyThatDoesNotCome) {
  start();
  RawSocket client = connect();
  client.send("HEAD /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  RawSocket asked = backend.accept();
  EXPECT_TRUE(asked.read_until("\r\n\r\n").starts_with("HEAD /1 "));
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
  EXPECT_TRUE(has_line(client.read_until("\r\n\r\n"), "Content-Length: 1234"));
  // Both connections are ready for the next.
  client.send(ask_for("/2", "Connection: close\r\n"));
  asked.read_until("GET /2 ");
  asked.send("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("Connection: close\r\n\r\n")) << client.received();
}

TEST_F(Forwarded, InterimResponsesAreNotPassedOn) {
  start();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + std::string(kHello));
  EXPECT_TRUE(client.read_until("hello").starts_with("HTTP/1.1 200 OK\r\n")) << client.received();
}

TEST_F(Forwarded, HandlersMayAnswerThemselves) {
  start([this](Request& request) -> Answer {
    if (request.path() == "/here") return text_response(403, "no\n");
    return pass(request);
  });
  RawSocket client = connect();
  client.send(ask_for("/here", "Connection: close\r\n"));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 403 ")) << client.received();
}

TEST_F(Forwarded, DecisionsMayBeTakenOnAWorker) {
  server_options.worker_threads = 1;
  start([this](Request&) -> Answer {
    const auto network_thread = std::this_thread::get_id();
    return Later{[this, network_thread](Request& request) -> Answer {
      Forward forward = pass(request);
      forward.fields.set("X-Elsewhere", std::this_thread::get_id() == network_thread ? "no" : "yes");
      return forward;
    }};
  });
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  EXPECT_TRUE(has_line(asked.read_until("\r\n\r\n"), "X-Elsewhere: yes")) << asked.received();
  asked.send(kHello);
  client.read_until("hello");
  EXPECT_EQ(only_outcome().fault, ForwardFault::kNone);
}

TEST_F(Forwarded, HandlersThatThrowAre500) {
  start([](Request& request) -> Answer {
    if (request.path() == "/now") throw std::runtime_error("oops");
    return Later{[](Request&) -> Answer { throw std::runtime_error("oops"); }};
  });
  for (const char* path : {"/now", "/later"}) {
    RawSocket client = connect();
    client.send(ask_for(path, "Connection: close\r\n"));
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 500 ")) << path;
  }
}

TEST_F(Forwarded, NothingIsTunnelledOrTraced) {
  start();
  for (const char* method : {"CONNECT", "TRACE"}) {
    RawSocket client = connect();
    client.send(std::string(method) + " / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 405 ")) << method;
  }
}

TEST_F(Forwarded, HeadsCanBeEdited) {
  start([this](Request& request) -> Answer {
    Forward forward = pass(request);
    forward.on_head = [](ForwardedHead& head) -> base::Status {
      head.status = 422;
      head.fields.remove("X-From");
      head.fields.add("X-Seen", "1");
      return {};
    };
    return forward;
  });
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send(kHello);
  const std::string reply = client.read_until("hello");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 422 ")) << reply;
  EXPECT_FALSE(has_field(reply, "X-From"));
  EXPECT_TRUE(has_line(reply, "X-Seen: 1"));
  EXPECT_EQ(only_outcome().status, 200);
}

struct Rewritten : ForwardingTest {
  // Doubles each piece, and says when it is over. "!" is an error.
  void start_rewriting() {
    start([this](Request& request) -> Answer {
      Forward forward = pass(request);
      forward.on_head = [](ForwardedHead& head) -> base::Status {
        head.rewriter = [](std::string_view piece, bool last, std::string& out) -> base::Status {
          if (piece.find('!') != std::string_view::npos)
            return base::fail(base::ErrorCode::kInvalid, "", "cannot be rewritten");
          for (int i = 0; i < 2; ++i)
            out += piece;
          if (last) out += ".";
          return {};
        };
        return {};
      };
      return forward;
    });
  }
  std::string answer_to(std::string_view request, std::string_view response) {
    RawSocket client = connect();
    client.send(request);
    {
      RawSocket asked = backend.accept();
      asked.read_until("\r\n\r\n");
      asked.send(response);
      if (response.find("until close") == std::string_view::npos) return client.read_until("0\r\n\r\n");
    }
    return client.read_to_end();
  }
};

TEST_F(Rewritten, BodiesLoseTheirLength) {
  start_rewriting();
  const std::string reply =
      answer_to(ask_for("/"), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
  EXPECT_FALSE(has_field(reply, "Content-Length"));
  EXPECT_EQ(body_of(reply), "7\r\nabcabc.\r\n0\r\n\r\n");
}

TEST_F(Rewritten, ChunksAreDecodedFirst) {
  start_rewriting();
  const std::string reply =
      answer_to(ask_for("/"),
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(reply), "7\r\nabcabc.\r\n0\r\n\r\n");
}

TEST_F(Rewritten, BodiesMayEndWithTheConnection) {
  start_rewriting();
  const std::string reply =
      answer_to("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil close");
  EXPECT_EQ(body_of(reply), "until closeuntil close.");
}

TEST_F(Rewritten, EmptyBodiesAreToldToo) {
  start_rewriting();
  const std::string reply =
      answer_to(ask_for("/"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(body_of(reply), "1\r\n.\r\n0\r\n\r\n");
}

TEST_F(Rewritten, FailuresBeforeTheFirstByteAreABadGateway) {
  start_rewriting();
  RawSocket client = connect();
  client.send(ask_for("/", "Connection: close\r\n"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n!!!");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 502 ")) << client.received();
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kRewrite);
  EXPECT_FALSE(outcome.head_sent);
  EXPECT_EQ(outcome.error.message, "cannot be rewritten");
}

TEST_F(Rewritten, LaterFailuresCutTheConnection) {
  start_rewriting();
  RawSocket client = connect();
  client.send(ask_for("/"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
  client.read_until("abab");
  asked.send("!!!");
  const std::string reply = client.read_to_end();
  EXPECT_FALSE(reply.ends_with("0\r\n\r\n")) << reply;
  const Outcome outcome = only_outcome();
  EXPECT_EQ(outcome.fault, ForwardFault::kRewrite);
  EXPECT_TRUE(outcome.head_sent);
}

TEST_F(Forwarded, TheServersOwnHooksSeeTheAnswer) {
  server_options.finish = [](const Request& request, Response& response) {
    response.fields.set("X-Log", request.target + " " + std::to_string(response.status));
  };
  start();
  RawSocket client = connect();
  client.send(ask_for("/seen"));
  RawSocket asked = backend.accept();
  asked.read_until("\r\n\r\n");
  asked.send(kHello);
  EXPECT_TRUE(has_line(client.read_until("hello"), "X-Log: /seen 200")) << client.received();
}

}  // namespace
}  // namespace ceems::http

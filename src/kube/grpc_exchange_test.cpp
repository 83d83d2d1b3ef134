#include "kube/grpc_exchange.h"

#include "kube/http2_frames_test.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::kube {
namespace {

using namespace testing;

constexpr std::size_t kMost = 1000;

GrpcRequest request() {
  GrpcRequest made;
  made.method = "/v1.PodResourcesLister/List";
  made.most_bytes = kMost;
  return made;
}

// What comes of an answer that arrives in pieces of that size.
std::optional<base::Result<GrpcReply>> reply_to(const std::string& answer, std::size_t piece = 1 << 20) {
  GrpcExchange exchange(request());
  EXPECT_NE(exchange.take_output(), "");
  for (std::size_t at = 0; at < answer.size(); at += piece) {
    (void)exchange.receive(std::string_view(answer).substr(at, piece));
    (void)exchange.take_output();
  }
  return exchange.reply();
}

TEST(GrpcExchange, BeginsWithThePrefaceOfHttp2) {
  GrpcExchange exchange(request());
  EXPECT_TRUE(exchange.take_output().starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_EQ(exchange.take_output(), "");
  EXPECT_FALSE(exchange.reply());
}

TEST(GrpcExchange, GivesTheMessageHoweverItArrives) {
  const std::string answer = settings() + response_headers() + message("pods") + trailers("0");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, answer.size()}) {
    const auto reply = reply_to(answer, piece);
    ASSERT_TRUE(reply);
    ASSERT_TRUE(*reply) << reply->error().text();
    EXPECT_EQ((*reply)->status, kGrpcOk);
    EXPECT_EQ((*reply)->body, "pods");
  }
}

TEST(GrpcExchange, GivesAnEmptyMessage) {
  const auto reply = reply_to(settings() + response_headers() + message("") + trailers("0"));
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->body, "");
}

TEST(GrpcExchange, GivesTheStatusOfACallThatFailed) {
  const auto reply = reply_to(
      settings() + headers(field(":status", "200") + field("content-type", "application/grpc") +
                               field("grpc-status", "12") + field("grpc-message", "no%20such%0Acall"),
                           true));
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->status, kGrpcUnimplemented);
  EXPECT_EQ((*reply)->message, "no such call");
  EXPECT_EQ((*reply)->body, "");
}

TEST(GrpcExchange, SaysWhatIsWrongWithAnAnswer) {
  const std::string start = settings() + response_headers();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/2"},
      {std::string(100, '\xFF'), "HTTP/2"},
      {start + data_frame("\x01") + trailers("0"), "no message"},
      {start + data_frame(std::string("\x01\0\0\0\x01x", 6)) + trailers("0"), "compressed"},
      {start + data_frame(std::string("\0\0\0\0\x09x", 6)) + trailers("0"), "not one whole message"},
      {start + data_frame(std::string("\0\xFF\xFF\xFF\xFFx", 6)) + trailers("0"), "not one whole message"},
      {start + message("a") + message("b") + trailers("0"), "not one whole message"},
      {start + message("a") + headers(field("x", "y"), true), "no status"},
      {start + message("a") + trailers("many"), "no status"},
      {settings() + headers(field(":status", "404"), true), "HTTP status 404"},
      {settings() + headers(field(":status", "200") + field("content-type", "text/html"), true), "no gRPC"},
      {start + reset(2), "ended the call"},
      {start + reset(0), "no status"},
      {settings() + go_away(0), "going away"},
      {start + data_frame(std::string(800, 'x')) + data_frame(std::string(800, 'x')),
       "larger than 1000 bytes"},
  };
  for (const auto& [answer, part] : cases) {
    const auto reply = reply_to(answer);
    ASSERT_TRUE(reply) << part;
    ASSERT_FALSE(*reply) << part;
    EXPECT_NE(reply->error().text().find(part), std::string::npos) << reply->error().text();
  }
}

TEST(GrpcExchange, IsFinishedByAPeerThatGoesAwayAfterIt) {
  const auto reply = reply_to(settings() + go_away(1) + response_headers() + message("a") + trailers("0"));
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->body, "a");
}

TEST(GrpcExchange, EndsWhereTheresNoEndOfFrames) {
  std::string answer = settings();
  for (int i = 0; i < 500; ++i)
    answer += frame(0xFA, 0, 0, std::string(10'000, 'x'));  // of no type that anybody knows
  const auto reply = reply_to(answer, 4096);
  ASSERT_TRUE(reply);
  EXPECT_FALSE(*reply);
}

}  // namespace
}  // namespace ceems::kube

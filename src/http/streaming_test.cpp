#include "http/test_support.h"

#include <atomic>
#include <thread>

namespace ceems::http {
namespace {

using namespace testing;

constexpr std::size_t kPieceBytes = 64 * 1024;

// `pieces` pieces, each of one letter; `produced` counts the bytes.
Handler stream_of(std::size_t pieces, std::atomic<std::size_t>& produced) {
  return [pieces, &produced](const Request&) {
    Response response;
    response.body = BodyProducer(
        [pieces, &produced, count = std::size_t{0}](std::string& chunk) mutable -> base::Result<bool> {
          chunk.append(kPieceBytes, static_cast<char>('a' + count % 26));
          produced += kPieceBytes;
          return ++count < pieces;
        });
    return response;
  };
}

std::string expected_stream(std::size_t pieces) {
  std::string all;
  for (std::size_t i = 0; i < pieces; ++i)
    all.append(kPieceBytes, static_cast<char>('a' + i % 26));
  return all;
}

TEST(Streaming, ReachesAClientInChunks) {
  std::atomic<std::size_t> produced = 0;
  const auto server = run_server(loopback_options(), {get_route("/stream", stream_of(100, produced))});
  const auto client = make_client();
  for (int i = 0; i < 2; ++i) {
    const auto response = client->send(url_of(*server, "/stream"), {});
    ASSERT_TRUE(response) << response.error().text();
    EXPECT_EQ(response->fields.find("Transfer-Encoding"), "chunked");
    EXPECT_EQ(response->text(), expected_stream(100));
  }
}

TEST(Streaming, EndsWithTheConnectionForHttp10) {
  std::atomic<std::size_t> produced = 0;
  const auto server = run_server(loopback_options(), {get_route("/stream", stream_of(3, produced))});
  RawSocket socket(port_of(server->addresses().front()));
  socket.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string& reply = socket.read_to_end();
  EXPECT_EQ(reply.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(reply.substr(reply.find("\r\n\r\n") + 4), expected_stream(3));
  EXPECT_FALSE(socket.reset());
}

TEST(Streaming, IsNotProducedForHead) {
  std::atomic<std::size_t> produced = 0;
  const auto server = run_server(loopback_options(), {get_route("/stream", stream_of(3, produced))});
  Request request;
  request.method = "HEAD";
  EXPECT_EQ(make_client()->send(url_of(*server, "/stream"), std::move(request))->text(), "");
  EXPECT_EQ(produced, 0U);
}

TEST(Streaming, WaitsForASlowReader) {
  std::atomic<std::size_t> produced = 0;
  constexpr std::size_t kPieces = 400;
  const auto server = run_server(loopback_options(), {get_route("/stream", stream_of(kPieces, produced))});
  RawSocket socket(port_of(server->addresses().front()), 4096);
  socket.send("GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  socket.read_until("\r\n\r\n");
  EXPECT_LT(produced, kPieces * kPieceBytes) << "most of it has to wait";
  EXPECT_TRUE(socket.read_to_end().ends_with("\r\n0\r\n\r\n"));
  EXPECT_EQ(produced, kPieces * kPieceBytes);
}

TEST(Streaming, GivesUpOnAReaderThatHasStopped) {
  std::atomic<std::size_t> produced = 0;
  Route route = get_route("/stream", stream_of(16'000, produced));
  route.write_timeout = std::chrono::milliseconds(100);
  const auto server = run_server(loopback_options(), {route});
  RawSocket socket(port_of(server->addresses().front()), 4096);
  socket.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.read_until("\r\n\r\n");
  server->stop(std::chrono::seconds(20));
  EXPECT_LT(produced, 160 * kPieceBytes * 10) << "what was produced is what buffers could take";
  EXPECT_FALSE(socket.read_to_end().ends_with("\r\n0\r\n\r\n"));
}

Response broken_after(std::size_t pieces) {
  Response response;
  response.body =
      BodyProducer([pieces, count = std::size_t{0}](std::string& chunk) mutable -> base::Result<bool> {
        if (count++ == pieces) return base::fail(base::ErrorCode::kInternal, "", "the source broke");
        chunk += "piece ";
        return true;
      });
  return response;
}

TEST(Streaming, BreaksTheBodyWhenItsSourceFails) {
  const auto server =
      run_server(loopback_options(), {get_route("/", [](const Request&) { return broken_after(2); })});
  const auto response = make_client()->send(url_of(*server, "/"), {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::ErrorCode::kUnavailable);
  RawSocket old(port_of(server->addresses().front()));
  old.send("GET / HTTP/1.0\r\n\r\n");
  old.read_to_end();
  EXPECT_TRUE(old.reset()) << "an orderly end would make the body look complete";
}

TEST(Streaming, FailsProperlyBeforeTheFirstPiece) {
  const auto server =
      run_server(loopback_options(), {get_route("/", [](const Request&) { return broken_after(0); })});
  const auto response = make_client()->send(url_of(*server, "/"), {});
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 500);
}

}  // namespace
}  // namespace ceems::http

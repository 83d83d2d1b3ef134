#include "http/websocket_frames.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::http {
namespace {

using namespace std::string_literals;

constexpr std::size_t kMost = 300;

// Each message as "kind:payload", then how it ended.
std::string read_all(const std::string& bytes, std::size_t piece = 1'000'000) {
  WebSocketReader reader(kMost);
  std::string told;
  for (std::size_t at = 0; at <= bytes.size(); at += piece) {
    reader.feed(std::string_view(bytes).substr(at, piece));
    while (true) {
      const auto message = reader.next();
      if (!message) return told + "! " + message.error().message;
      if (!*message) break;
      told += std::to_string(static_cast<int>((*message)->kind)) + ":" + (*message)->payload + " ";
    }
  }
  return told;
}

TEST(WebSocketFrames, ReadsMessagesWholeAndInPiecesHoweverTheyArrive) {
  // The examples of RFC 6455 §5.7, with a ping between two pieces.
  const std::string bytes =
      "\x81\x05Hello"
      "\x01\x03Hel"
      "\x89\x02"
      "on"
      "\x80\x02lo"
      "\x82\x00"
      "\x88\x02\x03\xe8"s;
  for (const std::size_t piece : std::vector<std::size_t>{1, 2, 7, 100}) {
    EXPECT_EQ(read_all(bytes, piece), "1:Hello 9:on 1:Hello 2: 8:\x03\xe8 ") << piece;
  }
}

TEST(WebSocketFrames, ReadsEveryFormOfLength) {
  EXPECT_EQ(read_all("\x82\x7e\x00\xc8"s + std::string(200, 'x')), "2:" + std::string(200, 'x') + " ");
  WebSocketReader reader(70'000);
  reader.feed("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65'536, 'y'));
  const auto message = reader.next();
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->payload.size(), 65'536);
}

TEST(WebSocketFrames, RefusesWhatIsNoFrameOfAServer) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\xc2\x00"s, "a reserved bit is set"},
      {"\x83\x00"s, "a frame of an unknown kind"},
      {"\x8b\x00"s, "a frame of an unknown kind"},
      {"\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, "a frame of the server is masked"},
      {"\x82\x7e\x00\x05Hello"s, "a length in another form than its own"},
      {"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s, "a length in another form than its own"},
      {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s, "a length in another form than its own"},
      {"\x09\x00"s, "a control frame is cut up or too long"},
      {"\x89\x7e\x00\x7e"s, "a control frame is cut up or too long"},
      {"\x80\x00"s, "a piece of a message out of turn"},
      {"\x02\x01x\x82\x00"s, "a piece of a message out of turn"},
  };
  for (const auto& [bytes, what] : cases) {
    EXPECT_EQ(read_all(bytes), "! not the WebSocket protocol: " + what);
  }
}

TEST(WebSocketFrames, RefusesGiantsBeforeTheyArrive) {
  const std::string too_large = "! a message of more than 300 bytes";
  EXPECT_EQ(read_all("\x82\x7e\x01\x2d"s), too_large);
  EXPECT_EQ(read_all("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s), too_large);
  const std::string piece = "\x7e\x00\xc8"s + std::string(200, 'x');
  EXPECT_EQ(read_all("\x02" + piece + "\x80" + piece), too_large);
}

TEST(WebSocketFrames, WritesMaskedFramesOfEveryLength) {
  // The example of RFC 6455 §5.7.
  std::string frame;
  append_client_frame(frame, WebSocketOpcode::kText, "Hello", {0x37, 0xfa, 0x21, 0x3d});
  EXPECT_EQ(frame, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s);
  for (const auto& [size, head] : std::vector<std::pair<std::size_t, std::string>>{
           {125, "\x82\xfd"s}, {126, "\x82\xfe\x00\x7e"s}, {65'536, "\x82\xff\0\0\0\0\0\x01\0\0"s}}) {
    std::string long_frame;
    append_client_frame(long_frame, WebSocketOpcode::kBinary, std::string(size, 'x'), {});
    EXPECT_EQ(long_frame.substr(0, head.size()), head);
    EXPECT_EQ(long_frame.size(), head.size() + 4 + size);
  }
}

TEST(WebSocketFrames, ReadWhyAServerCloses) {
  EXPECT_EQ(parse_close("")->code, 1005);
  EXPECT_FALSE(parse_close("\x03"));
  const auto close = parse_close("\x03\xf3no\nway\xff");
  ASSERT_TRUE(close);
  EXPECT_EQ(close->code, 1011);
  EXPECT_EQ(close->reason, "no?way?");
}

}  // namespace
}  // namespace ceems::http

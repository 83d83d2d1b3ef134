// Frames of a server, arriving in two parts: what comes of them must not depend on where they were cut. Also
// what a client writes, which a server that strips the mask has to read as it was meant.
#include "base/check.h"
#include "http/websocket_frames.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace ceems;
using namespace ceems::http;

namespace {

constexpr std::size_t kMost = 4096;

std::string outcome(std::string_view first, std::string_view second) {
  WebSocketReader reader(kMost);
  std::string told;
  for (const std::string_view part : {first, second}) {
    reader.feed(part);
    while (true) {
      const auto message = reader.next();
      if (!message) return told + message.error().message;
      if (!*message) break;
      CEEMS_CHECK((*message)->payload.size() <= kMost);
      told += fmt::format("{}:{}:{}\n", static_cast<int>((*message)->kind), (*message)->payload.size(),
                          (*message)->payload);
      if ((*message)->kind == WebSocketOpcode::kClose) (void)parse_close((*message)->payload);
    }
  }
  return told;
}

void check_written(std::string_view payload) {
  if (payload.size() > kMost) return;
  std::string frame;
  append_client_frame(frame, WebSocketOpcode::kBinary, payload, {0, 0, 0, 0});
  // Without its mask, which changes nothing here, it is a frame as servers send them.
  frame[1] = static_cast<char>(frame[1] & 0x7f);
  frame.erase(frame.size() - payload.size() - 4, 4);
  WebSocketReader reader(kMost);
  reader.feed(frame);
  const auto message = reader.next();
  CEEMS_CHECK(message && *message && (*message)->payload == payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  const std::string_view frames = bytes.substr(1);
  const std::size_t cut = frames.size() * static_cast<unsigned char>(bytes.front()) / 256;
  CEEMS_CHECK(outcome(frames, "") == outcome(frames.substr(0, cut), frames.substr(cut)));
  check_written(frames);
  return 0;
}

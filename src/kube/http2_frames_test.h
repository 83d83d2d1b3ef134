// Frames of HTTP/2 as a server of gRPC sends them, written by hand. For tests of this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ceems::kube::testing {

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload) {
  std::string out;
  const auto add = [&](std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(value >> shift & 0xFF));
  };
  add(payload.size(), 3);
  add(type, 1);
  add(flags, 1);
  add(stream, 4);
  return out.append(payload);
}

// A literal field with a literal name, neither compressed; names and values of up to 126 bytes.
inline std::string field(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  out.push_back(static_cast<char>(name.size()));
  out.append(name);
  out.push_back(static_cast<char>(value.size()));
  return out.append(value);
}

inline std::string settings() {
  return frame(4, 0, 0, "") + frame(4, 1, 0, "");
}
inline std::string headers(std::string_view fields, bool is_last = false) {
  return frame(1, static_cast<std::uint8_t>(4 + (is_last ? 1 : 0)), 1, fields);
}
inline std::string response_headers() {
  return headers(field(":status", "200") + field("content-type", "application/grpc"));
}
inline std::string data_frame(std::string_view bytes) {
  return frame(0, 0, 1, bytes);
}
inline std::string message(std::string_view bytes) {
  std::string framed(4, '\0');
  framed.push_back(static_cast<char>(bytes.size()));
  return data_frame(framed.append(bytes));
}
inline std::string trailers(std::string_view status) {
  return headers(field("grpc-status", status), true);
}
inline std::string go_away(std::uint32_t last_stream) {
  std::string payload;
  for (int shift = 24; shift >= 0; shift -= 8)
    payload.push_back(static_cast<char>(last_stream >> shift & 0xFF));
  return frame(7, 0, 0, payload + std::string(4, '\0'));
}
inline std::string reset(std::uint8_t code) {
  return frame(3, 0, 1, std::string(3, '\0') + static_cast<char>(code));
}

}  // namespace ceems::kube::testing

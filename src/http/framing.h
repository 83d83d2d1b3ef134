// Where the body of an HTTP/1 message ends (RFC 9112 §6), and the chunked coding (§7.1). Pure: no I/O.
#pragma once

#include "http/head.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace ceems::http {

enum class BodyKind : std::uint8_t {
  kNone,
  kLength,      // exactly `length` bytes
  kChunked,     // until the last chunk
  kUntilClose,  // responses only: until the connection ends
};

struct Framing {
  BodyKind kind = BodyKind::kNone;
  std::uint64_t length = 0;
};

// Faults: a repeated, combined or malformed Content-Length, both lengths at once, a transfer coding other
// than a single "chunked" (501), a transfer coding in HTTP/1.0.
std::expected<Framing, HeadFault> request_framing(const RequestHead& head);
// The same for the answer to a request of that method.
std::expected<Framing, HeadFault> response_framing(const ResponseHead& head, std::string_view request_method);

// Takes a chunked body apart as its bytes come in. Extensions and trailers are checked, bounded and dropped.
class ChunkDecoder {
 public:
  // Appends body bytes found in `input` to `body` and returns how much of `input` was used; what follows the
  // end of the body is left. Stops with a 413 fault once `body` would grow beyond `limit` bytes.
  std::expected<std::size_t, HeadFault> feed(std::string_view input, std::string& body, std::size_t limit);
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State : std::uint8_t { kSize, kData, kDataEnd, kTrailer, kDone };

  std::expected<void, HeadFault> end_line();

  State state_ = State::kSize;
  std::uint64_t remaining_ = 0;  // of the current chunk
  std::size_t trailer_bytes_ = 0;
  std::string line_;  // the size, data-end or trailer line being collected, with its CR
};

// What stands before and after the data of one chunk, and at the end of the body.
void append_chunk_start(std::string& out, std::size_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace ceems::http

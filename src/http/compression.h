// Content codings (RFC 9110 §8.4, §12.5.3): which one a client wants, and gzip both ways. Handlers choose;
// the server compresses nothing by itself.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::http {

enum class Coding : std::uint8_t { kIdentity, kGzip, kDeflate };
std::string_view coding_name(Coding coding);  // "identity", "gzip", "deflate" (which means zlib)

// The coding for an Accept-Encoding value, by its quality values; gzip where the client has no preference.
// An absent field or an empty one asks for nothing: identity. kDeflate only if `allow_deflate`.
Coding negotiate_coding(std::optional<std::string_view> accept_encoding, bool allow_deflate = false);

// Levels as zlib counts them: 1 fastest to 9 smallest, 0 stores, -1 the default (6).
bool is_compression_level(int level);

// Compresses whole buffers; keeps its tables, so make one and reuse it. Not thread-safe.
class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  // Replaces `out` by the coded `data`, keeping its memory. kIdentity copies.
  void compress(std::string_view data, Coding coding, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Compresses a body that comes in pieces. Not thread-safe.
class StreamCompressor {
 public:
  StreamCompressor(int level, Coding coding);  // not kIdentity
  ~StreamCompressor();
  StreamCompressor(StreamCompressor&&) noexcept;
  StreamCompressor& operator=(StreamCompressor&&) noexcept;

  // Appends to `out` what is ready; `last` ends the coded body.
  void write(std::string_view data, bool last, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same body, coded. The reply must say so in Content-Encoding.
BodyProducer compress_body(BodyProducer body, int level, Coding coding);

// Decodes one or more gzip members. kTooLarge beyond `limit` decoded bytes, kInvalid for anything broken.
base::Result<std::string> gunzip(std::string_view data, std::size_t limit);

}  // namespace ceems::http

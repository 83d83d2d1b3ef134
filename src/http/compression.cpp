#include "http/compression.h"

#include "base/check.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ceems::http {

namespace {

constexpr int kDefaultLevel = 6;
constexpr int kLargestWindow = 15;
constexpr int kGzipFormat = 16;  // added to the window bits (zlib.h, deflateInit2)
constexpr int kMemoryLevel = 8;
constexpr std::size_t kPiece = std::size_t{32} * 1024;
constexpr std::size_t kProducedAtOnce = std::size_t{64} * 1024;

int real_level(int level) {
  CEEMS_CHECK(is_compression_level(level));
  return level < 0 ? kDefaultLevel : level;
}

struct CompressorDeleter {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

// zlib reads through a pointer to non-const bytes, and counts in unsigned int.
void set_input(z_stream& stream, std::string_view& data) {
  const std::size_t size = std::min(data.size(), std::size_t{1} << 30);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(size);
  data.remove_prefix(size);
}

}  // namespace

bool is_compression_level(int level) {
  return level >= -1 && level <= 9;
}

struct Compressor::Impl {
  std::unique_ptr<libdeflate_compressor, CompressorDeleter> compressor;
};

Compressor::Compressor(int level) : impl_(std::make_unique<Impl>()) {
  impl_->compressor.reset(libdeflate_alloc_compressor(real_level(level)));
  CEEMS_CHECK(impl_->compressor != nullptr);
}

Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

void Compressor::compress(std::string_view data, Coding coding, std::string& out) {
  if (coding == Coding::kIdentity) {
    out.assign(data);
    return;
  }
  libdeflate_compressor* const compressor = impl_->compressor.get();
  const bool gzip = coding == Coding::kGzip;
  const std::size_t bound = gzip ? libdeflate_gzip_compress_bound(compressor, data.size())
                                 : libdeflate_zlib_compress_bound(compressor, data.size());
  out.resize_and_overwrite(bound, [&](char* buffer, std::size_t size) {
    return gzip ? libdeflate_gzip_compress(compressor, data.data(), data.size(), buffer, size)
                : libdeflate_zlib_compress(compressor, data.data(), data.size(), buffer, size);
  });
  // It fails only where the buffer is too small.
  CEEMS_CHECK(!out.empty());
}

struct StreamCompressor::Impl {
  z_stream stream{};
  ~Impl() { deflateEnd(&stream); }
};

StreamCompressor::StreamCompressor(int level, Coding coding) : impl_(std::make_unique<Impl>()) {
  CEEMS_CHECK(coding != Coding::kIdentity);
  const int format = coding == Coding::kGzip ? kGzipFormat : 0;
  CEEMS_CHECK(deflateInit2(&impl_->stream, real_level(level), Z_DEFLATED, kLargestWindow + format,
                           kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
}

StreamCompressor::~StreamCompressor() = default;
StreamCompressor::StreamCompressor(StreamCompressor&&) noexcept = default;
StreamCompressor& StreamCompressor::operator=(StreamCompressor&&) noexcept = default;

void StreamCompressor::write(std::string_view data, bool last, std::string& out) {
  z_stream& stream = impl_->stream;
  do {
    set_input(stream, data);
    const int flush = last && data.empty() ? Z_FINISH : Z_NO_FLUSH;
    do {
      const std::size_t old_size = out.size();
      out.resize(old_size + kPiece);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + old_size);
      stream.avail_out = static_cast<uInt>(kPiece);
      CEEMS_CHECK(deflate(&stream, flush) != Z_STREAM_ERROR);
      out.resize(old_size + kPiece - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (!data.empty());
}

BodyProducer compress_body(BodyProducer body, int level, Coding coding) {
  if (coding == Coding::kIdentity) return body;
  // Shared because a BodyProducer is copyable; only ever used by one call at a time.
  auto compressor = std::make_shared<StreamCompressor>(level, coding);
  return [body = std::move(body), compressor,
          plain = std::string()](std::string& chunk) mutable -> base::Result<bool> {
    // The compressor holds much back: go on until there is something worth a chunk.
    for (std::size_t produced = 0;;) {
      plain.clear();
      CEEMS_TRY(const bool more, body(plain));
      compressor->write(plain, !more, chunk);
      produced += plain.size();
      if (!more) return false;
      if (!chunk.empty() || produced >= kProducedAtOnce) return true;
    }
  };
}

base::Result<std::string> gunzip(std::string_view data, std::size_t limit) {
  struct Inflater {
    z_stream stream{};
    ~Inflater() { inflateEnd(&stream); }
  } inflater;
  z_stream& stream = inflater.stream;
  CEEMS_CHECK(inflateInit2(&stream, kLargestWindow + kGzipFormat) == Z_OK);
  std::string out;
  std::array<char, kPiece> piece;
  int state = Z_OK;
  set_input(stream, data);
  while (true) {
    if (stream.avail_in == 0 && !data.empty()) set_input(stream, data);
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    const std::size_t decoded = piece.size() - stream.avail_out;
    if (decoded > limit - out.size())
      return base::fail(base::ErrorCode::kTooLarge, "", "more than {} bytes after decompression", limit);
    out.append(piece.data(), decoded);
    if (state == Z_STREAM_END) {
      if (stream.avail_in == 0 && data.empty()) return out;
      if (inflateReset(&stream) != Z_OK) break;
      continue;
    }
    if (state != Z_OK) break;
  }
  return base::fail(base::ErrorCode::kInvalid, "", "damaged or incomplete gzip data");
}

}  // namespace ceems::http

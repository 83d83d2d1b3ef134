#include "http/compression.h"

#include <zlib.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::http {
namespace {

std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i)
    text += "metric{label=\"" + std::to_string(i * 7919) + "\"} 1\n";
  text.resize(size);
  return text;
}

std::string unzlib(const std::string& data, std::size_t size) {
  std::string out(size, '\0');
  uLongf length = size;
  if (uncompress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(data.data()),
                 data.size()) != Z_OK)
    return "";
  return out.substr(0, length);
}

TEST(Negotiation, FollowsQualityValues) {
  struct Case {
    const char* accept;
    Coding expected;
    Coding with_deflate;
  };
  const std::vector<Case> cases = {
      {"", Coding::kIdentity, Coding::kIdentity},
      {"gzip", Coding::kGzip, Coding::kGzip},
      {"GZIP", Coding::kGzip, Coding::kGzip},
      {"x-gzip", Coding::kGzip, Coding::kGzip},
      {"deflate", Coding::kIdentity, Coding::kDeflate},
      {"deflate, gzip", Coding::kGzip, Coding::kGzip},
      {"deflate, gzip;q=0.5", Coding::kGzip, Coding::kDeflate},
      {"gzip;q=0", Coding::kIdentity, Coding::kIdentity},
      {"gzip;q=0.000", Coding::kIdentity, Coding::kIdentity},
      {"gzip ; Q=0.001", Coding::kGzip, Coding::kGzip},
      {"*", Coding::kGzip, Coding::kGzip},
      {"*;q=0", Coding::kIdentity, Coding::kIdentity},
      {"gzip;q=0, *", Coding::kIdentity, Coding::kDeflate},
      {"identity", Coding::kIdentity, Coding::kIdentity},
      {"identity, gzip;q=0.5", Coding::kIdentity, Coding::kIdentity},
      {"identity;q=0.5, gzip", Coding::kGzip, Coding::kGzip},
      {"br, zstd", Coding::kIdentity, Coding::kIdentity},
      {"gzip, deflate, br", Coding::kGzip, Coding::kGzip},
      {"notgzip", Coding::kIdentity, Coding::kIdentity},
      {"gzip;q=2", Coding::kIdentity, Coding::kIdentity},
      {"gzip;q=banana", Coding::kIdentity, Coding::kIdentity},
      {",,;;q=,", Coding::kIdentity, Coding::kIdentity},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(negotiate_coding(one.accept), one.expected) << one.accept;
    EXPECT_EQ(negotiate_coding(one.accept, true), one.with_deflate) << one.accept;
  }
  EXPECT_EQ(negotiate_coding(std::nullopt, true), Coding::kIdentity);
}

TEST(Compressor, MakesGzipOfWholeBuffers) {
  for (const int level : {-1, 0, 1, 6, 9}) {
    Compressor compressor(level);
    std::string out;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{300'000}, std::size_t{10}}) {
      compressor.compress(sample(size), Coding::kGzip, out);
      const auto back = gunzip(out, 1 << 20);
      ASSERT_TRUE(back) << level << " " << size;
      EXPECT_EQ(*back, sample(size));
    }
  }
}

TEST(Compressor, MakesZlibForDeflate) {
  std::string out;
  Compressor(1).compress(sample(5000), Coding::kDeflate, out);
  EXPECT_EQ(unzlib(out, 5000), sample(5000));
}

TEST(Compressor, KeepsTheBuffersMemory) {
  Compressor compressor(1);
  std::string out;
  compressor.compress(sample(100'000), Coding::kGzip, out);
  const std::size_t capacity = out.capacity();
  compressor.compress(sample(50'000), Coding::kGzip, out);
  EXPECT_EQ(out.capacity(), capacity);
}

TEST(StreamCompressor, JoinsPieces) {
  StreamCompressor compressor(6, Coding::kGzip);
  const std::string text = sample(500'000);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 1000)
    compressor.write(text.substr(at, 1000), false, out);
  compressor.write("", true, out);
  const auto back = gunzip(out, 1 << 20);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, text);
}

// All chunks of a body, or the error.
base::Result<std::string> drain(const BodyProducer& body) {
  std::string all;
  while (true) {
    std::string chunk;
    CEEMS_TRY(const bool more, body(chunk));
    all += chunk;
    if (!more) return all;
  }
}

BodyProducer pieces_of(std::string text, std::size_t piece) {
  return
      [text = std::move(text), piece, at = std::size_t{0}](std::string& chunk) mutable -> base::Result<bool> {
        chunk += text.substr(std::min(at, text.size()), piece);
        at += piece;
        return at < text.size();
      };
}

TEST(CompressBody, CodesWhatTheProducerGives) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{400'000}}) {
    const auto coded = drain(compress_body(pieces_of(sample(size), 777), 6, Coding::kGzip));
    ASSERT_TRUE(coded);
    const auto back = gunzip(*coded, 1 << 20);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, sample(size));
  }
}

TEST(CompressBody, HandsOnErrors) {
  const auto coded = drain(compress_body(
      [](std::string&) -> base::Result<bool> { return base::fail(base::ErrorCode::kInternal, "", "broken"); },
      6, Coding::kGzip));
  EXPECT_FALSE(coded);
}

TEST(Gunzip, BoundsWhatComesOut) {
  std::string bomb;
  Compressor(9).compress(std::string(50'000'000, '\0'), Coding::kGzip, bomb);
  const auto out = gunzip(bomb, 1'000'000);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, base::ErrorCode::kTooLarge);
  EXPECT_TRUE(gunzip(bomb, 50'000'000));
}

TEST(Gunzip, JoinsMembers) {
  std::string one;
  std::string two;
  Compressor(1).compress("one", Coding::kGzip, one);
  Compressor(1).compress("two", Coding::kGzip, two);
  EXPECT_EQ(*gunzip(one + two, 100), "onetwo");
}

TEST(Gunzip, RefusesDamage) {
  std::string good;
  Compressor(1).compress(sample(1000), Coding::kGzip, good);
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(gunzip(good.substr(0, length), 10'000));
  EXPECT_FALSE(gunzip(good + "x", 10'000));
  EXPECT_FALSE(gunzip("plain text", 10'000));
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 0x55);
  EXPECT_FALSE(gunzip(flipped, 10'000));
}

}  // namespace
}  // namespace ceems::http

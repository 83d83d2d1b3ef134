#include "http/framing.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace ceems::http {
namespace {

using namespace std::string_view_literals;

struct FieldsCase {
  const char* name;
  std::string_view fields;  // as on the wire, after the Host field
  int status;               // 0: accepted
  int minor_version = 1;
  BodyKind kind = BodyKind::kNone;
  std::uint64_t length = 0;
};

std::ostream& operator<<(std::ostream& out, const FieldsCase& one) {
  return out << one.name;
}

struct RequestFraming : ::testing::TestWithParam<FieldsCase> {};

TEST_P(RequestFraming, IsDecidedOrRefused) {
  const FieldsCase& one = GetParam();
  const std::string head = "POST / HTTP/1." + std::to_string(one.minor_version) + "\r\nHost: x\r\n" +
                           std::string(one.fields) + "\r\n";
  const auto parsed = parse_request_head(head);
  ASSERT_TRUE(parsed) << parsed.error().reason;
  const auto framing = request_framing(*parsed);
  ASSERT_EQ(framing ? 0 : framing.error().status, one.status);
  if (!framing) return;
  EXPECT_EQ(framing->kind, one.kind);
  EXPECT_EQ(framing->length, one.length);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RequestFraming,
    ::testing::Values(FieldsCase{"none", "", 0},
                      FieldsCase{"length", "Content-Length: 12\r\n", 0, 1, BodyKind::kLength, 12},
                      FieldsCase{"zero", "content-length: 0\r\n", 0, 1, BodyKind::kLength, 0},
                      FieldsCase{"chunked", "Transfer-Encoding: Chunked\r\n", 0, 1, BodyKind::kChunked},
                      FieldsCase{"both", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400},
                      FieldsCase{"same_length_twice", "Content-Length: 5\r\nContent-Length: 5\r\n", 400},
                      FieldsCase{"two_lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", 400},
                      FieldsCase{"list_of_lengths", "Content-Length: 5, 5\r\n", 400},
                      FieldsCase{"signed_length", "Content-Length: +5\r\n", 400},
                      FieldsCase{"negative_length", "Content-Length: -5\r\n", 400},
                      FieldsCase{"hexadecimal_length", "Content-Length: 0x5\r\n", 400},
                      FieldsCase{"empty_length", "Content-Length:\r\n", 400},
                      FieldsCase{"huge_length", "Content-Length: 99999999999999999999999\r\n", 400},
                      FieldsCase{"length_with_text", "Content-Length: 5 5\r\n", 400},
                      FieldsCase{"coding_twice",
                                 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
                      FieldsCase{"coding_and_identity",
                                 "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400},
                      FieldsCase{"other_coding", "Transfer-Encoding: gzip\r\n", 501},
                      FieldsCase{"list_of_codings", "Transfer-Encoding: gzip, chunked\r\n", 501},
                      FieldsCase{"coding_with_semicolon", "Transfer-Encoding: chunked;\r\n", 501},
                      FieldsCase{"empty_coding", "Transfer-Encoding:\r\n", 501},
                      FieldsCase{"coding_in_http_1_0", "Transfer-Encoding: chunked\r\n", 400, 0}),
    [](const auto& test) { return test.param.name; });

TEST(ResponseFraming, DependsOnStatusAndMethod) {
  ResponseHead head{200, 1, {}};
  EXPECT_EQ(response_framing(head, "GET")->kind, BodyKind::kUntilClose);
  head.fields.add("Content-Length", "4");
  EXPECT_EQ(response_framing(head, "GET")->kind, BodyKind::kLength);
  EXPECT_EQ(response_framing(head, "HEAD")->kind, BodyKind::kNone);
  EXPECT_EQ(response_framing(head, "CONNECT")->kind, BodyKind::kNone);
  head.status = 304;
  EXPECT_EQ(response_framing(head, "GET")->kind, BodyKind::kNone);
}

struct ChunkCase {
  const char* name;
  std::string_view input;
  int status;  // 0: whole
  std::string_view body = {};
  std::size_t left = 0;  // bytes behind the end
};

std::ostream& operator<<(std::ostream& out, const ChunkCase& one) {
  return out << one.name;
}

struct ChunkedBodies : ::testing::TestWithParam<ChunkCase> {};

// Feeds pieces of that size; the fault's status, 0 for a whole body, -1 for one that has not ended.
int decode(std::string_view input, std::size_t piece, std::string& body, std::size_t& left) {
  ChunkDecoder decoder;
  while (!input.empty() && !decoder.done()) {
    const auto used = decoder.feed(input.substr(0, piece), body, 100);
    if (!used) return used.error().status;
    input.remove_prefix(*used);
  }
  left = input.size();
  return decoder.done() ? 0 : -1;
}

TEST_P(ChunkedBodies, AreTakenApartHoweverTheyArrive) {
  const ChunkCase& one = GetParam();
  for (std::size_t piece = 1; piece <= one.input.size(); ++piece) {
    std::string body;
    std::size_t left = 0;
    ASSERT_EQ(decode(one.input, piece, body, left), one.status) << piece;
    if (one.status != 0) continue;
    EXPECT_EQ(body, one.body);
    EXPECT_EQ(left, one.left);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, ChunkedBodies,
    ::testing::Values(
        ChunkCase{"two_chunks", "3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\n", 0, "abc0123456789"},
        ChunkCase{"empty", "0\r\n\r\n", 0, ""},
        ChunkCase{"next_request_follows", "1\r\na\r\n0\r\n\r\nGET", 0, "a", 3},
        ChunkCase{"extension", "1;a=b\r\na\r\n0 ;c\r\n\r\n", 0, "a"},
        ChunkCase{"trailer", "1\r\na\r\n0\r\nSum: 1\r\nB: 2\r\n\r\n", 0, "a"},
        ChunkCase{"capital_digits", "A\r\n0123456789\r\n0\r\n\r\n", 0, "0123456789"},
        ChunkCase{"unfinished", "3\r\nab", -1}, ChunkCase{"no_size", "\r\n\r\n", 400},
        ChunkCase{"no_digits", "x\r\na\r\n", 400}, ChunkCase{"prefixed", "0x1\r\na\r\n", 400},
        ChunkCase{"signed", "+1\r\na\r\n", 400}, ChunkCase{"leading_blank", " 1\r\na\r\n", 400},
        ChunkCase{"trailing_blank", "1 \r\na\r\n", 400},
        ChunkCase{"overflow", "10000000000000001\r\na\r\n", 400},
        ChunkCase{"bare_line_feed", "1\na\n0\n\n", 400},
        ChunkCase{"bare_carriage_return", "1\r\r\na\r\n", 400},
        ChunkCase{"longer_than_said", "1\r\nab\r\n", 400},
        ChunkCase{"nul_in_extension", "1;\0\r\na\r\n"sv, 400},
        ChunkCase{"bad_trailer", "0\r\nno colon\r\n\r\n", 400},
        ChunkCase{"framing_in_trailer", "0\r\nContent-length: 5\r\n\r\n", 400},
        ChunkCase{"folded_trailer", "0\r\nA: b\r\n c\r\n\r\n", 400},
        ChunkCase{"too_large",
                  "ffffff\r\n0123456789012345678901234567890123456789012345678901234567890123456789"
                  "0123456789012345678901234567890123456789",
                  413}),
    [](const auto& test) { return test.param.name; });

TEST(ChunkDecoder, BoundsLinesAndTrailers) {
  std::string body;
  ChunkDecoder endless_size;
  EXPECT_FALSE(endless_size.feed("1;" + std::string(1000, 'x'), body, 100));
  ChunkDecoder endless_trailers;
  std::string trailers = "0\r\n";
  for (int i = 0; i < 2000; ++i)
    trailers += "A: bcd\r\n";
  EXPECT_FALSE(endless_trailers.feed(trailers, body, 100));
}

}  // namespace
}  // namespace ceems::http

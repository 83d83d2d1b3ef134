// Whatever head and body we accept, Boost.Beast's parser must accept too, and understand in the same way; and
// what we write must say no more than we were asked to say.
#include "base/check.h"
#include "http/framing.h"
#include "http/write_head.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/core.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/src.hpp>

namespace {

namespace beast = boost::beast;
using namespace ceems::http;

constexpr std::size_t kLimit = std::size_t{1} << 20;

template <bool kIsRequest>
struct OtherParser {
  beast::http::parser<kIsRequest, beast::http::string_body> parser;
  beast::error_code error;

  explicit OtherParser(std::string_view text, bool skip_body = false) {
    parser.header_limit(static_cast<std::uint32_t>(kLimit));
    parser.body_limit(boost::none);
    parser.eager(true);
    if constexpr (!kIsRequest) parser.skip(skip_body);
    while (!text.empty() && !parser.is_done() && !error) {
      const std::size_t used = parser.put(boost::asio::buffer(text.data(), text.size()), error);
      if (error == beast::http::error::need_more) error = {};
      if (used == 0) break;
      text.remove_prefix(used);
    }
  }

  // It checks the syntax of lists and extensions that we only search or drop.
  bool objects_to_details() const {
    return error == beast::http::error::bad_value || error == beast::http::error::bad_chunk_extension;
  }
};

template <class Message>
void compare_fields(const Fields& ours, const Message& theirs) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& field : theirs)
    ++count;
  CEEMS_CHECK(count == ours.entries().size());
  for (const auto& [name, value] : ours.entries()) {
    bool found = false;
    const auto range = theirs.equal_range(name);
    for (auto it = range.first; it != range.second; ++it)
      found = found || std::string_view(it->value().data(), it->value().size()) == value;
    CEEMS_CHECK(found);
  }
}

// The body as we understand it and how many bytes it took; nothing if it is refused or has not ended.
std::optional<std::size_t> read_body(const Framing& framing, std::string_view rest, std::string& body) {
  if (framing.kind == BodyKind::kChunked) {
    ChunkDecoder decoder;
    const auto used = decoder.feed(rest, body, kLimit);
    // In one piece or byte by byte: the same.
    ChunkDecoder slow;
    std::string slow_body;
    std::size_t slow_used = 0;
    bool slow_fault = false;
    while (slow_used < rest.size() && !slow.done() && !slow_fault) {
      const auto step = slow.feed(rest.substr(slow_used, 1), slow_body, kLimit);
      slow_fault = !step;
      if (step) slow_used += *step;
    }
    CEEMS_CHECK(slow_fault == !used && slow.done() == decoder.done());
    CEEMS_CHECK(!used || (slow_used == *used && slow_body == body));
    return used && decoder.done() ? std::optional(*used) : std::nullopt;
  }
  if (framing.length > rest.size()) return std::nullopt;
  body = rest.substr(0, static_cast<std::size_t>(framing.length));
  return body.size();
}

void check_request(std::string_view text) {
  const auto end = find_head_end(text, 0);
  const auto later = find_head_end(text, text.size() / 2);
  CEEMS_CHECK(!end || *end <= text.size());
  if (!end || *end == 0) return;
  // An end that lies in what was seen before is found only if one looks from the start.
  if (*end > text.size() / 2) CEEMS_CHECK(later && *later == *end);
  const auto ours = parse_request_head(text.substr(0, *end));
  if (!ours) return;
  const auto framing = request_framing(*ours);
  // The other parser reserves what is announced.
  if (!framing || framing->length > kLimit) return;
  std::string body;
  const auto body_size = read_body(*framing, text.substr(*end), body);
  const OtherParser<true> other(text.substr(0, *end + body_size.value_or(0)));
  if (other.objects_to_details()) return;
  CEEMS_CHECK(other.parser.is_header_done());
  const auto& theirs = other.parser.get();
  CEEMS_CHECK(std::string_view(theirs.method_string().data(), theirs.method_string().size()) == ours->method);
  CEEMS_CHECK(theirs.version() == static_cast<unsigned>(10 + ours->minor_version));
  // It adds the trailers of a whole body to the fields.
  const OtherParser<true> head_alone(text.substr(0, *end));
  const std::string_view target(theirs.target().data(), theirs.target().size());
  if (target == ours->target)
    compare_fields(ours->fields, head_alone.parser.get());
  else
    CEEMS_CHECK(target.find("://") != std::string_view::npos);
  CEEMS_CHECK(other.parser.chunked() == (framing->kind == BodyKind::kChunked));
  if (framing->kind == BodyKind::kLength) CEEMS_CHECK(*other.parser.content_length() == framing->length);
  if (!body_size) return;
  CEEMS_CHECK(!other.error && other.parser.is_done());
  CEEMS_CHECK(theirs.body() == body);
}

void check_response(std::string_view text) {
  const auto end = find_head_end(text, 0);
  if (!end || *end == 0) return;
  const auto ours = parse_response_head(text.substr(0, *end));
  if (!ours) return;
  const auto framing = response_framing(*ours, "GET");
  if (!framing || framing->length > kLimit) return;
  const OtherParser<false> other(text.substr(0, *end), framing->kind == BodyKind::kNone);
  // "HTTP/1.1 200" without a blank and a reason is common enough to be let pass here.
  if (text[12] == '\r') return;
  if (other.objects_to_details()) return;
  CEEMS_CHECK(other.parser.is_header_done());
  CEEMS_CHECK(other.parser.get().result_int() == static_cast<unsigned>(ours->status));
  compare_fields(ours->fields, other.parser.get());
}

void check_writing(std::string_view text) {
  Fields fields;
  fields.add("X-Text", std::string(text));
  fields.add(std::string(text.substr(0, 40)), "value");
  std::string response;
  append_response_head(response, 200, fields, {.length = 7, .date = "now"});
  const auto head = parse_response_head(response);
  CEEMS_CHECK(head.has_value());
  CEEMS_CHECK(head->fields.count("Content-Length") == 1 && head->fields.find("Content-Length") == "7");
  CEEMS_CHECK(head->fields.count("Transfer-Encoding") == 0);
  CEEMS_CHECK(head->fields.entries().size() <= 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_request(text);
  check_response(text);
  check_writing(text);
  return 0;
}

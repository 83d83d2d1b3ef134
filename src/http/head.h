// Reading the heads of HTTP/1 messages (RFC 9112) from bytes, without I/O. Stricter than the RFC asks for,
// because two programs that read a head differently can be played against each other: no folded lines, no
// blank before a colon, no bare CR or LF, no NUL, no repeated or combined lengths, "chunked" as the only
// transfer coding. Pure functions.
#pragma once

#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace ceems::http {

inline constexpr std::size_t kMaxFields = 128;

// Why a head is refused: the status that tells the client, and a few words that hold none of its bytes.
struct HeadFault {
  int status = 400;
  std::string_view reason;
};

struct RequestHead {
  std::string method;
  std::string target;  // origin form, or "*" for OPTIONS; absolute form has been reduced to it
  int minor_version = 1;
  Fields fields;
};

struct ResponseHead {
  int status = 0;
  int minor_version = 1;
  Fields fields;
};

// Where the head at the start of `bytes` ends: the offset just after its empty line, 0 while that has not
// arrived. `checked` is how many bytes an earlier call has already seen. A line end that is not CRLF is a
// fault at once, so that nobody waits for the end of such a head.
std::expected<std::size_t, HeadFault> find_head_end(std::string_view bytes, std::size_t checked);

// `head` is a whole head including its empty line.
std::expected<RequestHead, HeadFault> parse_request_head(std::string_view head);
std::expected<ResponseHead, HeadFault> parse_response_head(std::string_view head);

// Whether `token` stands in the comma-separated lists of that field, ignoring case: Connection, Expect.
bool has_token(const Fields& fields, std::string_view name, std::string_view token);

// Whether the connection can carry another message after this one.
bool keeps_alive(const Fields& fields, int minor_version);

bool is_token(std::string_view text);                // RFC 9110 §5.6.2
bool is_field_value(std::string_view text);          // no control character but HTAB
bool is_request_target_text(std::string_view text);  // visible ASCII, no '#', not empty

}  // namespace ceems::http

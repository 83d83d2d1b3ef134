// Writing the heads of HTTP/1 messages. Pure: appends text, no I/O. A field whose name is no token is left
// out, and control characters in a value become blanks, so that nobody can smuggle a line into a head.
#pragma once

#include "http/framing.h"
#include "http/message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ceems::http {

// How the reply is sent; takes the place of what the handler may have set in Content-Length,
// Transfer-Encoding and Connection.
struct ReplyShape {
  BodyKind body = BodyKind::kLength;  // kNone: neither length nor coding is named (204, 304)
  std::uint64_t length = 0;
  int minor_version = 1;  // of the request
  bool keep_alive = true;
  std::string_view date;  // for the Date field, unless `fields` has one; "" for none
};

// One field with its line end.
void append_field(std::string& out, std::string_view name, std::string_view value);

// Content-Length.
void append_length(std::string& out, std::uint64_t length);

void append_response_head(std::string& out, int status, const Fields& fields, const ReplyShape& shape);

// The request line and `fields` as they are, with Content-Length for a body that is not empty or a method
// that expects one (POST, PUT, PATCH). `target` may be in origin, absolute or authority form.
void append_request_head(std::string& out, std::string_view method, std::string_view target,
                         const Fields& fields, std::size_t body_size);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7) for seconds since the epoch.
std::string http_date(std::int64_t unix_seconds);

}  // namespace ceems::http

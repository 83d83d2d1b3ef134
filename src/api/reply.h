// Replies of the API: an envelope {"status":…,"data":…,"errorType":…,"error":…,"warnings":…} with one line
// end behind it, in a response with its headers. Free functions, thread-safe.
#pragma once

#include "api/json.h"
#include "base/result.h"
#include "http/message.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::api {

enum class ErrorType : std::uint8_t {
  kUnauthorized,  // 401
  kForbidden,     // 403
  kBadData,       // 400
  kExecution,     // 422
  kInternal,      // 500
};

http::Response error_reply(ErrorType type, std::string_view message);

// 500 without a word of what happened inside: the error goes to the log, with an identifier that the reply
// repeats.
http::Response internal_error(const base::Error& error);

// {"status":"success","data":null}
http::Response empty_reply();

// Wraps finished rows, separated by commas.
http::Response rows_reply(std::string_view rows);

template <class Row>
http::Response list_reply(const std::vector<Row>& rows) {
  std::string text;
  append_rows(text, rows);
  return rows_reply(text);
}

// Appends the next rows, separated by commas, and returns whether there were any.
using RowSource = std::function<base::Result<bool>(std::string& out)>;

// Sends rows as they come, so that memory does not depend on how many there are. Few rows are sent as a
// whole. An error before the first byte is an internal_error; one after it cuts the connection.
http::Response streamed_reply(RowSource source);

}  // namespace ceems::api

// How a request is refused: the JSON that API clients and Grafana understand.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <string>
#include <string_view>

namespace ceems::lb {

// {"status":"error","data":null,"errorType":…,"error":…} and a line end. `type` is "bad_request",
// "unauthorized", "forbidden", …
http::Response refusal(int status, std::string_view type, std::string_view message);

// The same for what a decision came to: kInvalid 400, kPermission 403, kTooLarge 422, all else 503 without
// its words, which are not for users.
http::Response refusal(const base::Error& error);

// A refusal, or an error of that form, with what clients of Connect show behind the rest: "code", from `code`
// or by the status where that is empty, and "message". https://connectrpc.com/docs/protocol/#error-codes
std::string with_connect_error(int status, std::string_view envelope, std::string_view code = {});

// "forbidden": for metrics and the audit log.
std::string_view refusal_reason(const base::Error& error);

}  // namespace ceems::lb

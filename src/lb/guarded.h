// A user's request as it may be sent on, to whichever kind of server.
#pragma once

#include "access/guard.h"
#include "base/result.h"
#include "http/forward.h"
#include "http/message.h"
#include "lb/request.h"
#include "lb/settings.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::lb {

// Changes an answer with status 200 before it is sent on; see http::Forward::on_head.
using AnswerEdit = std::function<base::Status(http::ForwardedHead& head)>;

struct GuardedRequest {
  std::string method;
  std::string target;
  std::string body;
  http::Fields fields;                    // besides those of fields_of_user(), in place of what is there
  AnswerEdit edit = {};                   // may be empty
  std::optional<std::string> readable{};  // the body for the audit log, where it is no text
};

// `asked` has a route. Errors as of guard_request() and guard_pyroscope().
base::Result<GuardedRequest> guard_any(const Asked& asked, const http::Request& request,
                                       const access::Guard& guard, const AccessSettings& settings,
                                       std::int64_t now_ms);

// What a body says, for the audit log: always UTF-8.
std::string readable_body(const Asked& asked, const http::Request& request);

}  // namespace ceems::lb

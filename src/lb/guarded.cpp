#include "lb/guarded.h"

#include "base/text.h"
#include "lb/profile_types.h"
#include "lb/pyroscope_guard.h"
#include "lb/tsdb_guard.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

// How long the client waits, which servers may know: https://connectrpc.com/docs/protocol/#unary-request
constexpr const char* kTimeoutField = "Connect-Timeout-Ms";

bool is_timeout(std::string_view text) {
  return !text.empty() && text.size() <= 10 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

GuardedRequest from_tsdb(TsdbRequest request) {
  GuardedRequest guarded;
  guarded.method = std::move(request.method);
  guarded.target = std::move(request.target);
  guarded.body = std::move(request.body);
  if (!guarded.body.empty()) guarded.fields.add("Content-Type", "application/x-www-form-urlencoded");
  return guarded;
}

GuardedRequest from_pyroscope(PyroscopeRequest request, const http::Request& asked) {
  GuardedRequest guarded;
  guarded.method = "POST";
  guarded.target = std::move(request.target);
  guarded.body = std::move(request.body);
  guarded.readable = std::move(request.readable);
  guarded.fields.add("Content-Type", std::string(content_type(request.form)));
  guarded.fields.add("Connect-Protocol-Version", "1");
  const auto timeout = only_value(asked, kTimeoutField);
  if (timeout && is_timeout(*timeout)) guarded.fields.add(kTimeoutField, *timeout);
  if (request.lists_types) {
    guarded.fields.add("Accept-Encoding", "identity");
    guarded.edit = [form = request.form](http::ForwardedHead& head) {
      return rewrite_profile_types(form, head);
    };
  }
  return guarded;
}

}  // namespace

base::Result<GuardedRequest> guard_any(const Asked& asked, const http::Request& request,
                                       const access::Guard& guard, const AccessSettings& settings,
                                       std::int64_t now_ms) {
  if (asked.profiles) {
    CEEMS_TRY(auto guarded, guard_pyroscope(*asked.profiles, request, guard, now_ms));
    return from_pyroscope(std::move(guarded), request);
  }
  CEEMS_TRY(auto guarded, guard_request(*asked.route, request, guard, settings, now_ms));
  return from_tsdb(std::move(guarded));
}

std::string readable_body(const Asked& asked, const http::Request& request) {
  if (asked.profiles) {
    if (auto text = readable_message(*asked.profiles, request)) return *std::move(text);
  }
  if (base::is_valid_utf8(request.body)) return request.body;
  return fmt::format("{} bytes that are no text", request.body.size());
}

}  // namespace ceems::lb

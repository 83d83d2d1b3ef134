// Where a redirect leads (RFC 9110 §15.4, RFC 3986 §5). Pure.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <string_view>

namespace ceems::http {

bool is_redirect(int status);  // 301, 302, 303, 307, 308

// The URL that a Location field means, seen from `base`: absolute, "//host/path", "/path", "path" or
// "?query". Never leaves http and https, and never leaves a unix socket. Userinfo in the location is dropped.
base::Result<Url> resolve_location(const Url& base, std::string_view location);

// Same scheme, host and port: what was meant for the one may go to the other.
bool same_origin(const Url& a, const Url& b);

// Turns the request into the one to send there: 303, and 301 and 302 after POST, become GET without a body;
// to another origin go no credentials and no cookies.
void redirect_request(Request& request, int status, bool leaves_origin);

}  // namespace ceems::http

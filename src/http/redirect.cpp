#include "http/redirect.h"

#include "base/text.h"

#include <algorithm>

namespace ceems::http {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

base::Result<Url> resolve_location(const Url& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  const auto scheme_end = location.find("://");
  const bool absolute = scheme_end != std::string_view::npos && location.find_first_of("/?") > scheme_end;
  if (absolute || location.starts_with("//")) {
    if (base.scheme == "unix")
      return base::fail(base::ErrorCode::kInvalid, "", "redirect away from a unix socket");
    const std::string text = absolute ? std::string(location) : base.scheme + ":" + std::string(location);
    CEEMS_TRY(Url url, parse_url(text));
    url.user.clear();
    url.password.clear();
    return url;
  }
  const bool has_control =
      std::ranges::any_of(location, [](char c) { return c >= 0 && (c <= ' ' || c == 0x7f); });
  // "mailto:x" and the like would otherwise be taken for a relative path.
  const bool other_scheme = location.find(':') < std::min(location.find_first_of("/?"), location.size());
  if (has_control || other_scheme)
    return base::fail(base::ErrorCode::kInvalid, "", "redirect to something that is no web address");
  Url url = base;
  const std::string_view path = std::string_view(base.path).substr(0, base.path.find('?'));
  if (location.starts_with('/'))
    url.path = location;
  else if (location.starts_with('?'))
    url.path = std::string(path) + std::string(location);
  else if (!location.empty())
    url.path = std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location);
  return url;
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && base::equals_ignoring_case(a.host, b.host) && a.port == b.port;
}

void redirect_request(Request& request, int status, bool leaves_origin) {
  const bool becomes_get = (status == 303 && request.method != "HEAD") ||
                           ((status == 301 || status == 302) && request.method == "POST");
  if (becomes_get) {
    request.method = "GET";
    request.body.clear();
    for (const char* name : {"Content-Type", "Content-Encoding", "Content-Length"})
      request.fields.remove(name);
  }
  request.fields.remove("Host");
  if (!leaves_origin) return;
  for (const char* name : {"Authorization", "Cookie", "Proxy-Authorization", "X-Auth-Token"})
    request.fields.remove(name);
}

}  // namespace ceems::http

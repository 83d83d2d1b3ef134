#include "manager/rest.h"

#include "base/text.h"

#include <utility>

namespace ceems::manager {

namespace {

constexpr std::size_t kMaxShown = 300;

base::ErrorCode code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return base::ErrorCode::kPermission;
    case 404:
      return base::ErrorCode::kNotFound;
    case 410:
      return base::ErrorCode::kGone;
    default:
      return status / 100 == 4 && status != 408 && status != 429 ? base::ErrorCode::kInvalid
                                                                 : base::ErrorCode::kUnavailable;
  }
}

void cut_slashes(std::string& text) {
  while (text.ends_with('/'))
    text.pop_back();
}

}  // namespace

Rest::Rest(std::unique_ptr<http::Client> transport, std::string base, std::string shown)
    : transport_(std::move(transport)), base_(std::move(base)), shown_(std::move(shown)) {}

base::Result<Rest> Rest::create(Options options) {
  CEEMS_TRY(const http::Url url, http::parse_url(options.web.url));
  std::string base = options.web.url;
  std::string shown = url.redacted();
  cut_slashes(base);
  cut_slashes(shown);
  if (!options.make_transport) options.make_transport = http::Client::create;
  CEEMS_TRY(auto transport, options.make_transport({.config = std::move(options.web),
                                                    .user_agent = "ceems_api_server",
                                                    .timeout = options.timeout,
                                                    .max_body_bytes = options.max_body_bytes}));
  return Rest(std::move(transport), std::move(base), std::move(shown));
}

base::Result<http::Response> Rest::send(std::string_view path, http::Request request) const {
  return transport_->send(base_ + std::string(path), std::move(request));
}

std::string Rest::shown(std::string_view path) const {
  return shown_ + std::string(path.substr(0, path.find('?')));
}

std::unexpected<base::Error> Rest::refused(std::string_view path, const http::Response& response) const {
  const std::string_view body = base::trim(response.text());
  const bool tells = !body.empty() && !body.starts_with('<') && base::is_valid_utf8(body);
  std::string reason = tells ? std::string(body.substr(0, kMaxShown)) : std::string();
  while (!base::is_valid_utf8(reason))
    reason.pop_back();
  return base::fail(code_of(response.status), shown(path), "answered {} {}{}{}", response.status,
                    http::reason_phrase(response.status), reason.empty() ? "" : ": ", reason);
}

}  // namespace ceems::manager

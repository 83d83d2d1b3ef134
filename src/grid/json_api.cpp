#include "grid/json_api.h"

#include "grid/answer.h"
#include "grid/patience.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::grid {

namespace {

base::ErrorCode code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return base::ErrorCode::kPermission;
    case 404:
      return base::ErrorCode::kNotFound;
    case 408:
    case 429:
      return base::ErrorCode::kUnavailable;
    default:
      return status >= 500 ? base::ErrorCode::kUnavailable : base::ErrorCode::kInvalid;
  }
}

std::string without_slash(std::string url) {
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

std::string shown(const std::string& url) {
  const auto parsed = http::parse_url(url);
  return parsed ? without_slash(parsed->redacted()) : std::string("URL");
}

}  // namespace

JsonApi::JsonApi(std::string url, std::unique_ptr<http::Client> client)
    : url_(without_slash(std::move(url))), shown_(shown(url_)), client_(std::move(client)) {}

base::Result<std::string> JsonApi::get(std::string_view path, const std::vector<http::Parameter>& query,
                                       http::Fields fields) {
  status_ = 0;
  http::Request request;
  request.fields = std::move(fields);
  request.fields.set("Accept", "application/json");
  std::string url = url_ + std::string(path);
  if (!query.empty()) url += "?" + http::encode_form(query);
  CEEMS_TRY(const http::Response answer, client_->send(url, std::move(request)));
  status_ = answer.status;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  if (const auto pause = asked_pause(answer, now)) pause_ = std::max(*pause, pause_.value_or(*pause));
  if (answer.status == 200) return std::string(answer.text());
  const std::string said = error_text(answer.text());
  return base::fail(code_of(answer.status), shown_ + std::string(path), "answered {} {}{}{}", answer.status,
                    http::reason_phrase(answer.status), said.empty() ? "" : ": ", said);
}

std::optional<std::chrono::milliseconds> JsonApi::take_pause() {
  return std::exchange(pause_, std::nullopt);
}

base::Result<std::unique_ptr<JsonApi>> make_json_api(JsonApiOptions options) {
  CEEMS_TRY_VOID(http::parse_url(options.url));
  http::ClientOptions client;
  client.config.proxy_from_environment = true;
  client.config.follow_redirects = options.follow_redirects;
  client.user_agent = std::move(options.user_agent);
  client.timeout = options.timeout;
  client.max_body_bytes = options.max_body_bytes;
  CEEMS_TRY(auto transport, http::Client::create(std::move(client)));
  return std::make_unique<JsonApi>(std::move(options.url), std::move(transport));
}

}  // namespace ceems::grid

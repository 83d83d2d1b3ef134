#include "lb/api_server.h"

#include "access/caller.h"
#include "base/text.h"
#include "base/version.h"
#include "lb/api_server_answer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kConnectTimeout{2'000};
constexpr std::chrono::milliseconds kTimeout{5'000};
// After a question without an answer.
constexpr std::chrono::milliseconds kSilence{1'000};

constexpr const char* kUserField = "X-Grafana-User";
constexpr const char* kAgeField = "X-Ceems-Database-Age";

std::string without_final_slash(std::string url) {
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

std::optional<std::chrono::seconds> age_of(const http::Response& response) {
  const auto text = response.fields.find(kAgeField);
  const auto seconds = text ? base::parse_u64(base::trim(*text)) : std::nullopt;
  constexpr std::uint64_t kLongest = std::numeric_limits<std::int32_t>::max();
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(*seconds, kLongest)));
}

}  // namespace

base::Result<std::unique_ptr<ApiServer>> ApiServer::create(const config::HttpClientConfig& web) {
  http::ClientOptions options;
  options.config = web;
  options.user_agent = fmt::format("ceems_lb/{}", base::version().version);
  options.connect_timeout = kConnectTimeout;
  options.timeout = kTimeout;
  CEEMS_TRY(auto transport, http::Client::create(std::move(options)));
  return create(web.url, std::move(transport));
}

base::Result<std::unique_ptr<ApiServer>> ApiServer::create(const std::string& url,
                                                           std::unique_ptr<http::Client> transport,
                                                           Clock now) {
  CEEMS_TRY(const http::Url parsed, http::parse_url(url));
  return std::unique_ptr<ApiServer>(new ApiServer(without_final_slash(url),
                                                  without_final_slash(parsed.redacted()),
                                                  std::move(transport), std::move(now)));
}

ApiServer::ApiServer(std::string base, std::string shown, std::unique_ptr<http::Client> transport, Clock now)
    : base_(std::move(base)),
      shown_(std::move(shown)),
      transport_(std::move(transport)),
      now_(std::move(now)),
      silent_until_ns_(std::numeric_limits<std::int64_t>::min()) {}

std::string ApiServer::shown(std::string_view path) const {
  return fmt::format("{}/api/v1/{}", shown_, path);
}

base::Result<ApiServer::Answer> ApiServer::get(std::string_view path,
                                               const std::vector<http::Parameter>& parameters,
                                               const std::string& user) {
  const auto now_ns = [this] { return nanoseconds(now_().time_since_epoch()).count(); };
  if (now_ns() < silent_until_ns_.load())
    return base::fail(base::ErrorCode::kUnavailable, shown(path), "did not answer a moment ago");
  http::Request request;
  request.fields.set(kUserField, user);
  request.fields.set("Accept", "application/json");
  const std::string form = http::encode_form(parameters);
  auto response = transport_->send(
      fmt::format("{}/api/v1/{}{}{}", base_, path, form.empty() ? "" : "?", form), std::move(request));
  if (response)
    return Answer{
        .status = response->status, .body = std::string(response->text()), .database_age = age_of(*response)};
  base::Error error = std::move(response).error();
  if (error.code == base::ErrorCode::kTooLarge || error.code == base::ErrorCode::kCancelled)
    return std::unexpected(std::move(error));
  silent_until_ns_ = now_ns() + nanoseconds(kSilence).count();
  error.code = base::ErrorCode::kUnavailable;
  return std::unexpected(std::move(error));
}

base::Result<std::vector<std::string>> ApiServer::clusters() {
  constexpr std::string_view kPath = "clusters/admin";
  CEEMS_TRY(const Answer answer, get(kPath, {}, std::string(access::kServiceAccount)));
  if (answer.status != 200)
    return base::fail(base::ErrorCode::kUnavailable, shown(kPath), "answered {}", answer.status);
  auto ids = parse_texts(answer.body, "id");
  if (!ids) return base::fail(base::ErrorCode::kUnavailable, shown(kPath), "{}", ids.error().message);
  return ids;
}

}  // namespace ceems::lb

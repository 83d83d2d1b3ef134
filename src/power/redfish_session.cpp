#include "power/redfish_session.h"

#include "base/log.h"
#include "base/text.h"

#include <utility>

namespace ceems::power {

namespace {

using base::ErrorCode;

constexpr std::size_t kMostForbidden = 256;

bool is_success(int status) {
  return status == 200 || status == 201 || status == 202 || status == 204;
}

bool is_refusal(int status) {
  return status == 401 || status == 403;
}

std::unexpected<base::Error> unexpected_status(int status, const std::string& subject) {
  const ErrorCode code = is_refusal(status) ? ErrorCode::kPermission
                         : status == 404    ? ErrorCode::kNotFound
                                            : ErrorCode::kUnavailable;
  return base::fail(code, subject, "status {}", status);
}

// The path of a session, which services give with or without scheme and host.
std::string session_path(std::string location) {
  if (const auto scheme = location.find("://"); scheme != std::string::npos) {
    const auto slash = location.find('/', scheme + 3);
    location = slash == std::string::npos ? "" : location.substr(slash);
  }
  return location.starts_with("/redfish/") ? location : "";
}

}  // namespace

RedfishSession::RedfishSession(RedfishConfig config, std::unique_ptr<http::Client> client)
    : config_(std::move(config)), client_(std::move(client)) {}

RedfishSession::~RedfishSession() {
  end();
}

void RedfishSession::contact(std::string_view host) {
  std::string target = redfish_target(config_, host);
  if (target == target_) return;
  end();
  target_ = std::move(target);
}

base::Result<http::Response> RedfishSession::send(std::string_view method, const std::string& path,
                                                  std::string body, bool authenticated) {
  http::Request request;
  request.method = method;
  request.body = std::move(body);
  request.fields.add("Accept", "application/json");
  if (!request.body.empty()) request.fields.add("Content-Type", "application/json");
  // The BMC itself has no use for its own address.
  if (!config_.external_url.empty()) request.fields.add("X-Redfish-Url", target_);
  if (authenticated && !token_.empty()) request.fields.add("X-Auth-Token", token_);
  return client_->send((config_.external_url.empty() ? target_ : config_.external_url) + path,
                       std::move(request));
}

base::Status RedfishSession::begin(const std::string& sessions) {
  sessions_ = sessions;
  return token_.empty() ? log_in() : base::Status();
}

base::Status RedfishSession::log_in() {
  if (config_.username.empty() || !config_.use_session_token || sessions_.empty()) return {};
  CEEMS_TRY(const http::Response answer, send("POST", sessions_,
                                              "{\"UserName\":" + base::json_quote(config_.username) +
                                                  ",\"Password\":" + base::json_quote(config_.password) + "}",
                                              false));
  if (!is_success(answer.status)) {
    const ErrorCode code = is_refusal(answer.status) ? ErrorCode::kPermission : ErrorCode::kUnavailable;
    return base::fail(code, target_, "login: status {}", answer.status);
  }
  const auto token = answer.fields.find("X-Auth-Token");
  if (!token) return base::fail(ErrorCode::kInvalid, target_, "login: no token");
  token_ = *token;
  session_ = session_path(std::string(answer.fields.find("Location").value_or("")));
  return {};
}

void RedfishSession::end() {
  if (!token_.empty() && !session_.empty()) {
    const auto answer = send("DELETE", session_, "", true);
    if (!answer) base::Logger().warn("a session of Redfish stays behind", {{"error", answer.error()}});
  }
  forget_session();
}

void RedfishSession::forget_session() {
  token_.clear();
  session_.clear();
}

base::Result<std::string> RedfishSession::get_openly(const std::string& path) {
  CEEMS_TRY(const http::Response answer, send("GET", path, "", false));
  if (!is_success(answer.status)) return unexpected_status(answer.status, target_ + path);
  return std::string(answer.text());
}

base::Result<std::string> RedfishSession::get(const std::string& path) {
  CEEMS_TRY(http::Response answer, send("GET", path, "", true));
  if (is_refusal(answer.status) && !token_.empty() && !forbidden_.contains(path)) {
    // Nobody can end a session that has ended.
    if (answer.status == 401) forget_session();
    end();
    CEEMS_TRY_VOID(log_in());
    CEEMS_TRY(answer, send("GET", path, "", true));
    // A new session changes nothing: the account may not see this.
    if (answer.status == 403 && forbidden_.size() < kMostForbidden) forbidden_.insert(path);
  }
  if (!is_success(answer.status)) return unexpected_status(answer.status, target_ + path);
  return std::string(answer.text());
}

}  // namespace ceems::power

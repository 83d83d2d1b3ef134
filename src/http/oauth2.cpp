#include "http/oauth2.h"

#include "base/text.h"
#include "http/client_auth.h"
#include "http/head.h"

#include <algorithm>
#include <cmath>

#include <boost/json/parse.hpp>

namespace ceems::http {

namespace {

constexpr std::size_t kMaxTokenBody = std::size_t{1} << 20;
constexpr std::chrono::seconds kRenewEarly{10};
constexpr std::chrono::hours kLongest{24 * 365};

struct Token {
  std::string authorization;
  std::chrono::seconds lifetime = kLongest;  // a server that names none issues tokens that last
};

std::string text_of(const boost::json::object& object, const char* key) {
  const boost::json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : "";
}

// `expires_in` is a number, yet some servers quote it.
std::chrono::seconds lifetime_of(const boost::json::object& object) {
  const boost::json::value* const value = object.if_contains("expires_in");
  if (value == nullptr) return kLongest;
  boost::json::error_code error;
  double seconds = value->is_number() ? value->to_number<double>(error) : 0;
  if (value->is_string()) seconds = base::parse_double(value->get_string().c_str()).value_or(0);
  if (!(seconds > 0)) return kLongest;
  const auto longest = static_cast<double>(std::chrono::seconds(kLongest).count());
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, longest)));
}

base::Result<Token> parse_token(std::string_view body, std::string_view subject) {
  boost::json::error_code error;
  const boost::json::value json = boost::json::parse({body.data(), body.size()}, error);
  if (error || !json.is_object())
    return base::fail(base::ErrorCode::kInvalid, subject, "the token server's answer is not a JSON object");
  const std::string access_token = text_of(json.get_object(), "access_token");
  if (access_token.empty() || !is_field_value(access_token))
    return base::fail(base::ErrorCode::kInvalid, subject,
                      "the token server's answer holds no usable access_token");
  const std::string type = text_of(json.get_object(), "token_type");
  const bool bearer = type.empty() || base::equals_ignoring_case(type, "bearer") || !is_token(type);
  return Token{(bearer ? "Bearer" : type) + " " + access_token, lifetime_of(json.get_object())};
}

}  // namespace

base::Result<std::unique_ptr<TokenSource>> TokenSource::create(const ClientOptions& options) {
  ClientOptions own = options;
  own.config = {};
  own.config.tls = options.config.oauth2->tls;
  own.config.proxy_url = options.config.proxy_url;
  own.config.no_proxy = options.config.no_proxy;
  own.config.proxy_from_environment = options.config.proxy_from_environment;
  own.config.proxy_connect_headers = options.config.proxy_connect_headers;
  own.config.follow_redirects = options.config.follow_redirects;
  own.max_body_bytes = kMaxTokenBody;
  CEEMS_TRY(std::unique_ptr<Client> client, Client::create(std::move(own)));
  return std::make_unique<TokenSource>(*options.config.oauth2, std::move(client));
}

base::Result<Response> TokenSource::ask(const std::string& secret, bool secret_in_form) {
  std::vector<Parameter> form = {{"grant_type", "client_credentials"}};
  if (!config_.scopes.empty()) form.push_back({"scope", base::join(config_.scopes, " ")});
  for (const auto& [name, value] : config_.endpoint_params)
    form.push_back({name, value});
  Request request;
  request.method = "POST";
  request.fields.add("Content-Type", "application/x-www-form-urlencoded");
  request.fields.add("Accept", "application/json");
  if (secret_in_form) {
    form.push_back({"client_id", config_.client_id});
    form.push_back({"client_secret", secret});
  } else {
    // Both are form-encoded first (RFC 6749 §2.3.1).
    request.fields.add("Authorization",
                       basic_authorization(percent_encode(config_.client_id), percent_encode(secret)));
  }
  request.body = encode_form(form);
  request.idempotent = true;
  return client_->send(config_.token_url, std::move(request));
}

base::Status TokenSource::renew() {
  std::string secret;
  if (!config_.client_secret.empty()) {
    CEEMS_TRY(secret, config_.client_secret.read());
  }
  CEEMS_TRY(Response response, ask(secret, false));
  // Some servers know only the other way to pass the secret.
  if (response.status == 400 || response.status == 401) {
    CEEMS_TRY(response, ask(secret, true));
  }
  std::string subject = "token_url";
  if (const auto url = parse_url(config_.token_url)) subject = url->redacted();
  if (response.status < 200 || response.status > 299) {
    const auto code = response.status < 500 ? base::ErrorCode::kPermission : base::ErrorCode::kUnavailable;
    return base::fail(code, subject, "the token server answered {}", response.status);
  }
  CEEMS_TRY(const Token token, parse_token(response.text(), subject));
  authorization_ = token.authorization;
  valid_until_ = std::chrono::steady_clock::now() + token.lifetime - kRenewEarly;
  return {};
}

base::Result<std::string> TokenSource::authorization() {
  const std::lock_guard lock(mutex_);
  if (!has_usable_token()) CEEMS_TRY_VOID(renew());
  return authorization_;
}

bool TokenSource::has_usable_token() const {
  return !authorization_.empty() && std::chrono::steady_clock::now() < valid_until_;
}

std::optional<std::string> TokenSource::known_authorization() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !has_usable_token()) return std::nullopt;
  return authorization_;
}

void TokenSource::forget() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) authorization_.clear();
}

}  // namespace ceems::http

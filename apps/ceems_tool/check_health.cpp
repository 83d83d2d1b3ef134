#include "base/text.h"
#include "base/version.h"
#include "commands.h"
#include "config/http_client.h"
#include "http/client.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

using base::ErrorCode;

constexpr std::chrono::seconds kTimeout{10};
constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20;

// "localhost:9020/" → "http://localhost:9020/health"
base::Result<std::string> health_url(std::string url, bool has_http_config) {
  if (url.find("://") == std::string::npos) url = "http://" + url;
  CEEMS_TRY(const http::Url parsed, http::parse_url(url));
  const bool has_credentials = !parsed.user.empty() || !parsed.password.empty();
  if (has_http_config && has_credentials) {
    return base::fail(ErrorCode::kInvalid, parsed.redacted(),
                      "credentials in the URL cannot be used together with --http.config.file");
  }
  while (url.ends_with('/'))
    url.pop_back();
  return url + "/health";
}

class CheckHealth final : public config::Command {
 public:
  explicit CheckHealth(std::string default_url) : default_url_(std::move(default_url)) {}

  void declare(config::Flags& flags) override {
    flags.string("http.config.file", "", "HTTP client configuration: authentication, TLS, proxy.",
                 http_config_file_);
    flags.string("url", default_url_, "URL of the server.", url_);
  }

  int run() override {
    const auto body = ask();
    if (!body) {
      fmt::print(stderr, "  FAILED: {}\n", body.error().text());
      return 1;
    }
    fmt::print(stderr, "  SUCCESS:  {}\n", base::trim(*body));
    return 0;
  }

 private:
  base::Result<std::string> ask() const {
    http::ClientOptions options;
    if (!http_config_file_.empty()) {
      CEEMS_TRY(options.config, config::load_http_client(http_config_file_));
    }
    options.user_agent = fmt::format("ceems_tool/{}", base::version().version);
    options.timeout = kTimeout;
    options.max_body_bytes = kMaxBodyBytes;
    CEEMS_TRY(const std::string url, health_url(url_, !http_config_file_.empty()));
    CEEMS_TRY(const auto client, http::Client::create(std::move(options)));
    CEEMS_TRY(const http::Response response, client->send(url, {}));
    if (response.status != 200) {
      CEEMS_TRY(const http::Url parsed, http::parse_url(url));
      return base::fail(ErrorCode::kUnavailable, parsed.redacted(), "answers with status {} {}",
                        response.status, http::reason_phrase(response.status));
    }
    return std::string(response.text());
  }

  std::string default_url_;
  std::string http_config_file_;
  std::string url_;
};

}  // namespace

std::unique_ptr<config::Command> make_check_health(std::string default_url) {
  return std::make_unique<CheckHealth>(std::move(default_url));
}

}  // namespace ceems::tool

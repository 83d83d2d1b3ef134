// A service that answers GET with JSON. Blocking. Not thread-safe, but for cancel().
#pragma once

#include "base/result.h"
#include "grid/emission_factor.h"
#include "http/client.h"
#include "http/message.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::grid {

class JsonApi {
 public:
  // `url`: "https://api.example.org/v3".
  JsonApi(std::string url, std::unique_ptr<http::Client> client);

  // The body of an answer 200 to `path` below the URL. Errors: kPermission (401, 403), kNotFound (404),
  // kInvalid (other answers that asking again will not change), kUnavailable, and those of the client.
  base::Result<std::string> get(std::string_view path, const std::vector<http::Parameter>& query,
                                http::Fields fields);
  // Of the last answer; 0 if there was none.
  int status() const { return status_; }
  // The longest pause that answers asked for since this was called before.
  std::optional<std::chrono::milliseconds> take_pause();
  void cancel() { client_->cancel(); }
  const std::string& shown_url() const { return shown_; }

 private:
  std::string url_;    // without a slash at its end
  std::string shown_;  // the same without a password
  std::unique_ptr<http::Client> client_;
  int status_ = 0;
  std::optional<std::chrono::milliseconds> pause_;
};

// A client that finds proxies in the environment, and follows redirects unless requests carry a secret of
// their own.
struct JsonApiOptions {
  std::string url = {};
  std::string user_agent = {};
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_body_bytes = std::size_t{64} << 10;
  bool follow_redirects = false;
};
base::Result<std::unique_ptr<JsonApi>> make_json_api(JsonApiOptions options);

}  // namespace ceems::grid

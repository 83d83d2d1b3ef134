// The API server, asked over HTTP. Blocking, each question for some seconds at most; thread-safe.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "http/client.h"
#include "http/message.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::lb {

class ApiServer {
 public:
  struct Answer {
    int status = 0;
    std::string body{};
    std::optional<std::chrono::seconds> database_age{};  // where the server tells it
  };
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // Reads certificates; errors name the file.
  static base::Result<std::unique_ptr<ApiServer>> create(const config::HttpClientConfig& web);
  // Over a given transport: for tests. kInvalid where `url` is none.
  static base::Result<std::unique_ptr<ApiServer>> create(const std::string& url,
                                                         std::unique_ptr<http::Client> transport,
                                                         Clock now = std::chrono::steady_clock::now);

  // What `path` ("units/verify") below /api/v1 says to `user`; any status is an answer. kUnavailable where
  // there is none: for a second after that it is said at once, so that a server which hangs does not hold
  // everybody up. kTooLarge, kCancelled.
  base::Result<Answer> get(std::string_view path, const std::vector<http::Parameter>& parameters,
                           const std::string& user);
  // The ids of the clusters that have units. kUnavailable where the answer says something else.
  base::Result<std::vector<std::string>> clusters();
  // Makes questions that run, and all that follow, fail with kCancelled.
  void cancel() { transport_->cancel(); }

  // For error messages: the URL of that path, without a password.
  std::string shown(std::string_view path) const;

 private:
  ApiServer(std::string base, std::string shown, std::unique_ptr<http::Client> transport, Clock now);

  const std::string base_;   // without a final slash
  const std::string shown_;  // the same without a password
  const std::unique_ptr<http::Client> transport_;
  const Clock now_;
  std::atomic<std::int64_t> silent_until_ns_;  // by the clock
};

}  // namespace ceems::lb

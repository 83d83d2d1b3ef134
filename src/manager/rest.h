// A manager's REST interface: one base URL, answers whole and bounded. Thread-safe.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "http/client.h"
#include "http/message.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ceems::manager {

// How to get a transport for a configuration; tests have one of their own.
using MakeTransport = std::function<base::Result<std::unique_ptr<http::Client>>(http::ClientOptions)>;

class Rest {
 public:
  struct Options {
    config::HttpClientConfig web{};  // its URL is the base; userinfo in it is basic auth
    std::chrono::milliseconds timeout{60'000};
    std::size_t max_body_bytes = std::size_t{256} << 20;
    MakeTransport make_transport{};  // empty: http::Client::create
  };
  static base::Result<Rest> create(Options options);

  // `path` starts with a slash and may have a query. Any status is a response.
  base::Result<http::Response> send(std::string_view path, http::Request request) const;
  // The error that a response with that status stands for: kPermission for 401 and 403, kNotFound for 404,
  // kGone for 410, kInvalid for other 4xx, else kUnavailable. Tells the beginning of a short plain answer.
  std::unexpected<base::Error> refused(std::string_view path, const http::Response& response) const;
  // The URL as errors show it, without a password and without the query.
  std::string shown(std::string_view path) const;
  void cancel() const { transport_->cancel(); }

 private:
  Rest(std::unique_ptr<http::Client> transport, std::string base, std::string shown);

  std::unique_ptr<http::Client> transport_;
  std::string base_;   // without a final slash
  std::string shown_;  // the same without a password
};

}  // namespace ceems::manager

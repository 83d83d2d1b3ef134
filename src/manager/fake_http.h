// An HTTP service that answers as a test says, and remembers what it was asked. For tests of this room.
#pragma once

#include "http/client.h"
#include "http/message.h"
#include "manager/rest.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

struct FakeService {
  // Called one at a time; `url` is the whole URL.
  std::function<base::Result<http::Response>(const std::string& url, const http::Request& request)> answer;
  std::vector<std::string> asked;  // "GET http://…"
  std::mutex mutex;

  std::size_t count(std::string_view part) {
    const std::lock_guard lock(mutex);
    std::size_t found = 0;
    for (const std::string& one : asked)
      found += one.find(part) != std::string::npos ? 1 : 0;
    return found;
  }
};

class FakeHttp final : public http::Client {
 public:
  explicit FakeHttp(FakeService& service) : service_(service) {}
  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    const std::lock_guard lock(service_.mutex);
    service_.asked.push_back(request.method + " " + std::string(url));
    return service_.answer(std::string(url), request);
  }
  void cancel() override {}

 private:
  FakeService& service_;
};

inline MakeTransport transport_to(FakeService& service) {
  return [&service](const http::ClientOptions&) -> base::Result<std::unique_ptr<http::Client>> {
    return std::make_unique<FakeHttp>(service);
  };
}

inline http::Response json_response(std::string body, int status = 200) {
  http::Response response;
  response.status = status;
  response.fields.set("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

}  // namespace ceems::manager

// An HTTP client that answers from a script, for the tests of this room.
#pragma once

#include "http/client.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace ceems::grid {

struct Script {
  struct Exchange {
    std::string url;
    http::Fields fields;
  };
  std::deque<http::Response> answers;
  std::vector<Exchange> seen;

  void add(int status, std::string body, std::vector<http::Fields::Entry> fields = {}) {
    http::Response answer = http::text_response(status, std::move(body));
    for (auto& [name, value] : fields)
      answer.fields.add(std::move(name), std::move(value));
    answers.push_back(std::move(answer));
  }
};

class ScriptedClient final : public http::Client {
 public:
  explicit ScriptedClient(Script& script) : script_(script) {}
  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    script_.seen.push_back({std::string(url), std::move(request.fields)});
    if (script_.answers.empty()) return base::fail(base::ErrorCode::kUnavailable, url, "connection refused");
    http::Response answer = std::move(script_.answers.front());
    script_.answers.pop_front();
    return answer;
  }
  void cancel() override {}

 private:
  Script& script_;
};

}  // namespace ceems::grid

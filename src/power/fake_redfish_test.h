// For tests: a Redfish service with one account; answers GET from a table, and knows what was asked.
#pragma once

#include "base/text.h"
#include "http/client.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

class FakeRedfish final : public http::Client {
 public:
  // Outlives the client, which is owned by what is tested.
  struct State {
    std::map<std::string, std::string> pages;  // by path
    std::string token = "t1";
    int logins = 0;
    int logouts = 0;
    std::vector<std::string> asked;            // paths of GET
    std::set<std::string> silent;              // paths that time out
    std::set<std::string> forbidden;           // paths that answer 403
    bool lets_in = true;                       // else logins are refused
    std::function<void()> on_request = [] {};  // before each
  };

  // "== PATH", then the lines of the page.
  static State from_text(std::string_view text) {
    State state;
    std::string* page = nullptr;
    std::string_view line;
    while (base::next_line(text, line)) {
      if (line.starts_with("== ")) {
        page = &state.pages[std::string(line.substr(3))];
      } else if (page != nullptr) {
        *page += std::string(line) + "\n";
      }
    }
    return state;
  }

  explicit FakeRedfish(State& state) : state_(state) {}

  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    state_.on_request();
    const std::string path(url.substr(url.find('/', url.find("://") + 3)));
    if (request.method == "POST") {
      ++state_.logins;
      if (!state_.lets_in) return http::text_response(401, "");
      http::Response answer = http::text_response(201, "{}");
      answer.fields.set("X-Auth-Token", state_.token);
      answer.fields.set("Location", "https://bmc:443/redfish/v1/SessionService/Sessions/7");
      return answer;
    }
    if (request.method == "DELETE") {
      ++state_.logouts;
      return http::text_response(204, "");
    }
    state_.asked.push_back(path);
    if (state_.silent.contains(path)) return base::fail(base::ErrorCode::kTimeout, path, "no answer");
    if (path != "/redfish/v1/" && request.fields.find("X-Auth-Token") != state_.token)
      return http::text_response(401, "");
    if (state_.forbidden.contains(path)) return http::text_response(403, "");
    const auto page = state_.pages.find(path);
    return page == state_.pages.end() ? http::text_response(404, "") : http::text_response(200, page->second);
  }
  void cancel() override {}

 private:
  State& state_;
};

}  // namespace ceems::power

// For the tests of forwarding: a proxy in front of a server whose every byte the test decides, and how its
// attempts ended.
#pragma once

#include "http/forward.h"
#include "http/test_support.h"
#include "http/upstream.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::http::testing {

class Outcomes {
 public:
  void add(const Outcome& outcome) {
    {
      const std::lock_guard lock(mutex_);
      outcomes_.push_back(outcome);
    }
    added_.notify_all();
  }
  // All so far, as soon as there are that many.
  std::vector<Outcome> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(added_.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                [&] { return outcomes_.size() >= count; }));
    return outcomes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<Outcome> outcomes_;
};

inline std::shared_ptr<const Upstream> make_upstream(UpstreamOptions options) {
  auto upstream = Upstream::create(std::move(options));
  EXPECT_TRUE(upstream) << (upstream ? "" : upstream.error().text());
  return upstream ? *std::move(upstream) : nullptr;
}

// Passes a request on as it is.
inline Forward forward_all(const Request& request, std::shared_ptr<const Upstream> upstream) {
  Forward forward;
  forward.upstream = std::move(upstream);
  forward.method = request.method;
  forward.target = request.target;
  forward.fields = request.fields;
  return forward;
}

inline Route decide_route(Decider decide) {
  Route route;
  route.path = "/…";
  route.decide = std::move(decide);
  return route;
}

inline std::string ask_for(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: front\r\n" + std::string(more) + "\r\n";
}

inline std::string head_of(const std::string& message) {
  return message.substr(0, message.find("\r\n\r\n") + 4);
}
inline std::string body_of(const std::string& message) {
  return message.substr(message.find("\r\n\r\n") + 4);
}
inline bool has_line(const std::string& message, const std::string& line) {
  return head_of(message).find("\r\n" + line + "\r\n") != std::string::npos;
}
inline bool has_field(const std::string& message, const std::string& name) {
  return head_of(message).find("\r\n" + name + ":") != std::string::npos;
}

struct ForwardingTest : ::testing::Test {
  RawServer backend;
  Outcomes outcomes;
  UpstreamOptions options;
  ServerOptions server_options = loopback_options();
  std::shared_ptr<const Upstream> upstream;
  std::unique_ptr<Server> server;

  // Without a decision of its own everything is passed on.
  void start(Decider decide = {}) {
    if (options.url.empty()) options.url = backend.url();
    upstream = make_upstream(options);
    if (!decide) decide = [this](Request& request) -> Answer { return pass(request); };
    server = run_server(server_options, {decide_route(std::move(decide))});
  }
  Forward pass(const Request& request) {
    Forward forward = forward_all(request, upstream);
    forward.on_end = [this](const Outcome& outcome) { outcomes.add(outcome); };
    return forward;
  }
  RawSocket connect(int receive_buffer = 0) const {
    return RawSocket(port_of(server->addresses().front()), receive_buffer);
  }
  Outcome only_outcome() {
    const auto all = outcomes.wait_for(1);
    EXPECT_EQ(all.size(), 1U);
    return all.front();
  }
};

}  // namespace ceems::http::testing

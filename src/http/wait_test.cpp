// Requests that wait for a bell.
#include "http/forward_test_support.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace ceems::http::testing {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

struct WaitTest : ::testing::Test {
  std::shared_ptr<Bell> bell = std::make_shared<Bell>();
  std::atomic<int> waiting = 0;
  milliseconds patience{3'600'000};
  std::unique_ptr<Server> server;

  Answer wait_for_ever() {
    ++waiting;
    return Wait{bell, Clock::now() + patience, [this](Request&) { return wait_for_ever(); }};
  }

  // "/ring" rings; "/ever" waits again and again; all else waits once.
  void SetUp() override {
    server = run_server(loopback_options(), {decide_route([this](Request& request) -> Answer {
                          if (request.target == "/ring") {
                            bell->ring();
                            return text_response(200, "rung");
                          }
                          if (request.target == "/ever") return wait_for_ever();
                          ++waiting;
                          return Wait{bell, Clock::now() + patience, [this](Request&) -> Answer {
                                        return text_response(200, bell->rung() ? "heard" : "late");
                                      }};
                        })});
  }
  std::string ask(const std::string& target) const {
    RawSocket socket(port_of(server->addresses().front()));
    socket.send(ask_for(target, "Connection: close\r\n"));
    const std::string& answer = socket.read_to_end();
    return answer.empty() ? "" : body_of(answer);
  }
  void await(int count) const {
    while (waiting < count)
      std::this_thread::sleep_for(milliseconds(1));
  }
};

TEST_F(WaitTest, GoesOnForAllWhenTheBellRings) {
  std::vector<std::string> heard(20);
  std::vector<std::thread> clients;
  for (std::string& one : heard)
    clients.emplace_back([this, &one] { one = ask("/wait"); });
  await(20);
  EXPECT_EQ(ask("/ring"), "rung");
  for (std::thread& client : clients)
    client.join();
  EXPECT_EQ(heard, std::vector<std::string>(20, "heard"));
}

TEST_F(WaitTest, DoesNotWaitForABellThatHasRung) {
  ask("/ring");
  EXPECT_EQ(ask("/wait"), "heard");
}

TEST_F(WaitTest, GoesOnWhenItsTimeHasCome) {
  patience = milliseconds(1);
  EXPECT_EQ(ask("/wait"), "late");
}

TEST_F(WaitTest, EndsWithTheServer) {
  std::thread client([this] { ask("/wait"); });
  await(1);
  server->stop(milliseconds(1));
  client.join();
}

TEST_F(WaitTest, EndsWithTheServerHoweverOftenItWaits) {
  std::thread client([this] { ask("/ever"); });
  await(1);
  server->stop(milliseconds(1));
  client.join();
  EXPECT_EQ(waiting, 1);
}

TEST_F(WaitTest, MayBeRungAfterTheServerIsGone) {
  std::thread client([this] { ask("/wait"); });
  await(1);
  server->stop(milliseconds(1));
  client.join();
  server.reset();
  bell->ring();
}

}  // namespace
}  // namespace ceems::http::testing

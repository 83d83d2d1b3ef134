#include "bmcproxy/proxy.h"

#include "http/client.h"
#include "http/server.h"

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::bmcproxy {
namespace {

using std::chrono::milliseconds;

constexpr const char* kSessions = "/redfish/v1/SessionService/Sessions";
constexpr const char* kPower = "/redfish/v1/Chassis/1/Power";

// A BMC that counts who asks at a time, and answers when it is told to.
struct FakeBmc {
  std::atomic<int> asked = 0;
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;
  std::atomic<int> logins = 0;
  std::atomic<int> logouts = 0;
  std::atomic<bool> held = false;
  std::atomic<bool> knows_sessions = true;
  std::atomic<std::size_t> size = 0;  // of answers to GET; 0: the usual one
  std::mutex mutex;
  http::Request last;  // guarded by mutex
  std::unique_ptr<http::Server> server;

  FakeBmc() {
    http::Route route;
    route.path = "/…";
    route.body_limit = 4096;
    route.handler = [this](const http::Request& request) { return answer(request); };
    http::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    options.worker_threads = 8;
    server = http::Server::create(std::move(options), {route}).value();
    server->start();
  }
  ~FakeBmc() {
    held = false;
    server->stop(milliseconds(1'000));
  }
  std::string url() const { return "http://" + server->addresses().front(); }

  http::Response answer(const http::Request& request) {
    ++asked;
    const int now = ++at_once;
    most_at_once = std::max<int>(most_at_once, now);
    while (held)
      std::this_thread::sleep_for(milliseconds(1));
    {
      const std::scoped_lock lock(mutex);
      last = request;
    }
    --at_once;
    if (request.method == "DELETE") {
      ++logouts;
      return {.status = 204, .fields = {}, .body = {}};
    }
    if (request.method == "POST") {
      http::Response response = http::text_response(201, "{}");
      response.fields.set("X-Auth-Token", "token" + std::to_string(++logins));
      response.fields.set("Location", std::string(kSessions) + "/1");
      return response;
    }
    if (!knows_sessions) return http::text_response(401, "{}");
    if (size > 0) return http::text_response(200, std::string(size, ' '));
    http::Response response = http::text_response(200, R"({"PowerControl":[{"PowerConsumedWatts":410}]})");
    response.fields.set("Set-Cookie", "a=b");
    return response;
  }
};

struct ProxyTest : ::testing::Test {
  FakeBmc bmc;
  SelfMetrics metrics;
  Settings settings;
  std::unique_ptr<Entrance> entrance;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<http::Client> client = http::Client::create({.config = {}, .user_agent = "test"}).value();

  void SetUp() override {
    settings.targets = {{.clients = {"192.0.2.7"}, .url = bmc.url()}};
    settings.resources = default_resources();
    settings.limits.spacing = milliseconds(0);
  }
  void TearDown() override {
    bmc.held = false;
    if (server) server->stop(milliseconds(5'000));
  }
  void start() {
    entrance = Entrance::create(settings, base::AddressList::parse({"127.0.0.1"}).value(), metrics).value();
    http::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    server = http::Server::create(std::move(options), {entrance->route()}).value();
    server->start();
  }
  http::Response ask(const std::string& method, const std::string& path, const std::string& token = "",
                     const std::string& body = "") const {
    http::Request request;
    request.method = method;
    request.body = body;
    request.fields.add("X-Real-IP", "192.0.2.7");
    request.fields.add("X-Redfish-Url", bmc.url());
    request.fields.add("X-Forwarded-For", "192.0.2.66");
    if (!token.empty()) request.fields.add("X-Auth-Token", token);
    auto response = client->send("http://" + server->addresses().front() + path, std::move(request));
    return response ? *std::move(response) : http::text_response(0, response.error().text());
  }
};

TEST_F(ProxyTest, PassesOnWhatTheBmcMaySee) {
  start();
  const auto response = ask("GET", kPower, "t");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.text().find("410"), std::string_view::npos);
  EXPECT_FALSE(response.fields.find("Set-Cookie"));
  const std::scoped_lock lock(bmc.mutex);
  EXPECT_EQ(bmc.last.fields.find("X-Auth-Token"), "t");
  EXPECT_EQ(bmc.last.fields.find("User-Agent"), "ceems/redfish_proxy");
  for (const char* name : {"X-Redfish-Url", "X-Real-IP", "X-Forwarded-For", "Authorization"})
    EXPECT_FALSE(bmc.last.fields.find(name)) << name;
}

TEST_F(ProxyTest, RefusesWhatIsNotAllowed) {
  start();
  EXPECT_EQ(ask("GET", "/redfish/v1/Systems").status, 403);
  EXPECT_EQ(ask("GET", "/redfish/v1/Chassis/..%2fSystems").status, 403);
  EXPECT_EQ(ask("POST", kPower, "t", "{}").status, 405);
  EXPECT_EQ(bmc.asked, 0);
}

TEST_F(ProxyTest, KnowsNoBmcOfStrangers) {
  settings.targets[0].clients = {"192.0.2.8"};
  settings.targets[0].url = "http://192.0.2.200:1";
  start();
  EXPECT_EQ(ask("GET", kPower).status, 403) << "the one that the request names";
  EXPECT_EQ(bmc.asked, 0);
}

TEST_F(ProxyTest, BelievesOnlyTrustedProxiesAboutTheClient) {
  entrance = Entrance::create(settings, {}, metrics).value();
  settings.targets[0].url = "http://192.0.2.200:1";
  http::Request request;
  request.method = "GET";
  request.target = kPower;
  request.peer_address = "192.0.2.9";
  request.fields.add("X-Real-IP", "192.0.2.7");
  auto answer = entrance->route().decide(request);
  EXPECT_EQ(std::get<http::Response>(answer.step).status, 400);
}

TEST_F(ProxyTest, AsksOnceForManyWhoAskTheSame) {
  start();
  bmc.held = true;
  std::vector<std::future<http::Response>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(std::async(std::launch::async, [this] { return ask("GET", kPower, "t"); }));
  while (bmc.asked == 0)
    std::this_thread::sleep_for(milliseconds(1));
  bmc.held = false;
  for (auto& one : all)
    EXPECT_EQ(one.get().status, 200);
  EXPECT_EQ(bmc.asked, 1);
  EXPECT_EQ(ask("GET", kPower, "other").status, 200);
  EXPECT_EQ(bmc.asked, 2) << "what one account may see is not for another";
}

TEST_F(ProxyTest, AsksOnceForAllWhatIsForEverybody) {
  start();
  EXPECT_EQ(ask("GET", "/redfish/v1/", "t").status, 200);
  EXPECT_EQ(ask("GET", "/redfish/v1/", "other").status, 200);
  EXPECT_EQ(bmc.asked, 1);
  const std::scoped_lock lock(bmc.mutex);
  EXPECT_FALSE(bmc.last.fields.find("X-Auth-Token"));
}

TEST_F(ProxyTest, AsksOneBmcFewThingsAtATime) {
  settings.limits.concurrent = 2;
  start();
  std::vector<std::future<http::Response>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(
        std::async(std::launch::async, [this, i] { return ask("GET", kPower, "t" + std::to_string(i)); }));
  for (auto& one : all)
    EXPECT_EQ(one.get().status, 200);
  EXPECT_LE(bmc.most_at_once, 2);
  EXPECT_EQ(bmc.asked, 20);
}

TEST_F(ProxyTest, SharesASessionAmongTheSameLogins) {
  start();
  const auto one = ask("POST", kSessions, "", "{\"UserName\":\"m\"}");
  const auto two = ask("POST", kSessions, "", "{\"UserName\":\"m\"}");
  EXPECT_EQ(one.fields.find("X-Auth-Token"), "token1");
  EXPECT_EQ(two.fields.find("X-Auth-Token"), "token1");
  EXPECT_EQ(two.status, 201);
  EXPECT_EQ(ask("POST", kSessions, "", "{\"UserName\":\"o\"}").fields.find("X-Auth-Token"), "token2");
  EXPECT_EQ(ask("DELETE", std::string(kSessions) + "/1", "token1").status, 204);
  EXPECT_EQ(bmc.logouts, 0);
  EXPECT_EQ(ask("DELETE", std::string(kSessions) + "/1", "token1").status, 204);
  EXPECT_EQ(bmc.logouts, 1);
}

TEST_F(ProxyTest, LogsInAnewAfterASessionHasEnded) {
  start();
  ask("POST", kSessions, "", "{}");
  bmc.knows_sessions = false;
  EXPECT_EQ(ask("GET", kPower, "token1").status, 401);
  EXPECT_EQ(ask("POST", kSessions, "", "{}").fields.find("X-Auth-Token"), "token2");
}

TEST_F(ProxyTest, LeavesABmcAloneThatDoesNotAnswer) {
  settings.limits.timeout = milliseconds(1'000);
  start();
  bmc.held = true;
  std::vector<std::future<http::Response>> all;
  for (int i = 0; i < 10; ++i)
    all.push_back(
        std::async(std::launch::async, [this, i] { return ask("GET", kPower, "t" + std::to_string(i)); }));
  for (auto& one : all) {
    const int status = one.get().status;
    EXPECT_TRUE(status == 504 || status == 503) << status;
  }
  EXPECT_LE(bmc.asked, 2);
}

TEST_F(ProxyTest, PassesALargeAnswerOnAndCutsOneWithoutEnd) {
  start();
  bmc.size = std::size_t{2} << 20;
  EXPECT_EQ(ask("GET", kPower, "t").text().size(), std::size_t{2} << 20);
  EXPECT_EQ(ask("GET", kPower, "t").status, 200);
  EXPECT_EQ(bmc.asked, 2) << "it is not kept";
  bmc.size = std::size_t{20} << 20;
  EXPECT_EQ(ask("GET", kPower, "t").status, 0) << "a body that is not whole";
}

TEST_F(ProxyTest, SaysWhenABmcCannotBeReached) {
  settings.targets[0].url = "http://127.0.0.1:1";
  start();
  EXPECT_EQ(ask("GET", kPower).status, 502);
}

TEST_F(ProxyTest, TakesAnotherConfiguration) {
  start();
  settings.targets[0].clients = {"192.0.2.8"};
  settings.targets[0].url = "http://192.0.2.200:1";
  ASSERT_TRUE(entrance->exchange(settings));
  EXPECT_EQ(ask("GET", kPower).status, 403);
  settings.named_urls = {"("};
  EXPECT_FALSE(entrance->exchange(settings));
}

TEST_F(ProxyTest, CountsWhatItDoes) {
  start();
  ask("GET", kPower, "t");
  ask("GET", kPower, "t");
  ask("GET", "/redfish/v1/Systems");
  server->stop(milliseconds(1'000));
  const std::string page = metrics.page(entrance->load());
  for (const char* line : {"redfish_proxy_answers_total{code=\"200\",origin=\"bmc\"} 1\n",
                           "redfish_proxy_answers_total{code=\"200\",origin=\"shared\"} 1\n",
                           "redfish_proxy_refusals_total{reason=\"resource\"} 1\n",
                           "redfish_proxy_bmc_requests_total{fault=\"none\"} 1\n", "redfish_proxy_bmcs 1\n"})
    EXPECT_NE(page.find(line), std::string::npos) << line << page;
}

}  // namespace
}  // namespace ceems::bmcproxy

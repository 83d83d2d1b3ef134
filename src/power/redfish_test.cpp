#include "power/redfish.h"

#include "power/fake_tree_test.h"

#include <map>

#include <gtest/gtest.h>

namespace ceems::power {
namespace {

const std::atomic<bool> kGoOn = false;

// A BMC with one account; answers GET from a table, and knows what was asked.
class FakeRedfish final : public http::Client {
 public:
  struct State {
    std::map<std::string, std::string> pages;
    std::string token = "t1";
    int logins = 0;
    int logouts = 0;
  };
  explicit FakeRedfish(State& state) : state_(state) {}

  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    const std::string path(url.substr(std::string_view("https://bmc:443").size()));
    if (request.method == "POST") {
      ++state_.logins;
      http::Response answer = http::text_response(201, "{}");
      answer.fields.set("X-Auth-Token", state_.token);
      answer.fields.set("Location", "https://bmc:443/redfish/v1/Sessions/7");
      return answer;
    }
    if (request.method == "DELETE") {
      ++state_.logouts;
      return http::text_response(204, "");
    }
    if (path != "/redfish/v1/" && request.fields.find("X-Auth-Token") != state_.token)
      return http::text_response(401, "");
    const auto page = state_.pages.find(path);
    return page == state_.pages.end() ? http::text_response(404, "") : http::text_response(200, page->second);
  }
  void cancel() override {}

 private:
  State& state_;
};

FakeRedfish::State server() {
  return {.pages = {
              {"/redfish/v1/", R"({"Chassis":{"@odata.id":"/redfish/v1/Chassis"},)"
                               R"("Links":{"Sessions":{"@odata.id":"/redfish/v1/Sessions"}}})"},
              {"/redfish/v1/Chassis", R"({"Members":[{"@odata.id":"/redfish/v1/Chassis/1"}],)"
                                      R"("Members@odata.nextLink":"/redfish/v1/Chassis?$skip=1"})"},
              {"/redfish/v1/Chassis?$skip=1", R"({"Members":[{"@odata.id":"/redfish/v1/Chassis/2"},)"
                                              R"({"@odata.id":"/redfish/v1/Chassis/3"}]})"},
              {"/redfish/v1/Chassis/1", R"({"Id":"1","Power":{"@odata.id":"/redfish/v1/Chassis/1/Power"}})"},
              {"/redfish/v1/Chassis/2",
               R"({"Id":"2","EnvironmentMetrics":{"@odata.id":"/redfish/v1/Chassis/2/EnvironmentMetrics"}})"},
              {"/redfish/v1/Chassis/3", R"({"Id":"shelf"})"},
              {"/redfish/v1/Chassis/1/Power",
               R"({"PowerControl":[{"PowerConsumedWatts":410,"PowerMetrics":{"MinConsumedWatts":200}},)"
               R"({"PowerConsumedWatts":90.5}]})"},
              {"/redfish/v1/Chassis/2/EnvironmentMetrics",
               R"({"PowerWatts":{"Reading":77},"EnergyJoules":{"Reading":1000}})"},
          }};
}

RedfishMeter meter_of(FakeRedfish::State& state) {
  RedfishConfig config;
  config.target = config.endpoint = "https://bmc:443";
  config.username = "monitor";
  return {std::move(config), std::make_unique<FakeRedfish>(state)};
}

TEST(RedfishMeterTest, ReadsEachChassisByWhatItHas) {
  auto state = server();
  RedfishMeter meter = meter_of(state);
  const auto snapshot = meter.read(kGoOn).value();
  ASSERT_EQ(snapshot.chassis.size(), 2U);
  EXPECT_EQ(snapshot.chassis[0].current, 500.5);
  EXPECT_EQ(snapshot.chassis[0].minimum, 200);
  EXPECT_FALSE(snapshot.chassis[0].average);
  EXPECT_EQ(snapshot.chassis[1].current, 77);
  EXPECT_EQ(snapshot.chassis[1].energy_joules, 1000);
}

TEST(RedfishMeterTest, LogsInAgainWhenTheSessionHasEnded) {
  auto state = server();
  {
    RedfishMeter meter = meter_of(state);
    ASSERT_TRUE(meter.read(kGoOn));
    state.token = "t2";
    EXPECT_EQ(meter.read(kGoOn).value().chassis.size(), 2U);
    EXPECT_EQ(state.logins, 2);
  }
  EXPECT_EQ(state.logouts, 2) << "no session stays behind";
}

TEST(RedfishMeterTest, LosesOnlyTheChassisThatCannotBeRead) {
  auto state = server();
  state.pages["/redfish/v1/Chassis/1/Power"] = "{";
  RedfishMeter meter = meter_of(state);
  const auto snapshot = meter.read(kGoOn).value();
  ASSERT_EQ(snapshot.chassis.size(), 1U);
  EXPECT_EQ(snapshot.problem->code, base::ErrorCode::kInvalid);
}

TEST(RedfishMeterTest, FollowsNoLinkOutOfTheService) {
  auto state = server();
  state.pages["/redfish/v1/Chassis"] =
      R"({"Members":[{"@odata.id":"@evil.example/redfish"},{"@odata.id":7},null]})";
  RedfishMeter meter = meter_of(state);
  EXPECT_EQ(meter.read(kGoOn).error().code, base::ErrorCode::kNoData);
}

TEST(RedfishMeterTest, TakesNoWattsThatNoChassisHas) {
  for (const char* watts : {"null", "-5", "1e9", "\"410\"", "[]", "{}"}) {
    RedfishPower power;
    EXPECT_TRUE(
        add_redfish_power(std::string(R"({"PowerControl":[{"PowerConsumedWatts":)") + watts + "}]}", power));
    EXPECT_FALSE(power.current) << watts;
  }
  RedfishPower power;
  EXPECT_FALSE(add_redfish_power("[]", power));
  EXPECT_FALSE(add_redfish_power(std::string(100'000, '['), power));
}

TEST(RedfishConfigTest, HasDefaultsAndReplacesTheHostname) {
  const FakeTree tree("== redfish.yml\nredfish_collector:\n  hostname: \"{hostname}-bmc\"\n  username: u\n");
  const auto config = load_redfish_config(tree.path("redfish.yml"), false, "n7").value();
  EXPECT_EQ(config.target, "https://n7-bmc:443");
  EXPECT_EQ(config.endpoint, config.target);
  EXPECT_TRUE(config.use_session_token);
}

TEST(RedfishConfigTest, ContactsAProxyIfThereIsOne) {
  const FakeTree tree(
      "== redfish.yml\nredfish_web_config:\n  hostname: bmc\n  protocol: http\n  external_url: "
      "http://proxy:5000/\n");
  const auto config = load_redfish_config(tree.path("redfish.yml"), false, "n7").value();
  EXPECT_EQ(config.target, "http://bmc:80");
  EXPECT_EQ(config.endpoint, "http://proxy:5000");
  EXPECT_TRUE(config.proxied);
  EXPECT_EQ(config.warnings.size(), 1U);
}

TEST(RedfishConfigTest, RefusesWhatCannotWork) {
  for (const char* text :
       {"other: 1", "redfish_collector: {}", "redfish_collector: {hostname: a, port: 70000}",
        "redfish_collector: {hostname: a, protocol: ftp}",
        "redfish_collector: {hostname: a, external_url: proxy}"}) {
    const FakeTree tree(std::string("== redfish.yml\n") + text + "\n");
    EXPECT_FALSE(load_redfish_config(tree.path("redfish.yml"), false, "n7")) << text;
  }
  EXPECT_FALSE(load_redfish_config("", false, "n7"));
}

}  // namespace
}  // namespace ceems::power

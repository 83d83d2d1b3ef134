#include "power/redfish.h"

#include "base/file.h"
#include "power/bmc_address.h"
#include "power/fake_bmc_test.h"
#include "power/fake_redfish_test.h"
#include "power/fake_tree_test.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::power {
namespace {

const std::atomic<bool> kGoOn = false;

std::string data_file(const std::string& name) {
  return base::read_file(base::join_path(CEEMS_SOURCE_DIR "/tests/data/power/redfish", name)).value();
}

FakeRedfish::State service_of(const std::string& vendor) {
  return FakeRedfish::from_text(data_file(vendor + "/pages.txt"));
}

RedfishMeterOptions options() {
  RedfishMeterOptions options;
  options.config.host = "bmc";
  options.config.username = "monitor";
  return options;
}

RedfishMeter meter_of(FakeRedfish::State& state) {
  return {options(), std::make_unique<FakeRedfish>(state)};
}

std::string told(const RedfishSnapshot& snapshot) {
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.10g}", *value) : "?";
  };
  std::string text;
  for (const RedfishPower& one : snapshot.chassis)
    text +=
        fmt::format("{} {} {} {}: {} {} {} {} {}\n", one.chassis, one.type,
                    one.contained_by.empty() ? "-" : one.contained_by, one.source, number(one.current),
                    number(one.minimum), number(one.maximum), number(one.average), number(one.energy_joules));
  return text;
}

TEST(RedfishMeterTest, ReadsTheServicesOfTheVendors) {
  for (const std::string& vendor :
       base::list_directory(CEEMS_SOURCE_DIR "/tests/data/power/redfish").value()) {
    auto state = service_of(vendor);
    RedfishMeter meter = meter_of(state);
    for (int i = 0; i < 3; ++i) {
      const auto snapshot = meter.read(kGoOn);
      ASSERT_TRUE(snapshot) << vendor << ": " << snapshot.error().text();
      EXPECT_EQ(told(*snapshot), data_file(vendor + "/expected.txt")) << vendor;
    }
    EXPECT_EQ(state.logins, 1) << vendor;
  }
}

TEST(RedfishMeterTest, LogsInAgainWhenTheSessionHasEnded) {
  auto state = service_of("nvidia-hgx");
  {
    RedfishMeter meter = meter_of(state);
    ASSERT_TRUE(meter.read(kGoOn));
    state.token = "t2";
    EXPECT_EQ(meter.read(kGoOn).value().chassis.size(), 3U);
    EXPECT_EQ(state.logins, 2) << "once, not for each chassis";
  }
  EXPECT_EQ(state.logouts, 1) << "the session that had ended can't be ended, and no other stays behind";
}

TEST(RedfishMeterTest, TriesNoPasswordAgainWithinAReading) {
  auto state = service_of("nvidia-hgx");
  RedfishMeter meter = meter_of(state);
  ASSERT_TRUE(meter.read(kGoOn));
  state.token = "t2";
  state.lets_in = false;
  EXPECT_EQ(meter.read(kGoOn).error().code, base::ErrorCode::kPermission);
  EXPECT_EQ(state.logins, 2) << "accounts get locked";
  state.lets_in = true;
  EXPECT_TRUE(meter.read(kGoOn));
}

TEST(RedfishMeterTest, LosesOnlyTheChassisThatCannotBeRead) {
  auto state = service_of("nvidia-hgx");
  state.pages["/redfish/v1/Chassis/HGX_GPU_SXM_1/EnvironmentMetrics"] = "{";
  state.forbidden.insert("/redfish/v1/Chassis/HGX_GPU_SXM_2");
  RedfishMeter meter = meter_of(state);
  const auto snapshot = meter.read(kGoOn).value();
  ASSERT_EQ(snapshot.chassis.size(), 1U);
  EXPECT_EQ(snapshot.problem->code, base::ErrorCode::kInvalid);
  ASSERT_TRUE(meter.read(kGoOn));
  EXPECT_EQ(state.logins, 2) << "what is forbidden is no session that has ended";
}

TEST(RedfishMeterTest, HasNoSumThatLacksASupply) {
  auto state = service_of("power-supplies");
  RedfishMeter meter = meter_of(state);
  ASSERT_TRUE(meter.read(kGoOn));
  state.pages["/redfish/v1/Chassis/1U/PowerSubsystem/PowerSupplies/Bay2/Metrics"] = "{}";
  EXPECT_FALSE(meter.read(kGoOn));
}

TEST(RedfishMeterTest, FindsASupplyThatWasPutElsewhere) {
  auto state = service_of("power-supplies");
  RedfishMeter meter = meter_of(state);
  ASSERT_TRUE(meter.read(kGoOn));
  const std::string supplies = "/redfish/v1/Chassis/1U/PowerSubsystem/PowerSupplies";
  state.pages.erase(supplies + "/Bay2/Metrics");
  state.pages[supplies] = R"({"Members":[{"@odata.id":")" + supplies + R"(/Bay1"}]})";
  EXPECT_FALSE(meter.read(kGoOn));
  EXPECT_EQ(meter.read(kGoOn).value().chassis.at(0).current, 187.5);
}

TEST(RedfishMeterTest, AsksNoMoreThanItHasToOnceItKnows) {
  auto state = service_of("openbmc");
  RedfishMeter meter = meter_of(state);
  ASSERT_TRUE(meter.read(kGoOn));
  state.asked.clear();
  ASSERT_TRUE(meter.read(kGoOn));
  EXPECT_EQ(state.asked, (std::vector<std::string>{"/redfish/v1/Chassis/chassis/EnvironmentMetrics",
                                                   "/redfish/v1/Chassis/chassis/Sensors/power_total_power"}));
}

TEST(RedfishMeterTest, AsksOneThingOnlyOfAServiceThatHangs) {
  auto state = service_of("cray-ex");
  RedfishMeter meter = meter_of(state);
  ASSERT_TRUE(meter.read(kGoOn));
  state.silent = {"/redfish/v1/Chassis/Node0/Power", "/redfish/v1/Chassis/Node1/Power"};
  state.asked.clear();
  EXPECT_EQ(meter.read(kGoOn).error().code, base::ErrorCode::kTimeout);
  EXPECT_EQ(state.asked.size(), 1U);
}

TEST(RedfishMeterTest, GetsAroundAChassisThatHangs) {
  auto state = service_of("nvidia-hgx");
  state.silent = {"/redfish/v1/Chassis/HGX_Chassis_0"};
  RedfishMeter meter = meter_of(state);
  EXPECT_EQ(meter.read(kGoOn).error().code, base::ErrorCode::kTimeout);
  EXPECT_EQ(meter.read(kGoOn).value().chassis.size(), 2U);
}

TEST(RedfishMeterTest, KeepsToItsTimeAndGoesOnFromThere) {
  auto state = service_of("nvidia-hgx");
  RedfishMeterOptions slow = options();
  auto now = RedfishMeterOptions::Clock::time_point();
  slow.now = [&now] { return now; };
  state.on_request = [&now] { now += std::chrono::seconds(4); };
  RedfishMeter meter(slow, std::make_unique<FakeRedfish>(state));
  const auto begin = now;
  EXPECT_FALSE(meter.read(kGoOn));
  EXPECT_LE(now - begin, slow.time_limit + std::chrono::seconds(4));
  state.on_request = [&now] { now += std::chrono::milliseconds(500); };
  EXPECT_EQ(meter.read(kGoOn).value().chassis.size(), 3U);
  EXPECT_EQ(std::ranges::count(state.asked, "/redfish/v1/Chassis"), 1) << "it does not begin anew";
}

TEST(RedfishMeterTest, TellsAMeterThatHasStopped) {
  auto state = service_of("hpe-ilo5");
  RedfishMeterOptions timed = options();
  auto now = RedfishMeterOptions::Clock::time_point();
  timed.now = [&now] { return now; };
  RedfishMeter meter(timed, std::make_unique<FakeRedfish>(state));
  const auto frozen = [&] { return meter.read(kGoOn).value().chassis.at(0).frozen; };
  EXPECT_FALSE(frozen());
  now += std::chrono::minutes(10);
  EXPECT_FALSE(frozen()) << "two alike by chance";
  for (int i = 0; i < 20; ++i)
    frozen();
  EXPECT_TRUE(frozen());
  std::string& page = state.pages["/redfish/v1/Chassis/1/Power/"];
  page = base::replace_all(page, "165", "166");
  EXPECT_FALSE(frozen());
}

TEST(RedfishMeterTest, HasNoDataWithoutAMeter) {
  auto state = FakeRedfish::from_text(
      "== /redfish/v1/\n{\"Chassis\":{\"@odata.id\":\"/redfish/v1/Chassis\"}}\n"
      "== /redfish/v1/Chassis\n{\"Members\":[]}\n");
  RedfishMeter meter = meter_of(state);
  EXPECT_FALSE(meter.read(kGoOn));
}

TEST(RedfishMeterTest, AsksTheBmcWhereItIs) {
  auto state = service_of("hpe-ilo5");
  RedfishMeterOptions unknown = options();
  unknown.config.host = "";
  int tries = 0;
  unknown.find_host = [&tries]() -> base::Result<std::string> {
    if (++tries == 1) return base::fail(base::ErrorCode::kTimeout, "BMC", "no answer");
    return std::string("2001:db8::7");
  };
  RedfishMeter meter(unknown, std::make_unique<FakeRedfish>(state));
  EXPECT_FALSE(meter.read(kGoOn));
  EXPECT_TRUE(meter.read(kGoOn));
}

TEST(BmcAddressTest, ReadsTheFirstLanThatHasAnAddress) {
  FakeBmc bmc(
      "06 42 01 = 00 01 04 01\n0c 02 01 03 00 00 = 00 11 00 00 00 00\n"
      "06 42 02 = 00 02 05 01\n0c 02 02 03 00 00 = 00 11 0a 00 00 01\n"
      "06 42 08 = 00 08 04 01\n0c 02 08 03 00 00 = 00 11 c0 00 02 07\n");
  EXPECT_EQ(ask_bmc_address(bmc).value(), "192.0.2.7");
}

TEST(BmcAddressTest, TakesTheFirstChannelForALanIfTheBmcDoesNotSay) {
  FakeBmc bmc("0c 02 01 03 00 00 = 00 11 c0 00 02 07\n");
  EXPECT_EQ(ask_bmc_address(bmc).value(), "192.0.2.7");
}

TEST(BmcAddressTest, ReadsAnAddressOfIpv6) {
  FakeBmc bmc(
      "06 42 01 = 00 01 04 01\n0c 02 01 03 00 00 = 00 11 00 00 00 00\n"
      "0c 02 01 38 00 00 = 00 11 00 80 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01 40 00\n"
      "0c 02 01 3b 00 00 = 00 11 00 80 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 07 40 00\n");
  EXPECT_EQ(ask_bmc_address(bmc).value(), "2001:db8::7");
}

TEST(BmcAddressTest, HasNoneWithoutALan) {
  FakeBmc bmc("0c 02 01 03 00 00 = 00 11 c0\n");
  EXPECT_EQ(ask_bmc_address(bmc).error().code, base::ErrorCode::kNoData);
}

TEST(BmcAddressTest, KeepsAnAddressThatHasNoName) {
  EXPECT_EQ(name_of_address("no address"), "no address");
}

TEST(RedfishConfigTest, HasDefaultsAndReplacesTheHostname) {
  const FakeTree tree("== redfish.yml\nredfish_collector:\n  hostname: \"{hostname}-bmc\"\n  username: u\n");
  const auto config = load_redfish_config(tree.path("redfish.yml"), false, "n7").value();
  EXPECT_EQ(redfish_target(config, config.host), "https://n7-bmc:443");
  EXPECT_EQ(config.external_url, "");
  EXPECT_TRUE(config.use_session_token);
}

TEST(RedfishConfigTest, PutsAddressesOfIpv6InBrackets) {
  EXPECT_EQ(redfish_target({}, "2001:db8::7"), "https://[2001:db8::7]:443");
}

TEST(RedfishConfigTest, ContactsAProxyIfThereIsOne) {
  const FakeTree tree(
      "== redfish.yml\nredfish_web_config:\n  hostname: bmc\n  protocol: http\n  external_url: "
      "http://proxy:5000/\n");
  const auto config = load_redfish_config(tree.path("redfish.yml"), false, "n7").value();
  EXPECT_EQ(redfish_target(config, config.host), "http://bmc:80");
  EXPECT_EQ(config.external_url, "http://proxy:5000");
  EXPECT_EQ(config.warnings.size(), 1U);
}

TEST(RedfishConfigTest, LeavesTheHostOpen) {
  const FakeTree tree("== redfish.yml\nredfish_collector: {}\n");
  EXPECT_EQ(load_redfish_config(tree.path("redfish.yml"), false, "n7").value().host, "");
}

TEST(RedfishConfigTest, RefusesWhatCannotWork) {
  for (const char* text : {"other: 1", "redfish_collector: {hostname: a, port: 70000}",
                           "redfish_collector: {hostname: a, protocol: ftp}",
                           "redfish_collector: {hostname: a, external_url: proxy}"}) {
    const FakeTree tree(std::string("== redfish.yml\n") + text + "\n");
    EXPECT_FALSE(load_redfish_config(tree.path("redfish.yml"), false, "n7")) << text;
  }
  EXPECT_FALSE(load_redfish_config("", false, "n7"));
}

}  // namespace
}  // namespace ceems::power

#include "bmcproxy/resources.h"
#include "bmcproxy/settings.h"
#include "bmcproxy/targets.h"

#include <gtest/gtest.h>

namespace ceems::bmcproxy {
namespace {

base::Result<Settings> settings_of(std::string text) {
  const auto document = config::Document::parse(std::move(text), "config.yml");
  if (!document) return std::unexpected(document.error());
  return read_settings(*document, "/etc/redfish_proxy");
}

constexpr const char* kPlain = R"(
redfish_proxy:
  targets:
    - host_ip_addrs: [192.0.2.7, "2001:DB8::7"]
      url: https://Node7-BMC
    - host_ip_addrs: [192.0.2.8]
      url: http://node8-bmc:8000/base/
  allowed_target_urls: ['https://node[0-9]+-bmc:443']
  allowed_target_networks: [198.51.100.0/24]
  tls_config: {ca_file: ca.pem}
  unknown: 1
)";

http::Fields naming(const std::string& url) {
  http::Fields fields;
  fields.add("X-Redfish-Url", url);
  return fields;
}

TEST(ProxySettingsTest, ReadsWhatThereIs) {
  const auto settings = settings_of(kPlain).value();
  EXPECT_EQ(settings.targets.at(0).url, "https://node7-bmc:443");
  EXPECT_EQ(settings.targets.at(0).clients.at(1), "2001:db8::7");
  EXPECT_EQ(settings.targets.at(1).url, "http://node8-bmc:8000/base");
  EXPECT_EQ(settings.resources, default_resources());
  EXPECT_EQ(settings.client.tls.ca_file, "/etc/redfish_proxy/ca.pem");
  ASSERT_EQ(settings.warnings.size(), 1U);
  EXPECT_NE(settings.warnings[0].find("unknown"), std::string::npos);
}

TEST(ProxySettingsTest, ReadsTheFormerLayout) {
  const auto settings = settings_of(
                            "redfish_config:\n  web: {a: 1}\n  insecure_skip_verify: true\n"
                            "  targets: [{host_ip_addrs: [192.0.2.7], url: https://bmc}]\n")
                            .value();
  EXPECT_TRUE(settings.client.tls.insecure_skip_verify);
  EXPECT_EQ(settings.warnings.size(), 1U) << "of the former name alone";
}

TEST(ProxySettingsTest, RefusesWhatCannotWork) {
  for (const char* text :
       {"{}", "redfish_proxy: 1", "redfish_proxy: {}", "redfish_proxy: {targets: [{url: bmc}]}",
        "redfish_proxy: {targets: [{url: 'https://user:secret@bmc'}]}",
        "redfish_proxy: {targets: [{url: 'https://bmc', host_ip_addrs: [node7]}]}",
        "redfish_proxy: {allowed_target_urls: ['(']}", "redfish_proxy: {allowed_target_networks: [all]}",
        "redfish_proxy: {allowed_target_urls: [a], allowed_api_resources: ['(']}",
        "redfish_proxy: {allowed_target_urls: [a], limits: {concurrent_requests: 0}}",
        "redfish_proxy: {allowed_target_urls: [a], cache: soon}"})
    EXPECT_FALSE(settings_of(text)) << text;
}

TEST(TargetRulesTest, PrefersTheBmcOfTheClient) {
  const auto rules = TargetRules::create(settings_of(kPlain).value()).value();
  EXPECT_EQ(rules.find({"192.0.2.7"}, naming("https://node9-bmc")), "https://node7-bmc:443");
  EXPECT_EQ(rules.find({"192.0.2.99", "::ffff:192.0.2.8"}, {}), "http://node8-bmc:8000/base");
  EXPECT_EQ(rules.find({"2001:db8:0::7"}, {}), "https://node7-bmc:443");
}

TEST(TargetRulesTest, TakesTheBmcThatIsNamedIfItIsAllowed) {
  const auto rules = TargetRules::create(settings_of(kPlain).value()).value();
  EXPECT_EQ(rules.find({"192.0.2.9"}, naming("https://NODE9-bmc/")), "https://node9-bmc:443");
  EXPECT_EQ(rules.find({}, naming("https://198.51.100.3:8443")), "https://198.51.100.3:8443");
  EXPECT_EQ(rules.find({}, naming("https://node7-bmc:443")), "https://node7-bmc:443");
}

TEST(TargetRulesTest, ReachesNothingElse) {
  const auto rules = TargetRules::create(settings_of(kPlain).value()).value();
  EXPECT_EQ(rules.find({"192.0.2.9"}, {}).error().code, base::ErrorCode::kNotFound);
  for (const char* url : {"https://evil.example", "https://node9-bmc.evil.example", "http://node9-bmc:443",
                          "https://node9-bmc:8443", "http://198.51.100.3", "https://198.51.101.3",
                          "https://localhost", "http://169.254.169.254"})
    EXPECT_EQ(rules.find({}, naming(url)).error().code, base::ErrorCode::kPermission) << url;
  for (const char* url : {"node9-bmc", "unix:/run/x.sock", "https://node9-bmc:443/redfish/v1/Systems",
                          "https://node9-bmc@evil.example", "https://node9-bmc?x=1", "file:///etc/passwd"})
    EXPECT_FALSE(rules.find({}, naming(url))) << url;
  http::Fields twice = naming("https://node9-bmc");
  twice.add("X-Redfish-Url", "https://evil.example");
  EXPECT_FALSE(rules.find({}, twice));
}

TEST(TargetRulesTest, RemembersNothingThatAClientNamed) {
  const auto rules = TargetRules::create(settings_of(kPlain).value()).value();
  ASSERT_TRUE(rules.find({"192.0.2.9"}, naming("https://node9-bmc")));
  EXPECT_FALSE(rules.find({"192.0.2.9"}, {}));
}

TEST(ResourceRulesTest, AllowsWhatPowerNeeds) {
  const auto rules = ResourceRules::create(default_resources()).value();
  for (const char* path :
       {"/redfish/v1/", "/redfish/v1", "/redfish/v1/Sessions", "/redfish/v1/SessionService/Sessions/",
        "/redfish/v1/Chassis", "/redfish/v1/Chassis/", "/redfish/v1/Chassis/System.Embedded.1",
        "/redfish/v1/Chassis/1/Power/", "/redfish/v1/Chassis/1/EnvironmentMetrics",
        "/redfish/v1/Chassis/1/PowerSubsystem/PowerSupplies/Bay1/Metrics",
        "/redfish/v1/Chassis/1/Sensors/total_power"})
    EXPECT_EQ(rules.judge("GET", path), Verdict::kAllowed) << path;
  EXPECT_EQ(rules.judge("POST", "/redfish/v1/SessionService/Sessions"), Verdict::kAllowed);
  EXPECT_EQ(rules.judge("POST", "/redfish/v1/Sessions/"), Verdict::kAllowed);
  EXPECT_EQ(rules.judge("DELETE", "/redfish/v1/SessionService/Sessions/abc.1/"), Verdict::kAllowed);
}

TEST(ResourceRulesTest, AllowsNothingElse) {
  const auto rules = ResourceRules::create(default_resources()).value();
  for (const char* path : {"/", "/metrics", "/redfish/v1/Systems", "/redfish/v1/AccountService/Accounts",
                           "/redfish/v1/Chassis/1/Actions/Chassis.Reset", "/redfish/v1/Managers/1",
                           "/redfish/v1/Chassis/1/Power/Actions/Power.PowerSupplyReset"})
    EXPECT_EQ(rules.judge("GET", path), Verdict::kResource) << path;
  for (const char* path :
       {"/redfish/v1/Chassis/../Systems", "/redfish/v1//Chassis", "/redfish/v1/Chassis/%2e%2e",
        "/redfish/v1/Chassis/1%2fPower", "redfish/v1/", "", "/redfish/v1/Chassis/a\\b"})
    EXPECT_EQ(rules.judge("GET", path), Verdict::kUnclean) << path;
}

TEST(ResourceRulesTest, ChangesNothingButSessions) {
  const auto rules = ResourceRules::create({"."}).value();
  EXPECT_EQ(rules.judge("GET", "/redfish/v1/Systems/1"), Verdict::kAllowed);
  for (const char* method : {"POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
    EXPECT_EQ(rules.judge(method, "/redfish/v1/Systems/1"), Verdict::kMethod) << method;
  EXPECT_EQ(rules.judge("DELETE", "/redfish/v1/SessionService/Sessions"), Verdict::kMethod);
  EXPECT_EQ(rules.judge("POST", "/redfish/v1/Sessions/1"), Verdict::kMethod);
}

}  // namespace
}  // namespace ceems::bmcproxy

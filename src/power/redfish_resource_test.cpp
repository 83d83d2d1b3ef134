#include "power/redfish_resource.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::power {
namespace {

std::optional<double> watts_of(const std::string& controls) {
  RedfishPower power;
  EXPECT_TRUE(add_redfish_power(R"({"PowerControl":[)" + controls + "]}", power)) << controls;
  return power.current;
}

TEST(RedfishResourceTest, TakesNoWattsThatNoChassisHas) {
  for (const char* watts : {"null", "-5", "1e9", "\"410\"", "[]", "{}"})
    EXPECT_FALSE(watts_of(std::string(R"({"PowerConsumedWatts":)") + watts + "}")) << watts;
}

TEST(RedfishResourceTest, IsNotJsonOfRedfish) {
  RedfishPower power;
  EXPECT_FALSE(add_redfish_power("[]", power));
  EXPECT_FALSE(add_redfish_power(std::string(100'000, '['), power));
  EXPECT_FALSE(add_redfish_environment("", power));
  EXPECT_FALSE(parse_redfish_chassis("null"));
}

TEST(RedfishResourceTest, AddsPowerControlsThatAreNoParts) {
  EXPECT_EQ(watts_of(R"({"PowerConsumedWatts":410},{"PowerConsumedWatts":90.5})"), 500.5);
  EXPECT_EQ(watts_of(R"({"Name":"Node","PowerConsumedWatts":410},{"Name":"CPU 0","PowerConsumedWatts":90})"),
            410);
  EXPECT_EQ(
      watts_of(R"({"Name":"x","PhysicalContext":"Memory","PowerConsumedWatts":1},{"PowerConsumedWatts":2})"),
      2);
}

TEST(RedfishResourceTest, AddsPartsWhereThereIsNothingElse) {
  EXPECT_EQ(
      watts_of(R"({"Name":"GPU 0","PowerConsumedWatts":300},{"Name":"GPU 1","PowerConsumedWatts":310})"),
      610);
}

TEST(RedfishResourceTest, DoesNotTakeAPartForAWholeThatIsSilent) {
  EXPECT_FALSE(
      watts_of(R"({"Name":"Node","PowerConsumedWatts":null},{"Name":"GPU 1","PowerConsumedWatts":310})"));
}

TEST(RedfishResourceTest, ReadsKilowattHoursAsJoules) {
  RedfishPower power;
  ASSERT_TRUE(
      add_redfish_environment(R"({"EnergykWh":{"Reading":2},"EnergyJoules":{"Reading":null}})", power));
  EXPECT_EQ(power.energy_joules, 7.2e6);
}

TEST(RedfishResourceTest, FollowsNoLinkOutOfTheService) {
  const auto collection = parse_redfish_collection(
      R"({"Members":[{"@odata.id":"@evil.example/redfish"},{"@odata.id":"/redfish/../etc"},{"@odata.id":7},null,)"
      R"({"@odata.id":"/redfish/v1/a b"},{"@odata.id":"/redfish/v1/ok"}],"Members@odata.nextLink":"http://evil/redfish/"})");
  ASSERT_TRUE(collection);
  EXPECT_EQ(collection->members, std::vector<std::string>{"/redfish/v1/ok"});
  EXPECT_EQ(collection->next, "");
}

TEST(RedfishResourceTest, TellsASensorOfTheChassisFromOneOfAPart) {
  const auto of_chassis = [](const std::string& rest) {
    return parse_redfish_sensor(R"({"ReadingType":"Power","Reading":5,)" + rest + "}")->of_chassis;
  };
  EXPECT_TRUE(of_chassis(R"("PhysicalContext":"Chassis","Name":"x")"));
  EXPECT_TRUE(of_chassis(R"("PhysicalContext":"SystemBoard","Name":"System Board Pwr Consumption")"));
  EXPECT_FALSE(of_chassis(R"("PhysicalContext":"SystemBoard","Name":"12V rail")"));
  EXPECT_FALSE(of_chassis(R"("PhysicalContext":"GPU","Name":"total")"));
  EXPECT_FALSE(of_chassis(R"("Name":"p0")"));
}

}  // namespace
}  // namespace ceems::power

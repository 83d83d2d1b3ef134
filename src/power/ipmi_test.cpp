#include "base/file.h"
#include "base/text.h"
#include "power/fake_bmc_test.h"
#include "power/fake_tree_test.h"
#include "power/ipmi_meter.h"

#include <array>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::power {
namespace {

const std::atomic<bool> kGoOn = false;

FakeBmc plain_bmc() {
  return FakeBmc(base::read_file(base::join_path(CEEMS_TEST_DATA, "ipmi/plain.answers")).value());
}

// "current min max avg" or the error.
std::string told(const base::Result<DcmiPower>& power) {
  if (!power) return "error: " + power.error().message;
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "?";
  };
  return fmt::format("{} {} {} {}", number(power->current), number(power->minimum), number(power->maximum),
                     number(power->average));
}

TEST(DcmiTest, ReadsTheAnswerOfTheBmc) {
  FakeBmc bmc = plain_bmc();
  const auto power = read_dcmi_power(bmc);
  EXPECT_EQ(told(power), "210 90 480 205");
  EXPECT_EQ(power->period, std::chrono::milliseconds(1000));
}

TEST(DcmiTest, RefusesOtherAnswers) {
  for (const char* answer : {"c1", "00", "00 dc", "00 dd d2 00 5a 00 e0 01 cd 00 00 00 00 00 e8 03 00 00 40",
                             "00 dc d2 00 5a 00 e0 01 cd 00 00 00 00 00 e8 03 00 00 00"}) {
    FakeBmc bmc(std::string("2c 02 dc 01 00 00 = ") + answer);
    EXPECT_FALSE(read_dcmi_power(bmc)) << answer;
  }
}

TEST(DcmiTest, ReadsWhatProgramsPrint) {
  const std::string directory = base::join_path(CEEMS_SOURCE_DIR, "tests/data/power/dcmi");
  for (const std::string& name : base::list_directory(directory).value()) {
    const std::string text = base::read_file(base::join_path(directory, name)).value();
    const std::size_t end = text.find('\n');
    const std::string_view answer = std::string_view(text).substr(end + 1);
    EXPECT_EQ(told(name.starts_with("capmc") ? parse_capmc(answer) : parse_dcmi_text(answer)),
              text.substr(0, end))
        << name;
  }
}

TEST(DcmiTest, SplitsCommandsAtBlanksOutsideOfQuotes) {
  EXPECT_EQ(split_command("a  'b c' d\"e f\" ''").value(),
            (std::vector<std::string>{"a", "b c", "de f", ""}));
  EXPECT_FALSE(split_command("a 'b"));
  EXPECT_FALSE(split_command("  "));
}

TEST(DcmiTest, RunsAProgramWithinBounds) {
  EXPECT_EQ(told(run_dcmi_command(
                {.arguments = {"/bin/echo",
                               "Power reading state is: activated\nInstantaneous power reading: 7 Watts"}})),
            "7 ? ? ?");
  EXPECT_EQ(run_dcmi_command({.arguments = {"/bin/false"}}).error().code, base::ErrorCode::kUnavailable);
  EXPECT_EQ(run_dcmi_command({.arguments = {"/bin/cat", "/dev/zero"}}).error().code,
            base::ErrorCode::kTooLarge);
  EXPECT_EQ(run_dcmi_command({.arguments = {"/bin/sleep", "60"}, .timeout = std::chrono::milliseconds(10)})
                .error()
                .code,
            base::ErrorCode::kTimeout);
}

TEST(DcmiTest, RunsSudoWithTheWholeCommandAndWithoutAPassword) {
  const FakeTree tree(
      "== sudo\n#!/bin/sh\n[ \"$1 $2 $3 $4 $5\" = \"-n -- ipmitool dcmi power\" ] || exit 1\n"
      "echo 'Power Measurement : Active'; echo 'Current Power : 9 Watts'\n");
  std::filesystem::permissions(tree.path("sudo"), std::filesystem::perms::owner_all);
  EXPECT_EQ(
      told(run_dcmi_command(
          {.arguments = {"ipmitool", "dcmi", "power"}, .way = DcmiWay::kSudo, .sudo = tree.path("sudo")})),
      "9 ? ? ?");
}

TEST(DcmiTest, StaysWithTheWayThatWorks) {
  std::vector<DcmiWay> tried;
  bool by_sudo = true;
  DcmiCommand command({.arguments = {"ipmitool"}}, {DcmiWay::kAsIs, DcmiWay::kSudo},
                      [&](const DcmiCommandOptions& options) -> base::Result<DcmiPower> {
                        tried.push_back(options.way);
                        if ((options.way == DcmiWay::kSudo) == by_sudo) return DcmiPower{.current = 9};
                        return base::fail(base::ErrorCode::kUnavailable, "ipmitool", "no");
                      });
  EXPECT_TRUE(command.run());
  EXPECT_TRUE(command.run());
  by_sudo = false;
  EXPECT_TRUE(command.run());
  EXPECT_EQ(tried, (std::vector<DcmiWay>{DcmiWay::kAsIs, DcmiWay::kSudo, DcmiWay::kSudo, DcmiWay::kSudo,
                                         DcmiWay::kAsIs}));
}

TEST(IpmiSensorTest, ConvertsAsTheRecordSays) {
  using Format = IpmiConversion::Format;
  EXPECT_EQ((IpmiConversion{.m = 4}.convert(55)), 220);
  EXPECT_EQ((IpmiConversion{.format = Format::kTwosComplement}.convert(0xFB)), -5);
  EXPECT_EQ((IpmiConversion{.format = Format::kOnesComplement}.convert(0xFE)), -1);
  EXPECT_NEAR((IpmiConversion{.m = 2, .b = 5, .b_exponent = 1, .result_exponent = -1}.convert(10)), 7, 1e-9);
  EXPECT_EQ((IpmiConversion{.linearisation = 8}.convert(12)), 144);
  EXPECT_FALSE(std::isfinite(IpmiConversion{.linearisation = 7}.convert(0)));
}

TEST(IpmiSensorTest, KnowsTheFunctionsOfTheStandard) {
  const std::array<double, 12> of_two{2, std::log(2.0),  std::log10(2.0), 1, std::exp(2.0), 100, 4, 0.5, 4,
                                      8, std::sqrt(2.0), std::cbrt(2.0)};
  for (std::uint8_t i = 0; i < of_two.size(); ++i)
    EXPECT_NEAR((IpmiConversion{.linearisation = i}.convert(2)), of_two[i], 1e-9) << int{i};
}

TEST(IpmiSensorTest, AsksForTheFactorsOfANonLinearSensor) {
  constexpr const char* kRecord =
      "51 01 34 20 00 30 07 01 7f 68 0b 01 00 00 00 00 00 00 00 06 00 70 04 00 00 00 00 00 ";
  const std::string rest = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 c1 50";
  FakeBmc bmc("0a 23 00 00 00 00 00 ff = 00 ff ff 00 00 " + (kRecord + rest) +
              "\n04 2d 30 = 00 37 c0 00 00\n04 23 30 37 = 00 38 02 00 05 00 00 01\n");
  const auto sensors = read_sensor_records(bmc).value();
  ASSERT_EQ(sensors.size(), 1U);
  EXPECT_TRUE(sensors[0].non_linear);
  EXPECT_EQ(read_sensor(bmc, sensors[0]).value(), 2 * 0x37 + 50);
  bmc.forget("04 23 30 37");
  EXPECT_FALSE(read_sensor(bmc, sensors[0])) << "other factors would be wrong";
}

TEST(IpmiSensorTest, ReadsTheRepository) {
  FakeBmc bmc = plain_bmc();
  const auto sensors = read_sensor_records(bmc).value();
  ASSERT_EQ(sensors.size(), 3U) << "the compact record reads no number";
  EXPECT_EQ(sensors[0].name, "Temp");
  EXPECT_EQ(sensors[0].unit, kIpmiCelsius);
  EXPECT_EQ(sensors[1].name, "Sys Power");
  EXPECT_EQ(sensors[1].conversion.m, 4);
  EXPECT_EQ(ipmi_unit(sensors[1].unit), "W");
}

TEST(IpmiSensorTest, ReadsRecordsInPartsIfTheBmcHasSmallBuffers) {
  FakeBmc bmc = plain_bmc();
  bmc.set_largest_part(16);
  EXPECT_EQ(read_sensor_records(bmc).value().size(), 3U);
}

TEST(IpmiSensorTest, EndsInARepositoryWithoutEnd) {
  FakeBmc bmc("0a 23 00 00 00 00 00 ff = 00 00 00 00 00 51 02 00\n");
  EXPECT_TRUE(read_sensor_records(bmc).value().empty());
}

TEST(IpmiSensorTest, HasNoReadingWhileTheSensorIsNotScanned) {
  for (const char* state : {"20", "60", "00"}) {
    FakeBmc bmc(fmt::format("04 2d 30 = 00 37 {} 00", state));
    EXPECT_EQ(read_sensor(bmc, {.number = 0x30, .name = {}, .conversion = {}}).value(), std::nullopt)
        << state;
  }
}

TEST(IpmiMeterTest, ReadsPowerAndSensors) {
  IpmiMeter meter(std::make_unique<FakeBmc>(plain_bmc()), {}, "", false,
                  {.power_and_energy = true, .temperature = true, .numbers = {}});
  const auto snapshot = meter.read(kGoOn).value();
  EXPECT_EQ(snapshot.power->current, 210);
  ASSERT_EQ(snapshot.sensors.size(), 3U);
  EXPECT_EQ(snapshot.sensors[0].value, -5);
  EXPECT_EQ(snapshot.sensors[1].value, 220);
  EXPECT_EQ(snapshot.sensors[2].name, "Sys Power #49") << "two of one name";
}

TEST(IpmiMeterTest, ReadsSensorsWithoutDcmi) {
  FakeBmc bmc = plain_bmc();
  bmc.forget("2c 02 dc 01 00 00");
  IpmiMeter meter(std::make_unique<FakeBmc>(std::move(bmc)), {}, "", false,
                  {.power_and_energy = true, .temperature = false, .numbers = {}});
  const auto snapshot = meter.read(kGoOn).value();
  EXPECT_FALSE(snapshot.power);
  EXPECT_EQ(snapshot.sensors.size(), 2U);
}

TEST(IpmiMeterTest, FallsBackToAProgram) {
  const auto program = [] { return base::Result<DcmiPower>(DcmiPower{.current = 77}); };
  IpmiMeter meter(std::make_unique<FakeBmc>(""), program, "ipmitool", false, {});
  const auto snapshot = meter.read(kGoOn).value();
  EXPECT_EQ(snapshot.power->current, 77);
  EXPECT_EQ(snapshot.power_from, "ipmitool");
}

TEST(IpmiMeterTest, HasNoDataWithoutABmc) {
  IpmiMeter meter(make_ipmi_device({.directory = "/nonexistent"}, base::open_for_reading), {}, "", false, {});
  EXPECT_EQ(meter.read(kGoOn).error().code, base::ErrorCode::kNoData);
}

TEST(IpmiMeterTest, FailsOnADeviceThatIsNone) {
  IpmiMeter meter(make_ipmi_device({.directory = "/dev/fd/../../dev"},
                                   [](const std::string&) { return base::open_for_reading("/dev/null"); }),
                  {}, "", false, {});
  EXPECT_NE(meter.read(kGoOn).error().code, base::ErrorCode::kNoData);
}

}  // namespace
}  // namespace ceems::power

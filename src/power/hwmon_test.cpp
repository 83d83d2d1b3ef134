#include "power/hwmon.h"

#include "base/file.h"
#include "power/fake_tree_test.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::power {
namespace {

constexpr std::string_view kOneMeter =
    "== class/hwmon/hwmon3/name = amd_energy\n"
    "== class/hwmon/hwmon3/energy1_input = 4294967000\n";

HwmonMeter meter_of(const FakeTree& tree) {
  return {tree.path("class/hwmon"), base::open_for_reading};
}

std::string energies(HwmonMeter& meter) {
  const auto snapshot = meter.read();
  if (!snapshot) return snapshot.error().text();
  std::string text;
  for (std::size_t i = 0; i < snapshot->sensors.size(); ++i) {
    const auto& energy = snapshot->readings[i].energy_microjoules;
    text += fmt::format("{}/{}={} ", snapshot->sensors[i].index, snapshot->sensors[i].sensor,
                        energy ? fmt::to_string(*energy) : "?");
  }
  return text;
}

TEST(EnergyAccumulatorTest, CountsPastWrapsAndRestarts) {
  EnergyAccumulator energy;
  EXPECT_EQ(energy.add(4294967000), 4294967000U);
  EXPECT_EQ(energy.add(4), 4294967300U) << "a wrap of 32 bits";
  EXPECT_EQ(energy.add(1000), 4294968296U);
  EXPECT_EQ(energy.add(10), 4294968306U) << "a start from zero";
}

TEST(HwmonNamesTest, TellsPowerAndEnergyFilesFromOthers) {
  EXPECT_EQ(parse_hwmon_file("power1_input")->sensor, "power1");
  EXPECT_EQ(parse_hwmon_file("power_average")->sensor, "power0");
  EXPECT_EQ(parse_hwmon_file("energy012_input")->sensor, "energy12");
  EXPECT_EQ(parse_hwmon_file("power2_input_highest")->quantity, HwmonQuantity::kPowerHighest);
  for (const char* other : {"temp1_input", "power1_alarm", "power1", "power1_input_median", "energy1_average",
                            "powerful_input", "power1input", "name", ""})
    EXPECT_FALSE(parse_hwmon_file(other)) << other;
}

TEST(HwmonNamesTest, NamesTheChipByBusAndDevice) {
  const FakeTree tree(
      "== devices/pci0000:00/0000:00:18.3/vendor = 0x1022\n== class/hwmon/hwmon0/name = fam15h_power\n");
  std::filesystem::create_symlink(tree.path("devices/pci0000:00/0000:00:18.3"),
                                  tree.path("class/hwmon/hwmon0/device"));
  EXPECT_EQ(hwmon_chip(tree.path("class/hwmon/hwmon0")), "pci0000:00_0000:00:18_3");
  std::filesystem::remove(tree.path("class/hwmon/hwmon0/device"));
  EXPECT_EQ(hwmon_chip(tree.path("class/hwmon/hwmon0")), "fam15h_power");
  tree.remove("class/hwmon/hwmon0/name");
  EXPECT_EQ(hwmon_chip(tree.path("class/hwmon/hwmon0")), "hwmon0");
}

TEST(HwmonMeterTest, FindsNothingWhereThereIsNoTree) {
  HwmonMeter meter("/nonexistent/hwmon", base::open_for_reading);
  EXPECT_EQ(energies(meter), "");
}

TEST(HwmonMeterTest, FindsMonitorsThatAppearLater) {
  const FakeTree tree("");
  HwmonMeter meter = meter_of(tree);
  EXPECT_EQ(energies(meter), "");
  tree.write("class/hwmon/hwmon0/energy1_input", "7\n");
  EXPECT_EQ(energies(meter), "0/energy1=7 ");
}

TEST(HwmonMeterTest, GoesOnCountingWhenMonitorsAreRenumbered) {
  const FakeTree tree(kOneMeter);
  HwmonMeter meter = meter_of(tree);
  EXPECT_EQ(energies(meter), "3/energy1=4294967000 ");
  tree.rename("class/hwmon/hwmon3", "class/hwmon/hwmon5");
  tree.write("class/hwmon/hwmon5/energy1_input", "4\n");
  EXPECT_EQ(energies(meter), "5/energy1=4294967300 ");
}

TEST(HwmonMeterTest, LosesOnlyTheFileThatCannotBeRead) {
  const FakeTree tree(
      "== class/hwmon/hwmon0/energy1_input = 1\n"
      "== class/hwmon/hwmon0/energy2_input = broken\n");
  HwmonMeter meter = meter_of(tree);
  EXPECT_EQ(energies(meter), "0/energy1=1 0/energy2=? ");
  EXPECT_EQ(meter.read()->unreadable, 1U);
  tree.write("class/hwmon/hwmon0/energy2_input", "2\n");
  EXPECT_EQ(energies(meter), "0/energy1=1 0/energy2=2 ");
}

TEST(HwmonMeterTest, SeesWhetherFilesAreForRoot) {
  const FakeTree tree(kOneMeter);
  EXPECT_FALSE(meter_of(tree).needs_privilege());
  std::filesystem::permissions(tree.path("class/hwmon/hwmon3/energy1_input"),
                               std::filesystem::perms::owner_read);
  EXPECT_TRUE(meter_of(tree).needs_privilege());
}

}  // namespace
}  // namespace ceems::power

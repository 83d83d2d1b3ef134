#include "power/rapl.h"

#include "base/file.h"
#include "base/text.h"
#include "power/fake_tree_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::power {
namespace {

constexpr std::string_view kOneZone =
    "== intel-rapl:0/name = package-0\n"
    "== intel-rapl:0/energy_uj = 90\n"
    "== intel-rapl:0/max_energy_range_uj = 100\n";

std::string energies(RaplMeter& meter) {
  const auto snapshot = meter.read();
  if (!snapshot) return snapshot.error().text();
  std::string text;
  for (std::size_t i = 0; i < snapshot->zones.size(); ++i) {
    const auto& energy = snapshot->readings[i].energy_microjoules;
    text += fmt::format("{}{}={} ", snapshot->zones[i].name, snapshot->zones[i].index,
                        energy ? fmt::to_string(*energy) : "?");
  }
  return text;
}

TEST(WrapCounterTest, GoesOnWhereTheHardwareWraps) {
  const std::string text = base::read_file(base::join_path(CEEMS_TEST_DATA, "wraps.txt")).value();
  std::string_view rest = text;
  std::string_view line;
  while (base::next_line(rest, line)) {
    if (line.starts_with('#')) continue;
    const auto fields = base::split(line, '|');
    ASSERT_EQ(fields.size(), 3U) << line;
    WrapCounter counter(base::parse_u64(base::trim(fields[0])).value());
    std::string counted;
    std::string_view raw = fields[1];
    std::string_view word;
    while (base::next_word(raw, word))
      counted += fmt::format(" {}", counter.add(base::parse_u64(word).value()));
    EXPECT_EQ(base::trim(counted), base::trim(fields[2])) << line;
  }
}

TEST(RaplMeterTest, FindsNothingWhereThereIsNoTree) {
  RaplMeter meter("/nonexistent/powercap", base::open_for_reading);
  EXPECT_EQ(energies(meter), "");
}

TEST(RaplMeterTest, ReportsADirectoryThatCannotBeListed) {
  RaplMeter meter("/" + std::string(5000, 'y'), base::open_for_reading);
  EXPECT_EQ(meter.read().error().code, base::ErrorCode::kInvalid);
}

TEST(RaplMeterTest, CountsPastAWrapThatOnlyTheSamplerSaw) {
  const FakeTree tree(kOneZone);
  RaplMeter meter(tree.root(), base::open_for_reading);
  EXPECT_EQ(energies(meter), "package0=90 ");
  tree.write("intel-rapl:0/energy_uj", "20\n");
  meter.sample();
  tree.write("intel-rapl:0/energy_uj", "95\n");
  EXPECT_EQ(energies(meter), "package0=195 ");
}

TEST(RaplMeterTest, StartsAtTheRawReadingOfTheFirstRead) {
  const FakeTree tree(kOneZone);
  RaplMeter meter(tree.root(), base::open_for_reading);
  tree.write("intel-rapl:0/energy_uj", "10\n");
  EXPECT_EQ(energies(meter), "package0=10 ");
}

TEST(RaplMeterTest, FindsZonesThatAppearLater) {
  const FakeTree tree("== intel-rapl/enabled = 1\n");
  RaplMeter meter(tree.root(), base::open_for_reading);
  EXPECT_EQ(energies(meter), "");
  tree.write("intel-rapl:0/name", "package-0\n");
  tree.write("intel-rapl:0/energy_uj", "7\n");
  tree.write("intel-rapl:0/max_energy_range_uj", "100\n");
  EXPECT_EQ(energies(meter), "package0=7 ");
  EXPECT_TRUE(meter.has_package());
}

TEST(RaplMeterTest, GivesRenumberedZonesTheirNewNamesAndKeepsTheOthersCounting) {
  const FakeTree tree(std::string(kOneZone) +
                      "== intel-rapl:1/name = package-1\n"
                      "== intel-rapl:1/energy_uj = 50\n"
                      "== intel-rapl:1/max_energy_range_uj = 100\n");
  RaplMeter meter(tree.root(), base::open_for_reading);
  EXPECT_EQ(energies(meter), "package0=90 package1=50 ");
  tree.rename("intel-rapl:1", "intel-rapl:2");
  tree.write("intel-rapl:0/energy_uj", "5\n");
  EXPECT_EQ(energies(meter), "package0=105 package1=50 ");
  EXPECT_EQ(meter.read()->zones[1].path, tree.path("intel-rapl:2"));
}

TEST(RaplMeterTest, KeepsItsDescriptors) {
  const FakeTree tree(kOneZone);
  int opened = 0;
  RaplMeter meter(tree.root(), [&](const std::string& path) {
    ++opened;
    return base::open_for_reading(path);
  });
  (void)energies(meter);
  (void)energies(meter);
  EXPECT_EQ(opened, 1);
}

TEST(RaplMeterTest, OpensADeniedZoneAsSoonAsItMay) {
  const FakeTree tree(kOneZone);
  bool allowed = false;
  RaplMeter meter(tree.root(), [&](const std::string& path) -> base::Result<base::Fd> {
    if (!allowed) return base::fail_errno(EACCES, path);
    return base::open_for_reading(path);
  });
  EXPECT_EQ(energies(meter), "package0=? ");
  EXPECT_FALSE(meter.has_package());
  allowed = true;
  EXPECT_EQ(energies(meter), "package0=90 ");
  EXPECT_TRUE(meter.has_package());
}

TEST(RaplMeterTest, DiscoversAnewWhenADeviceWentAway) {
  const FakeTree tree(kOneZone);
  // A file of a process that ends answers that it is gone, as a file of a device does that is removed.
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  bool first = true;
  RaplMeter meter(tree.root(), [&](const std::string& path) {
    return base::open_for_reading(std::exchange(first, false) ? fmt::format("/proc/{}/oom_score", child)
                                                              : path);
  });
  EXPECT_TRUE(meter.has_package());
  const auto generation = meter.read()->generation;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(meter.read()->zones.size(), 1U);
  EXPECT_NE(meter.read()->generation, generation);
  EXPECT_TRUE(meter.read()->readings[0].energy_microjoules);
}

TEST(RaplMeterTest, NeedsPrivilegesForFilesThatOnlyRootMayRead) {
  const FakeTree tree(kOneZone);
  EXPECT_FALSE(RaplMeter(tree.root(), base::open_for_reading).needs_privilege());
  std::filesystem::permissions(tree.path("intel-rapl:0/energy_uj"), std::filesystem::perms::owner_read);
  EXPECT_TRUE(RaplMeter(tree.root(), base::open_for_reading).needs_privilege());
}

}  // namespace
}  // namespace ceems::power

#include "unit/gres_conf.h"

#include "base/file.h"
#include "base/text.h"
#include "unit/host_list.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

std::string text_of(const GresConf& conf) {
  std::string text;
  for (const GresLine& line : conf.lines) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", line.type == GresType::kMps ? "mps" : "shard",
                        line.count);
    for (const GresFile& file : line.files)
      text += fmt::format(" {}{}", "NCR"[static_cast<int>(file.kind)], file.minor);
  }
  return text;
}

GresOptions options(bool compat) {
  GresOptions options;
  options.hostnames = {"n7", "n7.example.org"};
  options.compat = compat;
  options.include = [](const std::string& path) -> std::string {
    if (path == "/etc/more") return "Name=mps Count=7 File=/dev/nvidia5\n\nName=shard \\\n  Count=3\n";
    return path == "itself" ? "Include itself" : "";
  };
  return options;
}

TEST(GresConf, IsReadAsSlurmReadsIt) {
  const std::string text = base::read_file(base::join_path(CEEMS_TEST_DATA, "gres.txt")).value();
  std::string_view rest = text;
  std::string_view line;
  int cases = 0;
  while (base::next_line(rest, line)) {
    const std::size_t arrow = line.find(" =>");
    if (arrow == std::string_view::npos || line.starts_with("# What")) continue;
    std::string_view given = line.substr(0, arrow);
    const bool compat = given.starts_with("compat: ");
    if (compat) given.remove_prefix(8);
    EXPECT_EQ(text_of(parse_gres_conf(given, options(compat))), base::trim(line.substr(arrow + 3))) << line;
    ++cases;
  }
  EXPECT_GT(cases, 20);
}

TEST(GresConf, IsBounded) {
  std::string text;
  for (int i = 0; i < 10'000; ++i)
    text += "Name=shard Count=1\n";
  EXPECT_LT(parse_gres_conf(text, {}).lines.size(), 10'000);
  EXPECT_TRUE(parse_gres_conf(std::string(200'000, '\\'), {}).lines.empty());
}

TEST(HostList, HasTheHostsOfItsRanges) {
  for (const auto& [list, host] : {std::pair("n7", "n7"),
                                   {"a,n7", "n7"},
                                   {"n[0-3,7]", "n7"},
                                   {"n[07-12]", "n10"},
                                   {"n[01-16]-ib", "n09-ib"},
                                   {"r[1-2]n[1-4]", "r2n4"},
                                   {"n[8-12]", "n12"},
                                   {" n7 ", "n7"},
                                   {"n[08-120]", "n100"},
                                   {"n[a,b]", "nb"}})
    EXPECT_TRUE(host_list_contains(list, host)) << list << " " << host;
  for (const auto& [list, host] : {std::pair("n7", "n70"),
                                   {"n[0-3]", "n4"},
                                   {"n[07-12]", "n7"},
                                   {"n[7-12]", "n07"},
                                   {"n[1-", "n1"},
                                   {"n[1-3]", "n"},
                                   {"", "n7"},
                                   {"n7", ""},
                                   {"n[3-1]", "n2"},
                                   {"n[-]", "n-"},
                                   {"n[]", "n"},
                                   {"n[[1]]", "n1"}})
    EXPECT_FALSE(host_list_contains(list, host)) << list << " " << host;
}

TEST(HostList, TakesNoLongForHostileLists) {
  std::string list;
  for (int i = 0; i < 1000; ++i)
    list += "[1-999999999]";
  EXPECT_FALSE(host_list_contains(list, std::string(64, '1') + "x"));
}

TEST(MigMinors, AreReadFromTheDriversList) {
  const auto read = parse_mig_minors(
      "config 1\nmonitor 2\ngpu0/gi5/access 28\ngpu0/gi5/ci0/access 29\ngpu1/gi2/ci1/access 130\n"
      "gpux/gi1/access 7\ngpu0/gi1/cx/access 8\ngpu0/gi1/ci0/other 9\ngpu0/gi1/access x\n");
  EXPECT_EQ(read, (std::vector<MigCapability>{{28, 0, 5, std::nullopt}, {29, 0, 5, 0}, {130, 1, 2, 1}}));
}

}  // namespace
}  // namespace ceems::unit

#include "power/cpu_info.h"

#include "base/file.h"
#include "base/text.h"
#include "power/cpu_power.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::power {
namespace {

std::string describe(const base::Result<CpuInfo>& info) {
  if (!info) return info.error().text();
  return fmt::format(
      "vendor={} family={} model={} stepping={} hypervisor={:d} logical={} physical={} sockets={} name={}",
      info->vendor, info->family, info->model, info->stepping, info->hypervisor, info->logical,
      info->physical, info->sockets, info->name);
}

// The text after "# KEY: " in the file's head.
std::string head(std::string_view text, std::string_view key) {
  std::string_view line;
  const std::string mark = fmt::format("# {}: ", key);
  while (base::next_line(text, line)) {
    if (line.starts_with(mark)) return std::string(line.substr(mark.size()));
  }
  return "";
}

TEST(CpuInfoTest, ReadsEachArchitectureAndSurvivesRubbish) {
  const std::string directory = base::join_path(CEEMS_TEST_DATA, "cpuinfo");
  const auto names = base::list_directory(directory).value();
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    const std::string text = base::read_file(base::join_path(directory, name)).value();
    const auto info = parse_cpu_info(text);
    EXPECT_EQ(describe(info), head(text, "expect")) << name;
    if (!info) continue;
    const auto range = find_power_range(*info);
    ASSERT_TRUE(range) << name;
    EXPECT_EQ(fmt::format("{} {:.3f} {:.3f}", range->origin, range->idle_watts, range->full_watts),
              head(text, "power"))
        << name;
  }
}

TEST(CpuInfoTest, NamesTheFileInErrors) {
  EXPECT_EQ(read_cpu_info("/nonexistent").error().text(), "/nonexistent: No such file or directory");
}

}  // namespace
}  // namespace ceems::power

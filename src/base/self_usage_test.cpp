#include "base/self_usage.h"

#include "base/allocations.h"
#include "base/cpu_clock.h"

#include <unistd.h>

#include <ctime>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

TEST(SelfUsageTest, ReadsTimesBehindAnyCommandName) {
  const auto times = parse_process_stat(
      "4242 (a b) c) R) S 1 4242 4242 0 -1 4194560 900 0 1 0 250 150 0 0 20 0 3 0 123456 10485760 2048 "
      "18446744073709551615 1");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->user_ticks, 250U);
  EXPECT_EQ(times->system_ticks, 150U);
  EXPECT_EQ(times->start_ticks, 123'456U);
  EXPECT_EQ(times->virtual_bytes, 10'485'760U);
  EXPECT_EQ(times->resident_pages, 2048U);
}

TEST(SelfUsageTest, RefusesAMalformedStatus) {
  for (const std::string_view text : {"", "1 (x", "1 (x) S 1 2 3", ")"})
    EXPECT_FALSE(parse_process_stat(text)) << text;
}

TEST(SelfUsageTest, FindsTheOctetsOfTheNetworkByName) {
  const auto bytes = parse_netstat(
      "TcpExt: A InOctets\nTcpExt: 1 2\nIpExt: InNoRoutes InOctets X OutOctets\nIpExt: 0 111 5 222\n");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->received, 111U);
  EXPECT_EQ(bytes->sent, 222U);
  for (const std::string_view text :
       {"", "IpExt: InOctets OutOctets\n", "IpExt: InOctets OutOctets\nIpExt: 1\n", "IpExt: A\nIpExt: 1\n",
        "IpExt: InOctets OutOctets\nIpExt: x y\n"}) {
    EXPECT_FALSE(parse_netstat(text)) << text;
  }
}

TEST(SelfUsageTest, KnowsThisProcess) {
  SelfUsageReader reader;
  const auto usage = reader.read();
  ASSERT_TRUE(usage) << usage.error().text();
  EXPECT_GT(usage->resident_bytes, 100'000U);
  EXPECT_GT(usage->virtual_bytes, usage->resident_bytes);
  EXPECT_GT(usage->start_time_seconds, 1.5e9);
  EXPECT_LE(usage->start_time_seconds, static_cast<double>(std::time(nullptr)) + 1);
  EXPECT_GE(usage->max_descriptors, 16U);
}

TEST(SelfUsageTest, CountsOpenDescriptors) {
  SelfUsageReader reader;
  const auto before = reader.read();
  ASSERT_TRUE(before && before->open_descriptors);
  const Fd one(::dup(0));
  const Fd two(::dup(0));
  const auto after = reader.read();
  ASSERT_TRUE(after && after->open_descriptors);
  EXPECT_EQ(*after->open_descriptors, *before->open_descriptors + 2);
}

TEST(AllocationsTest, CountsBlocksOfMemory) {
  const auto before = allocation_count();
  std::vector<std::unique_ptr<int>> blocks(10);
  for (auto& block : blocks)
    block = std::make_unique<int>(1);
  const auto after = allocation_count();
  ASSERT_EQ(after.has_value(), before.has_value());
  if (before) {
    EXPECT_GE(*after - *before, 11U);
  }
}

TEST(CpuClockTest, Advances) {
  const auto thread = thread_cpu_time();
  while (thread_cpu_time() == thread) {
  }
  EXPECT_GT(thread_cpu_time(), thread);
}

}  // namespace
}  // namespace ceems::base

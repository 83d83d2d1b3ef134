#include "cgroup/scan.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::cgroup {
namespace {

TEST(ScanValue, ReadsMaxAsUnlimited) {
  EXPECT_EQ(scan_value("max\n"), kUnlimited);
}

TEST(ScanValue, CountsNegativeNumbersAsZero) {
  EXPECT_EQ(scan_value("-1\n"), 0);
}

TEST(ScanValue, RejectsWhatIsNoNumber) {
  for (const char* text : {"", "\n", "maximum", "12x", "1 2", "0x10", "-", "18446744073709551616"})
    EXPECT_EQ(scan_value(text), std::nullopt) << text;
}

TEST(ScanValue, ReadsTheLargestNumber) {
  EXPECT_EQ(scan_value("18446744073709551615"), kUnlimited);
}

TEST(ScanFlat, RejectsEveryLineOfAnotherShape) {
  for (const char* text : {"anon\n", "anon 1 2\n", " anon 1\n", "anon x\n", "\n", "anon 1\n\nfile 2\n",
                           "anon 1\nfile", "anon 99999999999999999999\n"}) {
    EXPECT_EQ(scan_memory_stat(text), std::nullopt) << text;
  }
}

TEST(ScanFlat, TakesALastLineWithoutEnd) {
  const auto stat = scan_memory_stat("anon 1\nfile 2");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cache_bytes, 2);
}

TEST(ScanFlat, CountsNegativeNumbersAsZero) {
  const auto stat = scan_memory_stat("anon -5\nfile 7\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->rss_bytes, 0);
  EXPECT_EQ(stat->cache_bytes, 7);
}

TEST(ScanCpuStat, ReadsUserAndSystemTime) {
  const auto stat = scan_cpu_stat("usage_usec 30\nuser_usec 10\nsystem_usec 20\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->user_usec, 10);
  EXPECT_EQ(stat->system_usec, 20);
  EXPECT_FALSE(stat->has_throttling);
}

TEST(ScanCpuacctStat, CountsHundredthsOfASecond) {
  const auto stat = scan_cpuacct_stat("user 150\nsystem 2\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->user_usec, 1500000);
  EXPECT_EQ(stat->system_usec, 20000);
}

TEST(ScanPressure, ReadsBothTotals) {
  const auto pressure = scan_pressure(
      "some avg10=0.00 avg60=0.00 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3\n");
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some_usec, 12);
  EXPECT_EQ(pressure->full_usec, 3);
}

TEST(ScanPressure, KnowsThatOldKernelsHaveNoFullLineForTheCpu) {
  const auto pressure = scan_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=12\n");
  ASSERT_TRUE(pressure);
  EXPECT_TRUE(pressure->has_some);
  EXPECT_FALSE(pressure->has_full);
}

TEST(ScanPressure, RejectsALineWithoutTotal) {
  EXPECT_FALSE(scan_pressure("some avg10=0.00\n"));
  EXPECT_FALSE(scan_pressure("some avg10=0.00 total=many\n"));
}

TEST(ScanIoStat, ReadsEachDeviceAndIgnoresUnknownPairs) {
  std::vector<DeviceIo> devices;
  scan_io_stat("8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=9\n259:1 rbytes=x wios=8 cost.usage=1\n", devices);
  ASSERT_EQ(devices.size(), 2);
  EXPECT_EQ(devices[0].write_requests, 4);
  EXPECT_EQ(devices[1].major, 259);
  EXPECT_EQ(devices[1].read_bytes, 0);
  EXPECT_EQ(devices[1].write_requests, 8);
}

TEST(ScanIoStat, LeavesOutLinesWithoutDeviceNumbers) {
  std::vector<DeviceIo> devices;
  scan_io_stat("rbytes=1\n8 rbytes=1\n8:x rbytes=1\n8:0:0 rbytes=1\n99999999999:0 rbytes=1\n\n", devices);
  EXPECT_TRUE(devices.empty());
}

TEST(ScanBlkio, SumsNothingUpAndSkipsOtherOperations) {
  std::vector<DeviceIo> devices;
  scan_blkio("8:0 Read 5\n8:0 Write 6\n8:0 Sync 7\n8:0 Total 18\nTotal 18\n", devices, &DeviceIo::read_bytes,
             &DeviceIo::write_bytes);
  scan_blkio("8:0 Read 1\n8:0 Write 2\n", devices, &DeviceIo::read_requests, &DeviceIo::write_requests);
  ASSERT_EQ(devices.size(), 1);
  EXPECT_EQ(devices[0].read_bytes, 5);
  EXPECT_EQ(devices[0].write_bytes, 6);
  EXPECT_EQ(devices[0].read_requests, 1);
}

TEST(ScanRdma, TakesLinesOfThreeFieldsOnly) {
  std::vector<RdmaUse> devices(3);
  scan_rdma(
      "mlx5_0 hca_handle=2 hca_object=max\nmlx5_1 hca_handle=2\nmlx5_2 hca_handle=1 hca_object=2 more=3\n",
      devices);
  ASSERT_EQ(devices.size(), 1);
  EXPECT_EQ(devices[0].device, "mlx5_0");
  EXPECT_EQ(devices[0].handles, 2);
  EXPECT_EQ(devices[0].objects, 4294967295);
}

TEST(ScanCpuCount, CountsRangesAndSingles) {
  EXPECT_EQ(scan_cpu_count("0-3,8\n"), 5);
  EXPECT_EQ(scan_cpu_count("7"), 1);
}

TEST(ScanCpuCount, RejectsEmptyAndMalformedLists) {
  for (const char* text : {"", "\n", "3-1", "a", "0-", "0,", "0-99999999", "0;1"})
    EXPECT_EQ(scan_cpu_count(text), std::nullopt) << text;
}

TEST(ScanCpuMax, GivesThousandthsOfACpu) {
  EXPECT_EQ(scan_cpu_max("150000 100000\n"), 1500);
  EXPECT_EQ(scan_cpu_max("max 100000\n"), 0);
  EXPECT_EQ(scan_cpu_max("1000 0\n"), 0);
  EXPECT_EQ(scan_cpu_max("100000\n"), std::nullopt);
}

}  // namespace
}  // namespace ceems::cgroup

#include "cgroup/machine.h"

#include "cgroup/block_devices.h"
#include "cgroup/processes.h"
#include "cgroup/test_tree.h"

#include <gtest/gtest.h>

namespace ceems::cgroup {
namespace {

using testing::FakeTree;

TEST(MachineReader, ReadsMemoryAndSwapAnew) {
  const FakeTree tree;
  tree.write("proc/meminfo", "MemTotal:       1000 kB\nMemFree:  1 kB\nSwapTotal:  20 kB\nSwapFree: 0 kB\n");
  tree.write("sys/devices/system/cpu/online", "0-3\n");
  MachineReader reader(tree.path("proc"), tree.path("sys"));
  EXPECT_EQ(reader.read().memory_total_bytes, 1024000);
  EXPECT_EQ(reader.read().swap_total_bytes, 20480);
  EXPECT_EQ(reader.read().online_cpus, 4);
  tree.write("proc/meminfo", "MemTotal:       2000 kB\nSwapTotal:  0 kB\n");
  tree.write("sys/devices/system/cpu/online", "0-1,3\n");
  EXPECT_EQ(reader.read().memory_total_bytes, 2048000);
  EXPECT_EQ(reader.read().swap_total_bytes, 0);
  EXPECT_EQ(reader.read().online_cpus, 3);
}

TEST(MachineReader, KnowsThatItDoesNotKnow) {
  const FakeTree tree;
  tree.write("proc/meminfo", "MemTotal: lots\nSwapTotal:\n");
  MachineReader reader(tree.path("proc"), "/no/such/place");
  EXPECT_EQ(reader.read().memory_total_bytes, 0);
  EXPECT_EQ(reader.read().swap_total_bytes, 0);
  EXPECT_GT(reader.read().online_cpus, 0);
}

TEST(BlockDevices, AreNamedByDiskstats) {
  const FakeTree tree;
  tree.write("proc/diskstats", "   8       0 sda 1 2 3\n 259 1 nvme0n1p1 1 2\nnonsense\n");
  BlockDevices devices(tree.path("proc"), tree.path("sys"));
  EXPECT_EQ(devices.name(8, 0), "sda");
  EXPECT_EQ(devices.name(259, 1), "nvme0n1p1");
}

TEST(BlockDevices, AreLookedUpWhenDiskstatsDoesNotHaveThem) {
  const FakeTree tree;
  tree.write("proc/diskstats", "");
  tree.write("sys/dev/block/253:7/uevent", "MAJOR=253\nMINOR=7\nDEVNAME=dm-7\nDEVTYPE=disk\n");
  BlockDevices devices(tree.path("proc"), tree.path("sys"));
  EXPECT_EQ(devices.name(253, 7), "dm-7");
}

TEST(BlockDevices, KeepTheirNumbersWhenNobodyKnowsTheirNames) {
  const FakeTree tree;
  BlockDevices devices(tree.path("proc"), tree.path("sys"));
  EXPECT_EQ(devices.name(253, 7), "253:7");
  EXPECT_EQ(devices.name(253, 8), "253:8");
}

TEST(BlockDevices, NoticeThatANumberMeansAnotherDevice) {
  const FakeTree tree;
  tree.write("proc/diskstats", "8 0 sda 1\n8 16 sdb 1\n");
  BlockDevices devices(tree.path("proc"), tree.path("sys"));
  EXPECT_EQ(devices.name(8, 0), "sda");
  EXPECT_FALSE(devices.refresh());
  tree.write("proc/diskstats", "8 0 sdx 1\n");
  EXPECT_TRUE(devices.refresh());
  EXPECT_EQ(devices.name(8, 0), "sdx");
}

TEST(FirstProcess, IsThatOfTheCgroupOrOfADescendant) {
  const FakeTree tree;
  tree.write("job/cgroup.procs", "");
  tree.write("job/b/cgroup.procs", "30\n");
  tree.write("job/a/x/cgroup.procs", "0\n20\n21\n");
  tree.write("job/a/cgroup.procs", "");
  EXPECT_EQ(first_process(tree.path("job")), 20);
  tree.write("job/cgroup.procs", "10\n");
  EXPECT_EQ(first_process(tree.path("job")), 10);
}

TEST(FirstProcess, IsNoneWhereNobodyIs) {
  const FakeTree tree;
  tree.write("job/cgroup.procs", "0\nx\n99999999999\n");
  EXPECT_EQ(first_process(tree.path("job")), std::nullopt);
  EXPECT_EQ(first_process(tree.path("no/such")), std::nullopt);
}

TEST(ProcessOwner, IsTheRealUser) {
  const FakeTree tree;
  tree.write("20/status", "Name:\tsleep\nUid:\t1234\t0\t0\t0\nGid:\t1\t1\t1\t1\n");
  EXPECT_EQ(process_owner(tree.root(), 20).value_or(1), 1234);
  EXPECT_EQ(process_owner("/proc", ::getpid()).value_or(77777), ::getuid());
}

TEST(ProcessOwner, OwnsTheDirectoryWhereThereIsNoStatus) {
  const FakeTree tree;
  tree.make("20");
  EXPECT_EQ(process_owner(tree.root(), 20).value_or(77777), ::getuid());
  EXPECT_FALSE(process_owner(tree.root(), 21));
}

}  // namespace
}  // namespace ceems::cgroup

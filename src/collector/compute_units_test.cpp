#include "collector/compute_units.h"

#include "cgroup/test_tree.h"
#include "collector/unit_bench_test.h"
#include "exposition/catalogue.h"
#include "exposition/sample_line.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using cgroup::testing::FakeTree;
using cgroup::testing::RealCgroup;

TEST(ComputeUnits, EmitsEveryAlwaysMetricOfAUnit) {
  Bench bench;
  bench.unified("/batch/job_7");
  const std::string u = unit("7");
  const Lines expected = {
      R"(ceems_compute_units{hostname="node1",manager="batch"} 1)",
      R"(ceems_compute_unit_info{cgrouphostname="",hostname="node1",manager="batch",name="job_7",project="p",user="alice",uuid="7"} 1)",
      "ceems_compute_unit_cpu_user_seconds_total" + u + " 1.5",
      "ceems_compute_unit_cpu_system_seconds_total" + u + " 0.25",
      "ceems_compute_unit_cpus" + u + " 8",
      "ceems_compute_unit_memory_rss_bytes" + u + " 0",
      "ceems_compute_unit_memory_cache_bytes" + u + " 0",
      "ceems_compute_unit_memory_used_bytes" + u + " 4096",
      "ceems_compute_unit_memory_total_bytes" + u + " 0",
      "ceems_compute_unit_memory_fail_count" + u + " 0",
  };
  EXPECT_EQ(bench.samples(), expected);
}

TEST(ComputeUnits, CountsZeroUnitsOfAManagerThatHasNone) {
  Bench bench;
  EXPECT_EQ(bench.samples(), (Lines{R"(ceems_compute_units{hostname="node1",manager="batch"} 0)"}));
  ASSERT_EQ(bench.collector().outcomes().size(), 2);
  EXPECT_TRUE(bench.collector().outcomes()[0].success);
  EXPECT_EQ(bench.collector().outcomes()[0].subcollector, "batch");
}

TEST(ComputeUnits, HasAUnitInTheScrapeAfterItStartedAndNotAfterItEnded) {
  Bench bench;
  bench.unified("/batch/job_1");
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus").size(), 1);
  bench.unified("/batch/job_2");
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus").size(), 2);
  bench.tree.remove("cgroup/batch/job_1");
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus"), (Lines{"ceems_compute_unit_cpus" + unit("2") + " 8"}));
}

TEST(ComputeUnits, AFailedUnitHasOnlyItsError) {
  Bench bench;
  bench.unified("/batch/job_1");
  bench.unified("/batch/job_2", "broken");
  const Lines lines = bench.samples();
  Lines of_it;
  std::ranges::copy_if(lines, std::back_inserter(of_it),
                       [](const std::string& line) { return line.contains("uuid=\"2\""); });
  EXPECT_EQ(of_it, (Lines{"ceems_compute_unit_collect_error" + unit("2") + " 1",
                          "ceems_compute_collect_error" + unit("2") + " 1"}));
  EXPECT_TRUE(std::ranges::count(lines, R"(ceems_compute_units{hostname="node1",manager="batch"} 2)"));
  EXPECT_TRUE(bench.collector().outcomes()[0].success);
}

TEST(ComputeUnits, AFailedUnitRecovers) {
  Bench bench;
  bench.unified("/batch/job_2", "broken");
  EXPECT_EQ(bench.samples("ceems_compute_collect_error").size(), 1);
  EXPECT_FALSE(bench.collector().outcomes()[0].success);
  bench.unified("/batch/job_2", "1");
  EXPECT_EQ(bench.samples("ceems_compute_collect_error").size(), 0);
  EXPECT_TRUE(bench.collector().outcomes()[0].success);
}

TEST(ComputeUnits, TakesTheSmallerOfCpusetAndQuota) {
  Bench bench;
  bench.unified("/batch/job_1");
  bench.tree.write("cgroup/batch/job_1/cpuset.cpus.effective", "0-3\n");
  bench.tree.write("cgroup/batch/job_1/cpu.max", "150000 100000\n");
  bench.unified("/batch/job_2");
  bench.tree.write("cgroup/batch/job_2/cpuset.cpus.effective", "0-3\n");
  bench.tree.write("cgroup/batch/job_2/cpu.max", "900000 100000\n");
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus"), (Lines{"ceems_compute_unit_cpus" + unit("1") + " 1.5",
                                                             "ceems_compute_unit_cpus" + unit("2") + " 4"}));
}

TEST(ComputeUnits, EmitsSwapOnlyIfAsked) {
  Bench bench;
  bench.unified("/batch/job_1");
  bench.tree.write("cgroup/batch/job_1/memory.swap.current", "5\n");
  bench.tree.write("cgroup/batch/job_1/memory.swap.max", "max\n");
  EXPECT_EQ(bench.samples("ceems_compute_unit_memsw").size(), 0);
  bench.made.reset();
  bench.options.generic.swap = true;
  EXPECT_EQ(bench.samples("ceems_compute_unit_memsw"),
            (Lines{"ceems_compute_unit_memsw_used_bytes" + unit("1") + " 5",
                   "ceems_compute_unit_memsw_total_bytes" + unit("1") + " 1.048576e+06",
                   "ceems_compute_unit_memsw_fail_count" + unit("1") + " 0"}));
}

TEST(ComputeUnits, EmitsFullPressureUnderItsOldNamesAndBothKindsAsCounters) {
  Bench bench;
  bench.options.generic.psi = true;
  bench.unified("/batch/job_1");
  for (const char* what : {"cpu", "memory", "io"}) {
    bench.tree.write(fmt::format("cgroup/batch/job_1/{}.pressure", what),
                     "some avg10=0.00 avg60=0.00 avg300=0.00 total=2000000\n"
                     "full avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n");
  }
  Lines expected;
  for (const char* name : {"cpu_psi_seconds", "memory_psi_seconds", "blkio_psi_seconds",
                           "cpu_psi_seconds_total", "memory_psi_seconds_total", "blkio_psi_seconds_total"}) {
    expected.push_back(fmt::format("ceems_compute_unit_{}{} 0.5", name, unit("1")));
  }
  for (const char* name : {"cpu", "memory", "blkio"})
    expected.push_back(fmt::format("ceems_compute_unit_{}_psi_some_seconds_total{} 2", name, unit("1")));
  Lines lines = bench.samples();
  std::erase_if(lines, [](const std::string& line) { return !line.contains("_psi_"); });
  EXPECT_EQ(lines, expected);
}

TEST(ComputeUnits, KeepsZerosOfPressureUnderV1) {
  Bench bench;
  bench.options.generic.psi = true;
  bench.tree.write("cgroup/cpuacct/batch/job_1/cpuacct.stat", "user 1\nsystem 1\n");
  Lines lines = bench.samples();
  std::erase_if(lines, [](const std::string& line) { return !line.contains("_psi_"); });
  EXPECT_EQ(lines, (Lines{"ceems_compute_unit_cpu_psi_seconds" + unit("1") + " 0",
                          "ceems_compute_unit_memory_psi_seconds" + unit("1") + " 0"}));
}

TEST(ComputeUnits, EmitsBlockIoOfEachDeviceInOrderOfLabels) {
  Bench bench;
  bench.options.generic.blkio = true;
  bench.tree.write("proc/diskstats", "8 0 sdb 1\n8 16 sda 1\n");
  for (const char* uuid : {"1", "2"}) {
    bench.unified(fmt::format("/batch/job_{}", uuid));
    bench.tree.write(fmt::format("cgroup/batch/job_{}/io.stat", uuid),
                     "8:0 rbytes=10 wbytes=0 rios=1 wios=0\n8:16 rbytes=20 wbytes=30 rios=0 wios=3\n"
                     "253:7 rbytes=5 wbytes=0 rios=0 wios=0\n");
  }
  const auto device = [](const std::string& name, const std::string& uuid) {
    return fmt::format(R"({{cgrouphostname="",device="{}",hostname="node1",manager="batch",uuid="{}"}})",
                       name, uuid);
  };
  const auto reads = [&](const std::string& metric) {
    return Lines{metric + device("253:7", "1") + " 5", metric + device("253:7", "2") + " 5",
                 metric + device("sda", "1") + " 20",  metric + device("sda", "2") + " 20",
                 metric + device("sdb", "1") + " 10",  metric + device("sdb", "2") + " 10"};
  };
  EXPECT_EQ(bench.samples("ceems_compute_unit_blkio_read_total_bytes"),
            reads("ceems_compute_unit_blkio_read_total_bytes"));
  EXPECT_EQ(bench.samples("ceems_compute_unit_blkio_read_bytes_total"),
            reads("ceems_compute_unit_blkio_read_bytes_total"));
  EXPECT_EQ(bench.samples("ceems_compute_unit_blkio_write_total_requests").size(), 2);
}

TEST(ComputeUnits, NamesADeviceThatAppearsLater) {
  Bench bench;
  bench.options.generic.blkio = true;
  bench.unified("/batch/job_1");
  bench.tree.write("cgroup/batch/job_1/io.stat", "8:0 rbytes=10 wbytes=0 rios=0 wios=0\n");
  bench.samples();
  bench.tree.write("cgroup/batch/job_1/io.stat",
                   "8:0 rbytes=10 wbytes=0 rios=0 wios=0\n253:1 rbytes=7 wbytes=0 rios=0 wios=0\n");
  bench.tree.write("sys/dev/block/253:1/uevent", "DEVNAME=dm-1\n");
  const Lines lines = bench.samples("ceems_compute_unit_blkio_read_total_bytes");
  ASSERT_EQ(lines.size(), 2);
  EXPECT_TRUE(lines[1].contains("device=\"dm-1\"")) << lines[1];
}

TEST(ComputeUnits, EmitsRdmaWhereItIsUsed) {
  Bench bench;
  bench.unified("/batch/job_1");
  bench.tree.write("cgroup/batch/job_1/rdma.current",
                   "mlx5_0 hca_handle=2 hca_object=30\nmlx5_1 hca_handle=0 hca_object=4\n");
  Lines values;
  for (const std::string& line : bench.samples("ceems_compute_unit_rdma"))
    values.push_back(line.substr(0, line.find('{')) + line.substr(line.rfind(' ')));
  EXPECT_EQ(values, (Lines{"ceems_compute_unit_rdma_hca_handles 2", "ceems_compute_unit_rdma_hca_objects 30",
                           "ceems_compute_unit_rdma_hca_objects 4"}));
}

TEST(ComputeUnits, GivesHandlesForObjectsWhenOldValuesAreWanted) {
  Bench bench;
  bench.node.compat = true;
  bench.unified("/batch/job_1");
  bench.tree.write("cgroup/batch/job_1/rdma.current",
                   "mlx5_0 hca_handle=2 hca_object=30\nmlx5_1 hca_handle=0 hca_object=4\n");
  Lines values;
  for (const std::string& line : bench.samples("ceems_compute_unit_rdma_hca_objects"))
    values.push_back(line.substr(line.rfind(' ')));
  EXPECT_EQ(values, (Lines{" 2"}));
}

TEST(ComputeUnits, EmitsWhatElseTheKernelKnowsIfAsked) {
  Bench bench;
  bench.options.generic.extra = true;
  bench.tree.make("sys/kernel/mm/hugepages/hugepages-2048kB");
  bench.unified("/batch/job_1");
  bench.tree.write("cgroup/batch/job_1/cpu.max", "150000 100000\n");
  bench.tree.write("cgroup/batch/job_1/memory.peak", "9\n");
  bench.tree.write("cgroup/batch/job_1/memory.events", "max 3\noom 2\noom_kill 1\n");
  bench.tree.write("cgroup/batch/job_1/pids.current", "4\n");
  bench.tree.write("cgroup/batch/job_1/hugetlb.2MB.current", "2097152\n");
  std::set<std::string> names;
  for (const std::string& line : bench.samples())
    names.insert(line.substr(0, line.find('{')) + line.substr(line.rfind(' ')));
  for (const char* sample :
       {"ceems_compute_unit_cpu_seconds_total 1e-06", "ceems_compute_unit_cpu_quota_cpus 1.5",
        "ceems_compute_unit_memory_peak_bytes 9", "ceems_compute_unit_memory_limit_hits_total 3",
        "ceems_compute_unit_memory_oom_kills_total 1", "ceems_compute_unit_memory_fail_count 2",
        "ceems_compute_unit_pids 4", "ceems_compute_unit_hugetlb_used_bytes 2.097152e+06",
        "ceems_compute_unit_collect_error 0", "ceems_compute_collect_error 0"}) {
    EXPECT_TRUE(names.contains(sample)) << sample;
  }
}

TEST(ComputeUnits, WritesSamplesInOrderOfTheirLabels) {
  Bench bench;
  bench.options.generic = {.swap = true, .psi = true, .blkio = true, .rdma = true, .extra = true};
  bench.configure(
      "generic:\n"
      "  - name: zz\n    pattern: ^/z/(?:(?P<host>n[0-9])/)?job_(?P<id>[^/]+)$\n    user: '{id}'\n"
      "  - name: aa\n    pattern: ^/a/(?P<name>.).*_(?P<id>[^/]+)$\n    user: '{id}'\n");
  for (const char* path :
       {"/z/job_2", "/z/job_10", "/z/n1/job_2", "/z/job_a\\x22b", "/a/x_3", "/a/w_4", "/a/w_5"}) {
    bench.unified(path);
    bench.tree.write(fmt::format("cgroup{}/io.stat", path),
                     "8:0 rbytes=1 wbytes=1 rios=1 wios=1\n7:0 rbytes=1\n");
    bench.tree.write(fmt::format("cgroup{}/rdma.current", path),
                     "b hca_handle=1 hca_object=1\na hca_handle=1 hca_object=1\n");
  }
  ASSERT_TRUE(bench.collect());
  exposition::Emitter emitter;
  bench.collector().emit(emitter);
  for (const auto& section : emitter.sections()) {
    std::istringstream text(emitter.text().substr(section.begin, section.end - section.begin));
    Lines lines;
    for (std::string line; std::getline(text, line);)
      lines.push_back(line.substr(line.find('{'), line.rfind(' ') - line.find('{')));
    EXPECT_TRUE(std::ranges::is_sorted(lines, [](const std::string& a, const std::string& b) {
      return exposition::compare_labels(a, b) < 0;
    })) << section.family.name;
    EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), lines.size()) << section.family.name;
  }
}

TEST(ComputeUnits, TellsAboutItselfUnlessPagesAreCompared) {
  Bench bench;
  bench.unified("/batch/job_1");
  EXPECT_EQ(bench.samples("ceems_exporter_").size(), 0);
  bench.made.reset();
  bench.node.comparable_output = false;
  const Lines lines = bench.samples("ceems_exporter_");
  EXPECT_TRUE(std::ranges::count(lines, "ceems_exporter_cgroup_files{state=\"reopened\"} 0"));
  EXPECT_TRUE(std::ranges::count(lines, "ceems_exporter_cgroup_walks_total{reason=\"start\"} 1"));
}

TEST(ComputeUnits, ReadsMoreUnitsThanItHasDescriptors) {
  Bench bench;
  bench.node.comparable_output = false;
  bench.options.most_descriptors = 5;
  for (int i = 0; i < 20; ++i)
    bench.unified(fmt::format("/batch/job_{}", i));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(bench.samples("ceems_compute_unit_memory_used_bytes").size(), 20);
  EXPECT_EQ(bench.samples("ceems_compute_collect_error").size(), 0);
  EXPECT_TRUE(std::ranges::count(bench.samples(), "ceems_exporter_cgroup_files{state=\"kept\"} 5"));
}

TEST(ComputeUnits, GivesUpAtItsDeadline) {
  Bench bench;
  for (int i = 0; i < 100; ++i)
    bench.unified(fmt::format("/batch/job_{}", i));
  const base::Status status = bench.collector().collect(ScrapeContext{std::chrono::steady_clock::now()});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kTimeout);
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus").size(), 100);
}

TEST(ComputeUnits, LabelsWhateverBytesACgroupIsNamed) {
  Bench bench;
  bench.unified("/batch/job_a\"b\n\xC3\xA9");
  const Lines lines = bench.samples("ceems_compute_unit_cpus");
  ASSERT_EQ(lines.size(), 1);
  EXPECT_TRUE(lines[0].contains("uuid=\"a\\\"b\\n\xC3\xA9\"")) << lines[0];
}

TEST(ComputeUnits, DeclaresAllThatItEmits) {
  Bench bench;
  exposition::Catalogue catalogue;
  catalogue.add("generic", bench.collector().families());
  const base::Status status = catalogue.check();
  EXPECT_TRUE(status) << status.error().text();
}

TEST(ComputeUnits, NeedsItsConfigurationFile) {
  EXPECT_FALSE(make_compute_units_collector(NodeContext{}, ComputeUnitsOptions{}));
  const base::Status status = check_generic_config("/no/such/file.yml");
  ASSERT_FALSE(status);
  EXPECT_TRUE(status.error().text().contains("/no/such/file.yml"));
}

// On the real hierarchies of this machine, where it lets us make cgroups: none is made elsewhere.
class RealComputeUnits : public ::testing::TestWithParam<int> {};

std::vector<int> where_real_cgroups_can_be_made() {
  return RealCgroup("probe").made() ? std::vector<int>{1} : std::vector<int>{};
}

TEST_P(RealComputeUnits, SurviveUnitsThatVanishBetweenScrapes) {
  RealCgroup real("units");
  const FakeTree files;
  files.write("generic.yml",
              fmt::format("generic:\n  - name: m\n    pattern: ^{}/(?P<id>.*)$\n    user: u\n", real.path()));
  ComputeUnitsOptions options;
  options.generic_config_file = files.path("generic.yml");
  options.generic = {.swap = true, .psi = true, .blkio = true, .rdma = true, .extra = true};
  auto collector = make_compute_units_collector(NodeContext{}, options);
  ASSERT_TRUE(collector);
  exposition::Emitter emitter;
  const auto scrape = [&] {
    EXPECT_TRUE(
        (*collector)->collect(ScrapeContext{std::chrono::steady_clock::now() + std::chrono::minutes(1)}));
    emitter.clear();
    (*collector)->emit(emitter);
    return emitter.text();
  };
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i)
      real.make_below(fmt::format("/{}-{}", round, i));
    EXPECT_TRUE(scrape().contains(fmt::format("uuid=\"{}-19\"", round)));
    for (int i = 0; i < 20; i += 2)
      real.remove_below(fmt::format("/{}-{}", round, i));
    const std::string page = scrape();
    EXPECT_FALSE(page.contains(fmt::format("uuid=\"{}-18\"", round)));
    EXPECT_TRUE(page.contains(fmt::format("uuid=\"{}-19\"", round)));
    EXPECT_FALSE(page.contains("collect_error{cgrouphostname=\"\",hostname=\"\",manager=\"m\"} 1"));
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealComputeUnits);
INSTANTIATE_TEST_SUITE_P(Here, RealComputeUnits, ::testing::ValuesIn(where_real_cgroups_can_be_made()));

}  // namespace
}  // namespace ceems::collector

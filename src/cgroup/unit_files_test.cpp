// Cases as data: tests/data/cgroup/units/*.case describe a tree and what reading /job in it must give.
//
//   plan swap pressure io extra compat own_cpuset no_quota vcpus
//                                        what to read beside CPU time and memory (rdma and cpus always)
//   machine MEMORY SWAP CPUS             bytes, bytes, number
//   file PATH                            below the mount; its lines follow, each after "|"
//   dir PATH
//   expect                               every number that is not 0 as "|name number", sorted by name
//   error TEXT | gone                    instead: the error contains the text; or the unit has ended
#include "cgroup/unit_files.h"

#include "base/file.h"
#include "base/text.h"
#include "cgroup/test_tree.h"

#include <map>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

namespace ceems::cgroup {
namespace {

using testing::FakeTree;
using testing::RealCgroup;

struct Case {
  std::string name;
  std::string text;
};

void PrintTo(const Case& it, std::ostream* out) {
  *out << it.name;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  const std::string directory = CEEMS_TEST_DATA "/units";
  for (const std::string& name : base::list_directory(directory).value_or(std::vector<std::string>{}))
    all.push_back({name.substr(0, name.find('.')), base::read_file(directory + "/" + name).value_or("")});
  return all;
}

// Everything that is not 0 or absent, a line each.
std::map<std::string, std::uint64_t> numbers(const Usage& usage) {
  std::map<std::string, std::uint64_t> all;
  all["cpu_user_usec"] = usage.cpu_user_usec;
  all["cpu_system_usec"] = usage.cpu_system_usec;
  all["cpuset_cpus"] = usage.cpuset_cpus;
  all["cpu_quota_millis"] = usage.cpu_quota_millis;
  all["memory_used_bytes"] = usage.memory_used_bytes;
  all["memory_total_bytes"] = usage.memory_total_bytes;
  all["memory_cache_bytes"] = usage.memory_cache_bytes;
  all["memory_rss_bytes"] = usage.memory_rss_bytes;
  all["memory_failures"] = usage.memory_failures;
  all["swap_used_bytes"] = usage.swap_used_bytes;
  all["swap_total_bytes"] = usage.swap_total_bytes;
  all["swap_failures"] = usage.swap_failures;
  const auto pressure = [&](const std::string& name, const Pressure& of) {
    if (of.has_some) all[name + "_some_usec"] = of.some_usec;
    if (of.has_full) all[name + "_full_usec"] = of.full_usec;
  };
  pressure("cpu_pressure", usage.cpu_pressure);
  pressure("memory_pressure", usage.memory_pressure);
  pressure("io_pressure", usage.io_pressure);
  for (const DeviceIo& io : usage.io) {
    const std::string device = fmt::format("io_{}:{}_", io.major, io.minor);
    all[device + "read_bytes"] = io.read_bytes;
    all[device + "write_bytes"] = io.write_bytes;
    all[device + "read_requests"] = io.read_requests;
    all[device + "write_requests"] = io.write_requests;
  }
  for (const RdmaUse& rdma : usage.rdma) {
    all["rdma_" + rdma.device + "_handles"] = rdma.handles;
    all["rdma_" + rdma.device + "_objects"] = rdma.objects;
  }
  const ExtraUsage& extra = usage.extra;
  if (extra.has_cpu) all["extra_cpu_usec"] = extra.cpu_usec;
  if (extra.has_throttling) {
    all["extra_cpu_periods"] = extra.cpu_periods;
    all["extra_cpu_throttled_periods"] = extra.cpu_throttled_periods;
    all["extra_cpu_throttled_usec"] = extra.cpu_throttled_usec;
  }
  if (extra.has_memory_peak) all["extra_memory_peak_bytes"] = extra.memory_peak_bytes;
  if (extra.has_limit_hits) all["extra_memory_limit_hits"] = extra.memory_limit_hits;
  if (extra.has_oom_kills) all["extra_memory_oom_kills"] = extra.memory_oom_kills;
  if (extra.has_pids) all["extra_pids"] = extra.pids;
  for (const HugePages& pages : extra.huge_pages)
    all[fmt::format("extra_huge_{}_bytes", pages.page_size)] = pages.used_bytes;
  std::erase_if(all, [](const auto& entry) { return entry.second == 0; });
  return all;
}

std::string rendered(const Usage& usage) {
  std::string text;
  for (const auto& [name, number] : numbers(usage))
    text += fmt::format("{} {}\n", name, number);
  return text;
}

// One unit, as the collector holds it.
struct Unit {
  explicit Unit(Layout where, ReadPlan plan = {}, std::string path = "/job")
      : layout(std::move(where)), files(std::move(path), plan) {}

  base::Status read() {
    const ReadContext context{layout, machine, budget, huge_sizes, buffer};
    return files.read(context, usage);
  }

  Layout layout;
  Machine machine{.memory_total_bytes = 1 << 30, .swap_total_bytes = 1 << 20, .online_cpus = 16};
  DescriptorBudget budget{1000};
  std::vector<std::string> huge_sizes;
  std::vector<char> buffer;
  Usage usage;
  UnitFiles files;
};

struct Script {
  FakeTree tree;
  ReadPlan plan;
  Machine machine;
  std::string expected;
  std::string error;
  bool gone = false;
};

std::unique_ptr<Script> play(const std::string& text) {
  auto script = std::make_unique<Script>();
  std::string* target = nullptr;
  std::string file;
  std::string content;
  const auto finish_file = [&] {
    if (!file.empty()) script->tree.write(file, content);
    file.clear();
    content.clear();
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('|')) {
      (target != nullptr ? *target : content) += line.substr(1) + "\n";
      continue;
    }
    finish_file();
    target = nullptr;
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "plan") {
      for (std::string word; words >> word;) {
        script->plan.swap |= word == "swap";
        script->plan.pressure |= word == "pressure";
        script->plan.io |= word == "io";
        script->plan.extra |= word == "extra";
        script->plan.compat |= word == "compat";
        script->plan.own_cpuset |= word == "own_cpuset";
        if (word == "no_quota") script->plan.quota = false;
        script->plan.vcpus |= word == "vcpus";
      }
    } else if (verb == "machine") {
      words >> script->machine.memory_total_bytes >> script->machine.swap_total_bytes >>
          script->machine.online_cpus;
    } else if (verb == "file") {
      words >> file;
    } else if (verb == "dir") {
      std::string path;
      words >> path;
      script->tree.make(path);
    } else if (verb == "expect") {
      target = &script->expected;
    } else if (verb == "error") {
      script->error = line.substr(6);
    } else if (verb == "gone") {
      script->gone = true;
    } else if (!verb.empty() && !verb.starts_with('#')) {
      ADD_FAILURE() << "not understood: " << line;
    }
  }
  finish_file();
  return script;
}

class UnitFilesCase : public ::testing::TestWithParam<Case> {};

TEST_P(UnitFilesCase, GivesWhatIsExpectedAgainAndAgain) {
  const auto script = play(GetParam().text);
  Unit unit(detect_layout(script->tree.root(), ForceVersion::kDetect, "cpuacct"), script->plan);
  unit.machine = script->machine;
  unit.huge_sizes = {"1GB", "2MB"};
  // The second time on kept descriptors; the third after looking again for what was missing.
  for (int i = 0; i < 3; ++i) {
    const base::Status status = unit.read();
    if (script->gone) {
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().code, base::ErrorCode::kGone);
    } else if (!script->error.empty()) {
      ASSERT_FALSE(status);
      EXPECT_NE(status.error().text().find(script->error), std::string::npos) << status.error().text();
    } else {
      ASSERT_TRUE(status) << status.error().text();
      EXPECT_EQ(rendered(unit.usage), script->expected);
    }
    if (i == 1) unit.files.retry_missing();
  }
}

INSTANTIATE_TEST_SUITE_P(Data, UnitFilesCase, ::testing::ValuesIn(cases()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(UnitFiles, ReadsNewValuesOnKeptDescriptors) {
  const FakeTree tree;
  tree.write("cgroup.controllers", "");
  tree.write("job/cgroup.controllers", "");
  tree.write("job/memory.current", "1000\n");
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"));
  ASSERT_TRUE(unit.read());
  tree.write("job/memory.current", "2000\n");
  ASSERT_TRUE(unit.read());
  EXPECT_EQ(unit.usage.memory_used_bytes, 2000);
  EXPECT_GT(unit.budget.kept(), 0);
  unit.files.close();
  EXPECT_EQ(unit.budget.kept(), 0);
}

TEST(UnitFiles, FindsAControllerThatIsMadeLater) {
  const FakeTree tree;
  tree.write("cpuacct/job/cpuacct.stat", "user 1\nsystem 2\n");
  tree.make("memory");
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"));
  ASSERT_TRUE(unit.read());
  tree.write("memory/job/memory.usage_in_bytes", "77\n");
  ASSERT_TRUE(unit.read());
  EXPECT_EQ(unit.usage.memory_used_bytes, 0);
  unit.files.retry_missing();
  ASSERT_TRUE(unit.read());
  EXPECT_EQ(unit.usage.memory_used_bytes, 77);
}

TEST(UnitFiles, PrefersTheLegacyHierarchyOfAControllerEvenIfItComesLater) {
  const FakeTree tree;
  tree.make("memory");
  tree.write("unified/cgroup.controllers", "");
  tree.write("unified/job/cgroup.controllers", "");
  tree.write("unified/job/memory.current", "5\n");
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"));
  ASSERT_TRUE(unit.read());
  EXPECT_EQ(unit.usage.memory_used_bytes, 5);
  tree.write("memory/job/memory.usage_in_bytes", "77\n");
  unit.files.retry_missing();
  ASSERT_TRUE(unit.read());
  EXPECT_EQ(unit.usage.memory_used_bytes, 77);
}

TEST(UnitFiles, OpensFilesForEachReadWhenDescriptorsRunOut) {
  const FakeTree tree;
  tree.write("cgroup.controllers", "");
  tree.write("job/cgroup.controllers", "");
  tree.write("job/cpu.stat", "user_usec 5\nsystem_usec 6\n");
  tree.write("job/memory.current", "1000\n");
  tree.write("job/memory.max", "3000\n");
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"));
  unit.budget = DescriptorBudget(1);
  for (int i = 0; i < 2; ++i) {
    unit.budget.begin_pass();
    ASSERT_TRUE(unit.read());
    EXPECT_EQ(unit.usage.cpu_user_usec, 5);
    EXPECT_EQ(unit.usage.memory_used_bytes, 1000);
    EXPECT_EQ(unit.usage.memory_total_bytes, 3000);
    EXPECT_EQ(unit.budget.kept(), 1);
    EXPECT_EQ(unit.budget.reopened(), 2);
  }
  tree.remove("job");
  const base::Status status = unit.read();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kGone);
}

TEST(UnitFiles, LeavesRoomForCountersBeforeSettings) {
  const FakeTree tree;
  tree.write("cgroup.controllers", "");
  tree.write("job/cgroup.controllers", "");
  tree.write("job/cpu.stat", "user_usec 5\nsystem_usec 6\n");
  tree.write("job/memory.max", "3000\n");
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"));
  unit.budget = DescriptorBudget(10);
  for (int i = 0; i < 7; ++i)
    ASSERT_TRUE(unit.budget.take(Rank::kCounter));
  ASSERT_TRUE(unit.read());
  EXPECT_EQ(unit.budget.kept(), 8);
  EXPECT_EQ(unit.budget.reopened(), 1);
}

TEST(UnitFiles, ReadsFilesLargerThanItsBuffer) {
  const FakeTree tree;
  tree.write("cgroup.controllers", "");
  tree.write("job/cgroup.controllers", "");
  std::string io;
  for (int i = 0; i < 2000; ++i)
    io += fmt::format("253:{} rbytes={} wbytes=0 rios=1 wios=0\n", i, i + 1);
  tree.write("job/io.stat", io);
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"), ReadPlan{.io = true});
  ASSERT_TRUE(unit.read());
  ASSERT_EQ(unit.usage.io.size(), 2000);
  EXPECT_EQ(unit.usage.io.back().read_bytes, 2000);
}

TEST(UnitFiles, CountsAnEndlessFileAsAnError) {
  const FakeTree tree;
  tree.write("cgroup.controllers", "");
  tree.write("job/cgroup.controllers", "");
  tree.write("job/memory.stat", std::string(3 << 20, 'a'));
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"));
  ASSERT_FALSE(unit.read());
}

TEST(UnitFiles, NamesTheFileThatCannotBeRead) {
  const FakeTree tree;
  tree.write("cgroup.controllers", "");
  tree.write("job/cgroup.controllers", "");
  tree.make("job/memory.current");
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct"));
  const base::Status status = unit.read();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().subject, "/job/memory.current");
}

TEST(UnitFiles, SaysWhenNoControllerHasTheCgroup) {
  const FakeTree tree;
  tree.make("freezer/job");
  tree.make("memory");
  Unit unit(detect_layout(tree.root(), ForceVersion::kDetect, "freezer"));
  const base::Status status = unit.read();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kNotFound);
}

TEST(HugePageSizes, AreTheWordsOfTheKernel) {
  const FakeTree sysfs;
  sysfs.make("kernel/mm/hugepages/hugepages-2048kB");
  sysfs.make("kernel/mm/hugepages/hugepages-1048576kB");
  sysfs.make("kernel/mm/hugepages/hugepages-64kB");
  sysfs.make("kernel/mm/hugepages/other");
  EXPECT_EQ(huge_page_sizes(sysfs.root()), (std::vector<std::string>{"1GB", "2MB", "64KB"}));
  EXPECT_TRUE(huge_page_sizes("/no/such/place").empty());
}

// On the real hierarchies of this machine, where it lets us make cgroups: none is made elsewhere.
class RealUnit : public ::testing::TestWithParam<int> {};

std::vector<int> where_real_cgroups_can_be_made() {
  return RealCgroup("probe").made() ? std::vector<int>{1} : std::vector<int>{};
}

TEST_P(RealUnit, SeesTheWorkOfAProcess) {
  RealCgroup cgroup("work");
  cgroup.make_below("/inner");
  ASSERT_TRUE(cgroup.spawn("", [] {
    std::vector<char> memory(9 << 20);
    for (std::size_t i = 0;; i = (i + 1) % memory.size())
      *const_cast<volatile char*>(&memory[i]) = 1;
  }));
  Unit unit(cgroup.layout(), ReadPlan{.swap = true, .pressure = true, .io = true, .extra = true},
            cgroup.path());
  do {
    ASSERT_TRUE(unit.read());
  } while (unit.usage.cpu_user_usec < 200'000);
  const std::uint64_t before = unit.usage.cpu_user_usec;
  do {
    ASSERT_TRUE(unit.read());
  } while (unit.usage.cpu_user_usec == before);
  EXPECT_GT(unit.usage.cpu_user_usec, before);
  EXPECT_GT(unit.usage.cpuset_cpus, 0);
  const bool has_memory = !cgroup.layout().legacy_root(Controller::kMemory).empty();
  EXPECT_EQ(unit.usage.memory_used_bytes > 8 << 20, has_memory);
  EXPECT_EQ(unit.usage.memory_total_bytes, has_memory ? unit.machine.memory_total_bytes : 0);
}

TEST_P(RealUnit, HasEndedWhenItsCgroupIsRemoved) {
  auto cgroup = std::make_unique<RealCgroup>("end");
  Unit unit(cgroup->layout(), {}, cgroup->path());
  ASSERT_TRUE(unit.read());
  cgroup.reset();
  base::Status status = unit.read();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kGone);
  unit.files.close();
  status = unit.read();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kGone);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealUnit);
INSTANTIATE_TEST_SUITE_P(Here, RealUnit, ::testing::ValuesIn(where_real_cgroups_can_be_made()));

}  // namespace
}  // namespace ceems::cgroup

#include "unit/registry.h"

#include "base/text.h"
#include "cgroup/test_tree.h"
#include "unit/gpu_allocations.h"
#include "unit/inventory.h"
#include "unit/slurm_manager.h"
#include "unit/told_gpus.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

// Knows units by their cgroups' names.
class TestRegistry final : public Registry {
 public:
  struct Facts {
    std::string uuid;
    std::optional<GpuClaim> gpus;
  };
  void follow(std::span<const Unit* const> units, bool /*everything*/) override {
    followed.clear();
    for (const Unit* unit : units)
      followed.push_back(unit->claim.name);
    std::ranges::sort(followed);
  }
  std::uint64_t generation() const override { return changes; }
  std::optional<std::string> uuid(const Unit& unit) const override {
    const auto known = facts.find(unit.claim.name);
    return known == facts.end() ? std::nullopt : std::optional(known->second.uuid);
  }
  std::optional<GpuClaim> gpus(const Unit& unit) const override {
    const auto known = facts.find(unit.claim.name);
    return known == facts.end() ? std::nullopt : known->second.gpus;
  }
  void stop() override { stopped = true; }

  std::map<std::string, Facts> facts;
  std::uint64_t changes = 0;
  std::vector<std::string> followed;
  bool stopped = false;
};

// A unit is a directory below /vm.
class TestManager final : public Manager {
 public:
  explicit TestManager(TestRegistry& registry) : registry_(registry) {}
  const std::string& name() const override { return name_; }
  std::optional<Claim> claim(std::string_view path) const override {
    constexpr std::string_view kParent = "/vm/";
    if (!path.starts_with(kParent)) return std::nullopt;
    Claim claim;
    claim.uuid = claim.name = path.substr(kParent.size());
    return claim;
  }
  bool may_claim_below(std::string_view path) const override { return path == "/vm"; }
  std::optional<std::string> identify(const std::string& /*procfs*/, pid_t /*pid*/,
                                      std::string_view /*directory*/) const override {
    return std::nullopt;
  }
  bool ends_with_its_processes() const override { return false; }
  bool knows_owners() const override { return false; }
  bool needs_owner() const override { return false; }
  Registry* registry() const override { return &registry_; }
  Belonging belonging(const Claim& /*claim*/, std::string_view /*owner*/) const override { return {}; }

 private:
  TestRegistry& registry_;
  std::string name_ = "test";
};

struct Node {
  Node() {
    tree.make("cgroup/cpuacct/vm/a");
    tree.make("proc");
    Managers managers;
    managers.push_back(std::make_unique<TestManager>(registry));
    managers.push_back(std::make_unique<SlurmManager>());
    InventoryOptions options;
    options.cgroupfs = tree.path("cgroup");
    options.procfs = tree.path("proc");
    options.walk_interval = std::chrono::hours(1);
    inventory = std::make_unique<Inventory>(options, std::move(managers), base::Logger());
    GpuAllocationOptions gpus;
    gpus.cgroupfs = options.cgroupfs;
    gpus.procfs = options.procfs;
    allocations = std::make_unique<GpuAllocations>(gpus, base::Logger());
    auto two = std::make_shared<gpu::DeviceList>();
    two->devices.resize(2);
    for (std::uint32_t i = 0; i < 2; ++i) {
      two->devices[i].index = fmt::format("{}", i);
      two->devices[i].minor = i;
      two->devices[i].uuid = fmt::format("GPU-{}", i);
      two->devices[i].address = gpu::PciAddress{.domain = 0, .bus = 0x40 + i, .device = 0, .function = 0};
    }
    list = two;
  }
  std::string units() {
    inventory->sync();
    std::vector<std::string> texts;
    for (const auto& unit : inventory->units())
      texts.push_back(fmt::format("{}={}", unit->path, unit->claim.uuid));
    std::ranges::sort(texts);
    return base::join(texts, " ");
  }
  std::string holdings() {
    allocations->sync(*inventory, list, inventory->sync());
    std::vector<std::string> texts;
    for (const GpuHolding& one : allocations->holdings())
      texts.push_back(fmt::format("{}:{}*{}", one.unit->claim.uuid, one.slot.device->index, one.weight));
    std::ranges::sort(texts);
    return base::join(texts, " ");
  }
  void tell(const std::string& name, TestRegistry::Facts facts) {
    registry.facts[name] = std::move(facts);
    ++registry.changes;
  }

  cgroup::testing::FakeTree tree;
  TestRegistry registry;
  std::unique_ptr<Inventory> inventory;
  std::unique_ptr<GpuAllocations> allocations;
  std::shared_ptr<const gpu::DeviceList> list;
};

GpuClaim of_uuids(std::vector<std::string> uuids) {
  GpuClaim claim;
  claim.uuids = std::move(uuids);
  return claim;
}

TEST(Registry, GivesUnitsTheirUuids) {
  Node node;
  EXPECT_EQ(node.units(), "/vm/a=a");
  EXPECT_EQ(node.registry.followed, std::vector<std::string>{"a"});
  node.tell("a", {.uuid = "u1", .gpus = {}});
  EXPECT_EQ(node.units(), "/vm/a=u1");
  EXPECT_EQ(node.units(), "/vm/a=u1");
  node.tell("a", {.uuid = "u2", .gpus = {}});
  EXPECT_EQ(node.units(), "/vm/a=u2");
  node.tree.remove("cgroup/cpuacct/vm/a");
  EXPECT_EQ(node.units(), "");
}

TEST(Registry, NamesAUnitOfSeveralHierarchiesOnce) {
  Node node;
  node.tree.write("cgroup/unified/cgroup.controllers", "");
  node.tree.make("cgroup/unified/vm/a");
  node.tell("a", {.uuid = "u1", .gpus = {}});
  node.inventory = nullptr;
  Managers managers;
  managers.push_back(std::make_unique<TestManager>(node.registry));
  InventoryOptions options;
  options.cgroupfs = node.tree.path("cgroup");
  options.procfs = node.tree.path("proc");
  node.inventory = std::make_unique<Inventory>(options, std::move(managers), base::Logger());
  EXPECT_EQ(node.units(), "/vm/a=u1");
  EXPECT_EQ(node.inventory->stats().in_shadow, 0);
  node.tree.remove("cgroup/unified/vm/a");
  EXPECT_EQ(node.units(), "/vm/a=u1");
  node.tree.remove("cgroup/cpuacct/vm/a");
  EXPECT_EQ(node.units(), "");
}

TEST(Registry, KeepsUnitsOfOneUuidApart) {
  Node node;
  node.tree.make("cgroup/cpuacct/vm/b");
  node.tell("a", {.uuid = "u1", .gpus = {}});
  EXPECT_EQ(node.units(), "/vm/a=u1 /vm/b=b");
  node.tell("b", {.uuid = "u1", .gpus = {}});
  EXPECT_EQ(node.units(), "/vm/a=u1");
  EXPECT_EQ(node.inventory->stats().in_shadow, 1);
  node.tree.remove("cgroup/cpuacct/vm/a");
  EXPECT_EQ(node.units(), "/vm/b=u1");
  EXPECT_EQ(node.inventory->stats().in_shadow, 0);
  node.tree.remove("cgroup/cpuacct/vm/b");
  EXPECT_EQ(node.units(), "");
}

TEST(Registry, TellsTheGpusOfUnits) {
  Node node;
  node.tree.make("cgroup/cpuacct/vm/b");
  EXPECT_EQ(node.holdings(), "");
  EXPECT_EQ(node.allocations->stats().unknown, 2);
  node.tell("a", {.uuid = "a", .gpus = of_uuids({"gpu-1"})});
  EXPECT_EQ(node.holdings(), "a:1*1");
  // Each time that a name comes is a share.
  node.tell("b", {.uuid = "b", .gpus = of_uuids({"GPU-1", "GPU-1", "GPU-1", "GPU-0", "GPU-9"})});
  EXPECT_EQ(node.holdings(), "a:1*0.25 b:0*1 b:1*0.75");
  EXPECT_EQ(node.allocations->stats().by_manager, 2);
  node.tell("b", {.uuid = "b", .gpus = GpuClaim()});
  EXPECT_EQ(node.holdings(), "a:1*1");
  node.tell("a", {.uuid = "a", .gpus = std::nullopt});
  EXPECT_EQ(node.holdings(), "");
  EXPECT_EQ(node.allocations->stats().unknown, 1);
}

TEST(Registry, IsBelievedMoreThanAProcess) {
  Node node;
  node.tell("a", {.uuid = "a", .gpus = of_uuids({"GPU-1"})});
  node.tree.write("cgroup/cpuacct/slurm/uid_0/job_7/step_0/cgroup.procs", "70\n");
  node.tree.write("proc/70/environ", std::string("SLURM_JOB_ID=7\0SLURM_JOB_GPUS=0,1\0", 34));
  EXPECT_EQ(node.holdings(), "7:0*1 a:1*1");
}

TEST(Registry, IsStoppedWithTheInventory) {
  Node node;
  node.inventory->stop();
  EXPECT_TRUE(node.registry.stopped);
}

gpu::PciAddress at(std::uint32_t bus, std::uint32_t function = 0) {
  return {.domain = 0, .bus = bus, .device = 0, .function = function};
}

// A whole GPU with virtual functions, and one that is divided by MIG.
std::vector<gpu::Device> devices_of_vms() {
  std::vector<gpu::Device> devices(2);
  devices[0].uuid = "GPU-a";
  devices[0].index = "0";
  devices[0].address = at(0x40);
  devices[0].virtual_functions = {at(0x40, 4), at(0x40, 5)};
  devices[0].virtual_gpus = {{.mdev = "m1", .vm = "", .gpu_instance_id = {}},
                             {.mdev = "m2", .vm = "", .gpu_instance_id = {}}};
  devices[1].uuid = "GPU-b";
  devices[1].divided = true;
  devices[1].address = at(0x41);
  devices[1].virtual_functions = {at(0x41, 4)};
  devices[1].instances.resize(2);
  devices[1].instances[0].gpu_instance_id = 3;
  devices[1].instances[1].gpu_instance_id = 5;
  devices[1].virtual_gpus = {{.mdev = "M5", .vm = "", .gpu_instance_id = 5},
                             {.mdev = "", .vm = "vm-1", .gpu_instance_id = 3}};
  return devices;
}

std::string told(const GpuClaim& claim) {
  const auto devices = devices_of_vms();
  const auto slots = gpu_slots(devices);
  const GpuRequest request = request_of_told(claim, slots);
  std::string text;
  for (std::size_t i = 0; i < request.slots.size(); ++i)
    text += fmt::format("{}*{} ", request.slots[i], request.times[i]);
  return text + fmt::format("unmatched {}", unmatched_in(claim, slots));
}

GpuClaim of_addresses(std::vector<gpu::PciAddress> addresses, std::string vm = "") {
  GpuClaim claim;
  claim.addresses = std::move(addresses);
  claim.vm = std::move(vm);
  return claim;
}

GpuClaim of_mdevs(std::vector<std::string> mdevs) {
  GpuClaim claim;
  claim.mdevs = std::move(mdevs);
  return claim;
}

TEST(ToldGpus, AreFoundByTheirAddresses) {
  EXPECT_EQ(told(of_addresses({at(0x40)})), "0*1 unmatched 0");
  EXPECT_EQ(told(of_addresses({at(0x40, 5), at(0x40, 4)})), "0*2 unmatched 0");
  EXPECT_EQ(told(of_addresses({at(0x17)})), "unmatched 1");
  // A divided GPU that is passed on whole.
  EXPECT_EQ(told(of_addresses({at(0x41)})), "1*1 2*1 unmatched 0");
  // The part that a virtual function is of is told with the VM.
  EXPECT_EQ(told(of_addresses({at(0x41, 4)}, "VM-1")), "1*1 unmatched 0");
  EXPECT_EQ(told(of_addresses({at(0x41, 4)}, "vm-2")), "unmatched 1");
}

TEST(ToldGpus, AreFoundByMediatedDevices) {
  EXPECT_EQ(told(of_mdevs({"M1", "m2", "m3"})), "0*2 unmatched 1");
  EXPECT_EQ(told(of_mdevs({"m5"})), "2*1 unmatched 0");
  EXPECT_EQ(told(GpuClaim()), "unmatched 0");
}

}  // namespace
}  // namespace ceems::unit

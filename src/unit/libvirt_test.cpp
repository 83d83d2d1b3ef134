#include "base/file.h"
#include "base/text.h"
#include "cgroup/test_tree.h"
#include "unit/inventory.h"
#include "unit/libvirt_domain.h"
#include "unit/libvirt_manager.h"
#include "unit/libvirt_name.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

TEST(LibvirtName, IsFoundInCgroupsOfEitherLayout) {
  const auto name = [](std::string_view component) {
    const auto machine = libvirt_machine_in(component);
    return machine ? machine->number + "|" + machine->name : "none";
  };
  EXPECT_EQ(name("machine-qemu-3-instance-0000000a.scope"), "3|instance-0000000a");
  EXPECT_EQ(name("qemu-3-instance-0000000a.libvirt-qemu"), "3|instance-0000000a");
  EXPECT_EQ(name("qemu-12-a.b-c.libvirt-qemu"), "12|a.b-c");
  EXPECT_EQ(name("machine-qemu-1-döner.scope"), "1|döner");
  for (const std::string_view other :
       {"machine-lxc-3-a.scope", "qemu-3-a.scope", "machine-qemu-3-a", "machine-qemu-x-a.scope",
        "machine-qemu--a.scope", "machine-qemu-3-.scope", "machine-qemu-3.scope", "qemu-3-a.libvirt-lxc",
        "machine-qemu-3-../../etc/shadow.scope", "machine-qemu-3-...scope", "machine-qemu-3-a\nb.scope",
        "machine-qemu-3-\xFF.scope", "machine-qemu-99999999999999999999-a.scope", "vcpu0", ""}) {
    EXPECT_EQ(name(other), "none") << other;
  }
}

TEST(LibvirtName, IsShortenedAsLibvirtDoes) {
  EXPECT_EQ(libvirt_short_name("3", "instance-0000000a"), "instance-0000000a");
  EXPECT_EQ(libvirt_short_name("1", "vm_1 with spaces"), "vm1withspaces");
  EXPECT_EQ(libvirt_short_name("1", "-.a..b--c.-"), "a.b-c");
  EXPECT_EQ(libvirt_short_name("1", "ü"), "");
  EXPECT_EQ(libvirt_short_name("1", std::string(100, 'a')), std::string(57, 'a'));
  EXPECT_EQ(libvirt_short_name("123", std::string(100, 'a')), std::string(55, 'a'));
}

std::string data(const std::string& name) {
  return base::read_file(CEEMS_TEST_DATA "/libvirt/" + name).value_or("");
}

TEST(LibvirtDomain, IsReadFromTheFileOfOneThatRuns) {
  const auto domain = parse_libvirt_domain(data("live.xml"));
  ASSERT_TRUE(domain) << domain.error().text();
  EXPECT_TRUE(domain->is_live);
  EXPECT_EQ(domain->number, "3");
  EXPECT_EQ(domain->name, "instance-0000000a");
  EXPECT_EQ(domain->uuid, "6D1B1F54-6a1d-4b9a-9a0a-0d4d9b1d5c11");
  ASSERT_EQ(domain->addresses.size(), 1);
  EXPECT_EQ(gpu::print_pci_address(domain->addresses[0]), "0000:c1:00.0");
  EXPECT_EQ(domain->mdevs, std::vector<std::string>{"c2177883-f1bb-47f0-914d-32a22e3a8804"});
}

TEST(LibvirtDomain, IsTakenApartWithoutBelievingIt) {
  const auto domain = parse_libvirt_domain(data("defined.xml"));
  ASSERT_TRUE(domain) << domain.error().text();
  EXPECT_FALSE(domain->is_live);
  EXPECT_EQ(domain->number, "");
  EXPECT_EQ(domain->uuid, "6d1b1f54-6a1d-4b9a-9a0a-0d4d9b1d5c12");
  // Nothing was put in place of entities.
  EXPECT_EQ(domain->name, "domstatus &b; &x;");
  ASSERT_EQ(domain->addresses.size(), 2);
  EXPECT_EQ(gpu::print_pci_address(domain->addresses[0]), "0000:41:00.4");
  EXPECT_EQ(gpu::print_pci_address(domain->addresses[1]), "10000:01:1f.7");
  EXPECT_TRUE(domain->mdevs.empty());
}

std::string problem_of(std::string_view text) {
  const auto domain = parse_libvirt_domain(text);
  return domain ? "" : domain.error().message;
}

TEST(LibvirtDomain, IsRefusedIfItIsNone) {
  EXPECT_NE(problem_of(""), "");
  EXPECT_NE(problem_of("garbage"), "");
  EXPECT_NE(problem_of("<domain><uuid>1"), "");
  EXPECT_EQ(problem_of("<network><uuid>1</uuid></network>"), "describes no domain");
  EXPECT_EQ(problem_of("<domstatus><network/></domstatus>"), "describes no domain");
  EXPECT_EQ(problem_of("<domain/>"), "describes a domain without a UUID");
  EXPECT_EQ(problem_of("<domain><uuid>a\"b</uuid></domain>"), "describes a domain without a UUID");
  EXPECT_EQ(problem_of("<domain><uuid>" + std::string(65, 'a') + "</uuid></domain>"),
            "describes a domain without a UUID");
  EXPECT_NE(problem_of("<domain><uuid>1</uuid></domain>" + std::string(kMostDomainText, ' ')), "");
  // As deep as it can be.
  std::string deep = "<domain><uuid>1</uuid>";
  while (deep.size() < 500'000)
    deep += "<a>";
  EXPECT_NE(problem_of(deep), "");
}

TEST(LibvirtDomain, HasNoMoreDevicesThanWeCount) {
  std::string text = "<domain><uuid>1</uuid><devices>";
  for (std::size_t i = 0; i < 2 * kMostHostDevices; ++i) {
    text += fmt::format(
        "<hostdev type='pci'><source><address domain='{:x}' bus='0' slot='0' "
        "function='0'/></source></hostdev>",
        i);
  }
  EXPECT_EQ(parse_libvirt_domain(text + "</devices></domain>")->addresses.size(), kMostHostDevices);
}

// A host with two directories of libvirt's, and VMs under cgroup v2.
struct Host {
  explicit Host(std::chrono::steady_clock::duration walk_interval = std::chrono::hours(1)) {
    tree.write("cgroup/cgroup.controllers", "cpu\n");
    tree.make("cgroup/machine");
    tree.make("proc");
    tree.make("run");
    tree.make("etc");
    Managers managers;
    managers.push_back(std::make_unique<LibvirtManager>(
        std::vector<std::string>{tree.path("run"), tree.path("etc")}, base::Logger()));
    InventoryOptions options;
    options.cgroupfs = tree.path("cgroup");
    options.procfs = tree.path("proc");
    options.force_version = cgroup::ForceVersion::kV2;
    options.walk_interval = walk_interval;
    inventory = std::make_unique<Inventory>(options, std::move(managers), base::Logger());
    registry = static_cast<LibvirtRegistry*>(inventory->managers().front()->registry());
  }
  void start(const std::string& machine) const {
    tree.write("cgroup/machine/" + machine + ".libvirt-qemu/cgroup.controllers", "cpu\n");
    tree.make("cgroup/machine/" + machine + ".libvirt-qemu/vcpu0");
  }
  void end(const std::string& machine) const { tree.remove("cgroup/machine/" + machine + ".libvirt-qemu"); }
  // As libvirt writes: beside it, and then in place of it.
  void write(const std::string& path, const std::string& text) const {
    tree.write(path + ".new", text);
    std::filesystem::rename(tree.path(path + ".new"), tree.path(path));
  }
  void define(const std::string& name, const std::string& uuid, const std::string& devices = "") const {
    write("etc/" + name + ".xml",
          fmt::format("<domain><name>{}</name><uuid>{}</uuid><devices>{}</devices></domain>", name, uuid,
                      devices));
  }
  void run(int number, const std::string& name, const std::string& uuid,
           const std::string& devices = "") const {
    write(
        "run/" + name + ".xml",
        fmt::format("<domstatus><domain id='{}'><name>{}</name><uuid>{}</uuid><devices>{}</devices></domain>"
                    "</domstatus>",
                    number, name, uuid, devices));
  }
  std::string units() const {
    inventory->sync();
    std::vector<std::string> texts;
    for (const auto& unit : inventory->units())
      texts.push_back(fmt::format("{}={}", unit->claim.name, unit->claim.uuid));
    std::ranges::sort(texts);
    return base::join(texts, " ");
  }
  // Mediated devices and addresses of the only unit.
  std::string devices() const {
    inventory->sync();
    const auto claim = registry->gpus(*inventory->units().front());
    if (!claim) return "not known";
    std::string text;
    for (const std::string& mdev : claim->mdevs)
      text += mdev + " ";
    for (const gpu::PciAddress& address : claim->addresses)
      text += gpu::print_pci_address(address) + " ";
    return text;
  }

  cgroup::testing::FakeTree tree;
  std::unique_ptr<Inventory> inventory;
  LibvirtRegistry* registry = nullptr;
};

std::string mdev(const std::string& uuid) {
  return fmt::format("<hostdev type='mdev'><source><address uuid='{}'/></source></hostdev>", uuid);
}

TEST(LibvirtManager, ClaimsDomainsInTheirLayouts) {
  const LibvirtManager manager({}, base::Logger());
  const auto name = [&](std::string_view path) {
    const auto claim = manager.claim(path);
    return claim ? claim->uuid : "none";
  };
  EXPECT_EQ(name("/machine.slice/machine-qemu-3-instance-0000000a.scope"), "instance-0000000a");
  EXPECT_EQ(name("/machine.slice/machine-big.slice/machine-qemu-3-a.scope"), "a");
  EXPECT_EQ(name("/machine/qemu-3-a.libvirt-qemu"), "a");
  EXPECT_EQ(name("/machine/production.partition/qemu-3-a.libvirt-qemu"), "a");
  EXPECT_EQ(name("/machine.slice/machine-qemu-3-a.scope/libvirt"), "none");
  EXPECT_EQ(name("/machine/qemu-3-a.libvirt-qemu/vcpu0"), "none");
  EXPECT_EQ(name("/user.slice/machine-qemu-3-a.scope"), "none");
  EXPECT_FALSE(manager.may_claim_below("/user.slice/user-1000.slice"));
  EXPECT_TRUE(manager.may_claim_below("/machine.slice"));
}

TEST(LibvirtRegistry, GivesDomainsTheirUuids) {
  const Host host;
  host.define("a", "u-a");
  host.run(2, "b", "u-b");
  host.start("qemu-1-a");
  host.start("qemu-2-b");
  host.start("qemu-3-c");
  EXPECT_EQ(host.units(), "a=u-a b=u-b c=c");
}

TEST(LibvirtRegistry, PrefersWhatRunsToWhatIsDefined) {
  const Host host;
  host.define("a", "u-a", mdev("m1"));
  host.run(1, "a", "u-a", mdev("m2"));
  host.start("qemu-1-a");
  EXPECT_EQ(host.devices(), "m2 ");
}

TEST(LibvirtRegistry, ReadsAFileOnceAndAgainWhenItIsWritten) {
  const Host host;
  host.run(1, "a", "u-a");
  host.start("qemu-1-a");
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(host.devices(), "");
  EXPECT_EQ(host.registry->reads(), 1);
  // A device is plugged in, and out.
  host.run(1, "a", "u-a", mdev("m1"));
  EXPECT_EQ(host.devices(), "m1 ");
  host.run(1, "a", "u-a");
  EXPECT_EQ(host.devices(), "");
  EXPECT_EQ(host.registry->reads(), 3);
  // Those of others are not its business.
  host.run(2, "b", "u-b");
  host.tree.write("run/b.pid", "1");
  EXPECT_EQ(host.devices(), "");
  EXPECT_EQ(host.registry->reads(), 3);
}

TEST(LibvirtRegistry, LooksAtFilesAtEachWholeWalkWithoutReadingThem) {
  const Host host(std::chrono::seconds(0));
  host.run(1, "a", "u-a");
  host.start("qemu-1-a");
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(host.units(), "a=u-a");
  EXPECT_EQ(host.registry->reads(), 1);
}

TEST(LibvirtRegistry, FindsAFileThatComesLater) {
  const Host host;
  host.start("qemu-1-a");
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(host.units(), "a=a");
  host.write("run/a.xml", "<domstatus");
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(host.units(), "a=a");
  EXPECT_LE(host.registry->reads(), 5);
  host.run(1, "a", "u-a");
  EXPECT_EQ(host.units(), "a=u-a");
}

TEST(LibvirtRegistry, KeepsWhatItKnowsWhenFilesGoOrBreak) {
  const Host host;
  host.run(1, "a", "u-a", mdev("m1"));
  host.start("qemu-1-a");
  EXPECT_EQ(host.units(), "a=u-a");
  host.write("run/a.xml", "<domstatus");
  EXPECT_EQ(host.units(), "a=u-a");
  host.tree.remove("run");
  EXPECT_EQ(host.units(), "a=u-a");
  EXPECT_EQ(host.devices(), "m1 ");
  host.tree.make("run");
  host.end("qemu-1-a");
  EXPECT_EQ(host.units(), "");
}

TEST(LibvirtRegistry, FindsDomainsWhoseNamesWereShortened) {
  const Host host;
  host.run(1, "my_vm", "u-1");
  host.run(2, "my vm", "u-2");
  host.define("my_vm", "u-1");
  host.define("my vm", "u-2");
  host.start("qemu-1-myvm");
  host.start("qemu-2-myvm");
  EXPECT_EQ(host.units(), "myvm=u-1 myvm=u-2");
  const std::string long_name(100, 'x');
  host.run(33, long_name, "u-3");
  host.start("qemu-33-" + std::string(56, 'x'));
  EXPECT_EQ(host.units(), "myvm=u-1 myvm=u-2 " + std::string(56, 'x') + "=u-3");
}

TEST(LibvirtRegistry, BelievesNoTwoDomainsThatSayTheyAreTheSame) {
  const Host host;
  host.define("a", "u-1");
  host.run(2, "b", "U-1");
  host.start("qemu-1-a");
  host.start("qemu-2-b");
  // The one that is known to run.
  EXPECT_EQ(host.units(), "a=a b=U-1");
  host.end("qemu-2-b");
  EXPECT_EQ(host.units(), "a=u-1");
}

TEST(LibvirtRegistry, OpensOnlyFilesOfASize) {
  const Host host;
  host.start("qemu-1-a");
  host.start("qemu-2-b");
  host.tree.make("run/a.xml");
  host.write("run/b.xml", "<domain><uuid>u-b</uuid></domain>" + std::string(2 << 20, ' '));
  ASSERT_EQ(::mkfifo(host.tree.path("etc/a.xml").c_str(), 0600), 0);
  EXPECT_EQ(host.units(), "a=a b=b");
}

TEST(LibvirtRegistry, FollowsADirectoryThatIsMadeAnew) {
  const Host host(std::chrono::seconds(0));
  host.tree.remove("run");
  host.start("qemu-1-a");
  EXPECT_EQ(host.units(), "a=a");
  host.tree.make("run");
  host.run(1, "a", "u-a");
  EXPECT_EQ(host.units(), "a=u-a");
}

}  // namespace
}  // namespace ceems::unit

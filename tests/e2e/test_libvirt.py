"""Virtual machines: real ones of a libvirtd, and an exporter among cgroups, descriptions of domains, devices and tools that are files."""

import pathlib
import time

import pytest

import metrics
from libvirt_daemon import Libvirtd, domain, machine_directories
from test_gpu_units import Node
from tool_answers import SMI

NAME = "vm_1 with spaces"  # libvirt leaves out what no host name has
UUID = "6d1b1f54-6a1d-4b9a-9a0a-0d4d9b1d5c11"
OTHER = "0b6ff3c4-2c5a-4f6b-8a43-7d2f0c1d9e22"
SHORT = "vm1withspaces"


class Host(Node):
    """A machine of files, with domains under whichever layout."""

    collector = "--collector.libvirt"

    def start(self, *flags: str, drop: bool = False, xml: pathlib.Path | None = None) -> None:
        super().start(f"--collector.libvirt.xml-dir={xml or self.directory / 'xml'}", *flags, drop=drop)

    def domain(self, number: int, name: str, uuid: str = "", devices: str = "", layout: str = "cgroup/cpuacct/machine/{}.libvirt-qemu") -> None:
        self.write(layout.format(f"qemu-{number}-{name}") + "/cpuacct.stat", "user 1\nsystem 1\n")
        if uuid:
            self.describe(name, uuid, devices)

    def describe(self, name: str, uuid: str, devices: str = "") -> None:
        self.raw(name, f"<domain type='kvm'><name>{name}</name><uuid>{uuid}</uuid><devices>{devices}</devices></domain>")

    def raw(self, name: str, text: str) -> None:
        self.write(f"xml/{name}.xml.new", text)
        (self.directory / f"xml/{name}.xml.new").rename(self.directory / f"xml/{name}.xml")

    def link(self, below: str, target: str) -> None:
        path = self.directory / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def uuids(self) -> list[str]:
        page = metrics.parse(self.scrape())
        return sorted(labels["uuid"] for labels, _ in page.get("ceems_compute_unit_cpu_user_seconds_total", []))

    def wait_for_uuids(self, *uuids: str) -> None:
        end = time.monotonic() + 60
        while self.uuids() != sorted(uuids):
            assert time.monotonic() < end, f"{self.uuids()} instead of {sorted(uuids)}\n{self.daemon.log_tail()}"
            time.sleep(0.05)

    def wait_for_holdings(self, expected: dict[tuple[str, str], float]) -> None:
        end = time.monotonic() + 60
        while (now := self.flags()) != expected:
            assert time.monotonic() < end, f"{now} instead of {expected}\n{self.daemon.log_tail()}"
            time.sleep(0.05)

    def flags(self) -> dict[tuple[str, str], float]:
        page = metrics.parse(self.scrape())
        return {(labels["uuid"], labels["index"]): value for labels, value in page.get("ceems_compute_unit_gpu_index_flag", [])}


@pytest.fixture
def host(directory):
    one = Host(directory)
    yield one
    if one.daemon:
        one.daemon.stop()


@pytest.fixture
def libvirtd(directory):
    below = directory / "libvirt"
    below.mkdir()
    one = Libvirtd(below)
    yield one
    one.stop()


def real(host: Host, libvirtd: Libvirtd, *flags: str) -> None:
    """An exporter that looks at this machine, as nobody, and at what that libvirtd writes."""
    host.start("--path.cgroupfs=/sys/fs/cgroup", "--path.procfs=/proc", "--collector.libvirt.swap-memory-metrics", "--collector.libvirt.extra-metrics",
               *flags, xml=libvirtd.live_files, drop=True)


def cgroup_file(name: str) -> pathlib.Path | None:
    """That file of the domain's cgroup, in whichever hierarchy has it."""
    found = [path for parent in machine_directories() for path in parent.glob(f"qemu-*-{SHORT}.libvirt-qemu/{name}")]
    return found[0] if found else None


def between(low: float, value: float, high: float, slack: float) -> None:
    assert min(low, high) - slack <= value <= max(low, high) + slack


def test_a_real_vm_has_what_libvirt_and_its_cgroup_say(host, libvirtd):
    libvirtd.create(domain(NAME, UUID))
    libvirtd.virsh("memtune", NAME, "--hard-limit", str(512 << 10), "--live")
    real(host, libvirtd)
    host.wait_for_uuids(UUID)
    before, used_before = libvirtd.stats(NAME), memory_used()
    page = host.scrape()
    after, used_after = libvirtd.stats(NAME), memory_used()
    assert metrics.of_unit(page, "ceems_compute_unit_cpus", UUID) == 2
    assert metrics.of_unit(page, "ceems_compute_unit_memory_total_bytes", UUID) == 512 << 20
    user = metrics.of_unit(page, "ceems_compute_unit_cpu_user_seconds_total", UUID)
    system = metrics.of_unit(page, "ceems_compute_unit_cpu_system_seconds_total", UUID)
    # v1 counts in hundredths
    between(before["cpu.user"] / 1e9, user, after["cpu.user"] / 1e9, 0.02)
    between(before["cpu.system"] / 1e9, system, after["cpu.system"] / 1e9, 0.02)
    between(before["cpu.time"] / 1e9, user + system, after["cpu.time"] / 1e9, 0.04)
    used = metrics.of_unit(page, "ceems_compute_unit_memory_used_bytes", UUID)
    between(used_before, used, used_after, 0.2 * used_after)
    assert metrics.of_unit(page, "ceems_compute_unit_memory_rss_bytes", UUID) > 10 << 20
    assert metrics.value(page, "ceems_compute_units", manager="libvirt") == 1
    assert metrics.value(page, "ceems_scrape_collector_success", collector="libvirt") == 1
    assert "cannot be read" not in host.daemon.log_tail(100)


def memory_used() -> int:
    file = cgroup_file("memory.usage_in_bytes") or cgroup_file("memory.current")
    return int(file.read_text())


def test_real_vms_come_and_go_and_get_processors(host, libvirtd):
    real(host, libvirtd)
    assert metrics.value(host.scrape(), "ceems_compute_units", manager="libvirt") == 0
    libvirtd.create(domain(NAME, UUID))
    libvirtd.create(domain("other", OTHER))
    host.wait_for_uuids(UUID, OTHER)
    libvirtd.virsh("setvcpus", NAME, "3", "--live")
    assert metrics.of_unit(host.scrape(), "ceems_compute_unit_cpus", UUID) == 3
    assert metrics.of_unit(host.scrape(), "ceems_compute_unit_cpus", OTHER) == 2
    libvirtd.virsh("destroy", "other")
    host.wait_for_uuids(UUID)
    libvirtd.virsh("destroy", NAME)
    host.wait_for_uuids()


LAYOUTS = {
    "v1-plain": ("cgroup/cpuacct/machine/{}.libvirt-qemu", "v1"),
    "v1-systemd": (r"cgroup/cpuacct/machine.slice/machine-{}.scope", "v1"),
    "v2-plain": ("cgroup/machine/{}.libvirt-qemu", "v2"),
    "v2-systemd": (r"cgroup/machine.slice/machine-{}.scope", "v2"),
    "v2-partition": ("cgroup/machine/production.partition/{}.libvirt-qemu", "v2"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_domains_are_found_in_every_layout(host, layout):
    path, version = LAYOUTS[layout]
    below = path.format("qemu-3-instance-0000000a")
    if "scope" in below:
        below = below.replace("machine-qemu-3-instance-0000000a", r"machine-qemu\x2d3\x2dinstance\x2d0000000a")
    if version == "v2":
        host.write("cgroup/cgroup.controllers", "cpu memory\n")
        host.write(f"{below}/cgroup.controllers", "cpu memory\n")
        host.write(f"{below}/cpu.stat", "usage_usec 3000000\nuser_usec 2000000\nsystem_usec 1000000\n")
    else:
        host.write(f"{below}/cpuacct.stat", "user 200\nsystem 100\n")
    nested = f"{below}/libvirt" if layout == "v2-systemd" else below
    for child in ("emulator", "vcpu0", "vcpu1", "iothread1"):
        host.write(f"{nested}/{child}/cgroup.procs", "")
    host.describe("instance-0000000a", UUID)
    host.start(f"--collector.cgroups.force-version={version}")
    page = metrics.parse(host.scrape())
    (labels, seconds), = page["ceems_compute_unit_cpu_user_seconds_total"]
    assert {key: labels[key] for key in ("uuid", "manager", "cgrouphostname")} == {"uuid": UUID, "manager": "libvirt", "cgrouphostname": ""}
    assert seconds == 2
    assert page["ceems_compute_unit_cpus"][0][1] == 2


DEEP = "<a>" * 100_000
HOSTILE = {
    "nothing": "", "garbage": "\0\xff<<<", "cut": "<domain><uuid>", "another": "<network><uuid>x</uuid></network>", "deep": f"<domain>{DEEP}",
    "no-uuid": "<domain><name>x</name></domain>", "odd-uuid": "<domain><uuid>a\"}} 1\nb</uuid></domain>",
    "large": f"<domain><uuid>{OTHER}</uuid>{' ' * (2 << 20)}</domain>",
    "entities": f'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><domain><uuid>&b;&f;</uuid></domain>',
}


def test_descriptions_that_cannot_be_read_cost_nothing_but_the_uuid(host):
    names = sorted(HOSTILE)
    for number, name in enumerate(names):
        host.domain(number, name)
        host.raw(name, HOSTILE[name])
    host.domain(100, "without")
    host.domain(101, "good", UUID)
    # Names that lead elsewhere, or are those of others' files.
    host.write(r"cgroup/cpuacct/machine.slice/machine-qemu\x2d102\x2d..\x2f..\x2fetc\x2fpasswd.scope/cpuacct.stat", "user 1\nsystem 1\n")
    host.write(r"cgroup/cpuacct/user.slice/user-1000.slice/machine-qemu\x2d103\x2dgood.scope/cpuacct.stat", "user 1\nsystem 1\n")
    host.start()
    for _ in range(20):
        assert host.uuids() == sorted([*names, "without", UUID])
    log = host.daemon.log.read_text()
    for name in [*names, "without"]:
        assert log.count(f"domain={name} ") == 1, log
    assert 'ceems_scrape_collector_success{collector="libvirt"} 1' in host.scrape()
    host.describe("nothing", OTHER)
    names.remove("nothing")
    host.wait_for_uuids(*names, "without", UUID, OTHER)


def test_two_domains_that_say_they_are_the_same_are_told_apart(host):
    host.domain(1, "first", UUID)
    host.domain(2, "second", UUID)
    host.start()
    for _ in range(5):
        assert host.uuids() == sorted(["first", UUID])
    assert metrics.value(host.scrape(), "ceems_compute_units", manager="libvirt") == 2


def pci(text: str) -> str:
    domain_, bus, rest = text.split(":")
    slot, function = rest.split(".")
    return ("<hostdev mode='subsystem' type='pci' managed='yes'><source>"
            f"<address domain='0x{domain_}' bus='0x{bus}' slot='0x{slot}' function='0x{function}'/></source></hostdev>")


def mdev(uuid: str) -> str:
    return f"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='{uuid}'/></source></hostdev>"


def smi(host: Host, vgpus: str = "") -> None:
    """nvidia-smi with mig.xml: GPU 0 at 17:00.0, a divided one at 65:00.0 with parts 1 to 3, and GPU 4."""
    host.write("vgpus.txt", vgpus)
    host.tool("nvidia-smi", f'[ "$*" = "vgpu --query" ] && exec cat {host.directory}/vgpus.txt; [ "$*" = -L ] && exec cat {SMI}/mig-list.txt; '
                            f'[ "$*" = "--query --xml-format" ] && exec cat {SMI}/mig.xml; exit 2')


def test_gpus_that_are_passed_through(host):
    smi(host)
    host.domain(1, "a", UUID, pci("0000:17:00.0") + pci("0000:17:00.1") + pci("0000:99:00.0"))
    host.domain(2, "b", OTHER, pci("0000:65:00.0"))  # divided: all of its parts
    host.domain(3, "c", "none-of-them", "<hostdev type='usb'/><hostdev type='pci'><source><address bus='zz'/></source></hostdev>")
    host.start("--collector.gpu.type=nvidia", "--collector.empty-hostname-label")
    host.wait_for_holdings({(UUID, "0"): 1, (OTHER, "1"): 1, (OTHER, "2"): 1, (OTHER, "3"): 1})
    page = metrics.parse(host.scrape())
    labels = next(labels for labels, _ in page["ceems_compute_unit_gpu_index_flag"] if labels["uuid"] == UUID)
    assert labels == {"manager": "libvirt", "hostname": "", "cgrouphostname": "", "uuid": UUID, "index": "0", "hindex": "/gpu-0", "gpuuuid": "GPU-aaaa",
                      "gpuiid": ""}


def test_a_gpu_is_plugged_in_and_out(host):
    smi(host)
    host.domain(1, "a", UUID)
    host.start("--collector.gpu.type=nvidia")
    host.scrape_until("ceems_exporter_gpu_units")
    assert host.flags() == {}
    host.describe("a", UUID, pci("0000:17:00.0"))
    host.wait_for_holdings({(UUID, "0"): 1})
    assert 'ceems_exporter_gpu_units{known_from="manager"} 1' in host.scrape()
    host.describe("a", UUID)
    host.wait_for_holdings({})


def test_virtual_functions_are_of_their_gpu(host):
    smi(host, f"""GPU 00000000:65:00.0
    vGPU ID                               : 1
        VM UUID                           : {OTHER}
        MDEV UUID                         : N/A
        GPU Instance ID                   : 3
""")
    host.link("sys/bus/pci/devices/0000:17:00.0/virtfn0", "../0000:17:00.4")
    host.link("sys/bus/pci/devices/0000:17:00.0/virtfn1", "../0000:17:00.5")
    host.link("sys/bus/pci/devices/0000:65:00.0/virtfn0", "../0000:65:00.4")
    host.domain(1, "a", UUID, pci("0000:17:00.4"))
    host.domain(2, "b", OTHER, pci("0000:17:00.5") + pci("0000:65:00.4"))
    host.start("--collector.gpu.type=nvidia")
    host.wait_for_holdings({(UUID, "0"): 0.5, (OTHER, "0"): 0.5, (OTHER, "1"): 1})


def test_mediated_devices_by_sysfs_and_by_the_tool(host):
    smi(host)
    chain = "../../../devices/pci0000:16/"
    host.link("sys/bus/pci/devices/0000:17:00.0/virtfn0", "../0000:17:00.4")
    host.link("sys/bus/mdev/devices/aaaaaaaa-0000-0000-0000-000000000001", chain + "0000:17:00.4/aaaaaaaa-0000-0000-0000-000000000001")
    host.link("sys/bus/mdev/devices/aaaaaaaa-0000-0000-0000-000000000002", chain + "0000:17:00.0/aaaaaaaa-0000-0000-0000-000000000002")
    host.link("sys/bus/mdev/devices/aaaaaaaa-0000-0000-0000-000000000003", chain + "0000:17:00.0/aaaaaaaa-0000-0000-0000-000000000003")
    # Of a divided GPU only the tool knows which part, and that only once the VM runs.
    host.link("sys/bus/mdev/devices/aaaaaaaa-0000-0000-0000-000000000005", chain + "0000:65:00.0/aaaaaaaa-0000-0000-0000-000000000005")
    host.domain(1, "a", UUID, mdev("AAAAAAAA-0000-0000-0000-000000000001"))
    host.domain(2, "b", OTHER, mdev("aaaaaaaa-0000-0000-0000-000000000002") + mdev("aaaaaaaa-0000-0000-0000-000000000003"))
    host.start("--collector.gpu.type=nvidia")
    host.wait_for_holdings({(UUID, "0"): 1 / 3, (OTHER, "0"): 2 / 3})
    host.write("vgpus.txt", "GPU 00000000:65:00.0\n    MDEV UUID : aaaaaaaa-0000-0000-0000-000000000005\n    GPU Instance ID : 5\n")
    host.domain(3, "c", "third", mdev("aaaaaaaa-0000-0000-0000-000000000005"))
    host.wait_for_holdings({(UUID, "0"): 1 / 3, (OTHER, "0"): 2 / 3, ("third", "2"): 1})


@pytest.mark.parametrize("script", ["exit 9", "yes vGPU | head -c 30000000", "exec sleep 1000000", "kill -9 $$"])
def test_a_tool_that_misbehaves_costs_only_what_it_alone_knows(host, script):
    host.tool("nvidia-smi", f'[ "$1" = vgpu ] && {{ {script}; exit; }}; [ "$*" = -L ] && exec cat {SMI}/mig-list.txt; exec cat {SMI}/mig.xml')
    host.link("sys/bus/pci/devices/0000:17:00.0/virtfn0", "../0000:17:00.4")
    host.domain(1, "a", UUID, pci("0000:17:00.4") + mdev("nowhere"))
    host.start("--collector.gpu.type=nvidia")
    host.wait_for_holdings({(UUID, "0"): 1})

"""A VM of libvirt on a real unified hierarchy: a machine in which libvirtd runs another one."""

import pathlib
import re
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "scripts"), str(SOURCE / "tests/e2e"), str(SOURCE / "tests/vm")]
sys.dont_write_bytecode = True

import metrics  # noqa: E402
import vm  # noqa: E402
from libvirt_daemon import DAEMON_CONFIG, GROUP, QEMU_CONFIG, USER, domain  # noqa: E402
from stack.ceems import BINARIES  # noqa: E402

UUID = "6d1b1f54-6a1d-4b9a-9a0a-0d4d9b1d5c11"
PROGRAMS = ("/usr/sbin/libvirtd", "/usr/bin/virsh")
QEMU = pathlib.Path("/usr/bin/qemu-system-x86_64")
DRIVER = pathlib.Path("/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so")
EMULATION = pathlib.Path("/usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so")
FIRMWARE = ("/usr/share/seabios/bios-256k.bin", "/usr/share/qemu/kvmvapic.bin")
CPU_MAP = pathlib.Path("/usr/share/libvirt/cpu_map")

SCRIPT = r"""
mkdir -p /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; ln -s /run /var/run
libvirtd -f /etc/libvirt/libvirtd.conf 2>/tmp/libvirtd.log &
for i in $(seq 150); do [ -S /run/libvirt/libvirt-sock ] && break; sleep 0.2; done
virsh --quiet create /domain.xml || { cat /tmp/libvirtd.log /var/log/libvirt/qemu/*; }
virsh --quiet memtune "a VM" --hard-limit 524288 --live
ceems_exporter --collector.disable-defaults --collector.libvirt --collector.libvirt.psi-metrics --web.listen-address=127.0.0.1:9010 2>/tmp/log &
for i in $(seq 100); do timeout 10 wget -q -O /tmp/page http://127.0.0.1:9010/metrics && break; sleep 0.2; done
cd /sys/fs/cgroup/machine/qemu-1-aVM.libvirt-qemu
echo "==tree"; find . -type d
echo "==before"; cat cpu.stat; echo "memory $(cat memory.current)"; virsh --quiet domstats "a VM"
timeout 10 wget -q -O /tmp/page http://127.0.0.1:9010/metrics
echo "==after"; cat cpu.stat; echo "memory $(cat memory.current)"; virsh --quiet domstats "a VM"
echo "==page"; grep libvirt /tmp/page
echo "==log"; cat /tmp/log
cd /
virsh --quiet destroy "a VM"
timeout 10 wget -q -O /tmp/page http://127.0.0.1:9010/metrics
echo "==gone"; grep libvirt /tmp/page
"""


@pytest.fixture(scope="module")
def parts() -> dict[str, str]:
    # QEMU looks for its own from where it is.
    files_of_qemu = (QEMU, *vm.libraries(QEMU), EMULATION, *map(pathlib.Path, FIRMWARE))
    copies = {str(path).lstrip("/"): path for path in (DRIVER, *vm.libraries(DRIVER), *files_of_qemu, *CPU_MAP.iterdir())}
    files = {"etc/libvirt/libvirtd.conf": DAEMON_CONFIG, "etc/libvirt/qemu.conf": QEMU_CONFIG, "domain.xml": domain("a VM", UUID),
             "etc/passwd": "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n" + USER,
             "etc/group": "root:x:0:\nnogroup:x:65534:\n" + GROUP}
    output = vm.run(SCRIPT, [BINARIES / "ceems_exporter", *map(pathlib.Path, PROGRAMS)], files, copies=copies)
    print(output)
    pieces = re.split(r"^==(\w+)\n", output, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def counter(text: str, name: str) -> int:
    return int(re.search(rf"{re.escape(name)}[ =](\d+)", text).group(1))


def test_libvirt_has_given_it_a_cgroup_and_its_processors_their_own(parts):
    assert {"./vcpu0", "./vcpu1", "./emulator"} <= set(parts["tree"].split())


def test_counters_are_those_of_the_kernel_and_of_libvirt(parts):
    page = parts["page"]
    for name, files, libvirts in (("user", "user_usec", "cpu.user"), ("system", "system_usec", "cpu.system")):
        seconds = metrics.of_unit(page, f"ceems_compute_unit_cpu_{name}_seconds_total", UUID)
        assert counter(parts["before"], files) / 1e6 <= seconds <= counter(parts["after"], files) / 1e6
        assert counter(parts["before"], libvirts) / 1e9 - 1e-6 <= seconds <= counter(parts["after"], libvirts) / 1e9 + 1e-6
    used = metrics.of_unit(page, "ceems_compute_unit_memory_used_bytes", UUID)
    assert abs(used - counter(parts["after"], "memory")) < 0.2 * used
    assert metrics.of_unit(page, "ceems_compute_unit_memory_total_bytes", UUID) == 512 << 20
    assert metrics.of_unit(page, "ceems_compute_unit_cpus", UUID) == 2
    assert metrics.value(page, "ceems_compute_units", manager="libvirt") == 1


def test_its_uuid_comes_from_where_libvirt_writes(parts):
    assert UUID in parts["page"] and "aVM" not in parts["page"]
    assert "cannot be read" not in parts["log"]


def test_a_vm_that_ended_has_gone(parts):
    assert metrics.value(parts["gone"], "ceems_compute_units", manager="libvirt") == 0
    assert UUID not in parts["gone"]

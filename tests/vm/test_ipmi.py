"""The exporter before a real IPMI device: the kernel's driver, and QEMU's simulated management controller, which knows no DCMI."""

import pathlib
import re
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "scripts"), str(SOURCE / "tests/e2e"), str(SOURCE / "tests/vm")]
sys.dont_write_bytecode = True

import vm  # noqa: E402
from stack.ceems import BINARIES  # noqa: E402

MODULES = ("ipmi_msghandler", "ipmi_devintf", "ipmi_si")
SCRIPT = r"""
for module in ipmi_msghandler ipmi_devintf ipmi_si; do insmod /lib/modules/$module.ko; done
for i in $(seq 50); do [ -e /dev/ipmi0 ] && break; sleep 0.2; done
ls /dev/ipmi0
ceems_exporter --collector.disable-defaults --collector.ipmi --collector.ipmi.force-native-mode \
  --collector.ipmi.temperature-sensor-readings --collector.ipmi.power-energy-sensor-readings \
  --web.listen-address=127.0.0.1:9010 2>/tmp/log &
for i in $(seq 60); do
  timeout 10 wget -q -O /tmp/page http://127.0.0.1:9010/metrics && grep -q 'source_errors_total.* [1-9]' /tmp/page && break
  sleep 0.5
done
echo "==page"
grep ipmi /tmp/page
echo "==log"
cat /tmp/log
"""


@pytest.fixture(scope="module")
def machine() -> str:
    return vm.run(SCRIPT, [BINARIES / "ceems_exporter"], copies=vm.modules(MODULES),
                  extra=["-device", "ipmi-bmc-sim,id=bmc", "-device", "isa-ipmi-kcs,bmc=bmc"])


def test_asks_the_device_and_says_why_there_is_no_power(machine: str) -> None:
    assert "/dev/ipmi0\n" in machine.split("==page")[0]
    log = machine.split("==log")[1]
    assert "completion code" in log, machine


def test_counts_what_failed(machine: str) -> None:
    page = machine.split("==page")[1].split("==log")[0]
    assert 'ceems_scrape_collector_success{collector="ipmi"} 0' in page
    assert re.search(r'ceems_exporter_source_errors_total.source="ipmi". [1-9]', page), machine

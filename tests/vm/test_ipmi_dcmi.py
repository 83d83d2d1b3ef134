"""The exporter before a BMC with DCMI and sensors, through the kernel's driver: QEMU connects a BMC of our own, which has faults first, and whose device
vanishes and comes back."""

import pathlib
import re
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "scripts"), str(SOURCE / "tests/e2e"), str(SOURCE / "tests/vm")]
sys.dont_write_bytecode = True

import vm  # noqa: E402
from bmc import ExternalBmc, read_answers  # noqa: E402
from stack.ceems import BINARIES  # noqa: E402

# A Redfish service of plain files, at the address that the BMC tells for itself.
SERVICE = {
    "etc/redfish.yml": "redfish_collector: {protocol: http, port: 8000}\n",
    "srv/redfish/v1/index.html": '{"Chassis": {"@odata.id": "/redfish/v1/Collection"}}',
    "srv/redfish/v1/Collection": '{"Members": [{"@odata.id": "/redfish/v1/Chassis"}]}',
    "srv/redfish/v1/Chassis": '{"Id": "1", "Power": {"@odata.id": "/redfish/v1/Power"}}',
    "srv/redfish/v1/Power": '{"PowerControl": [{"PowerConsumedWatts": 410}]}',
}
ADDRESS = {
    bytes([0x06, 0x42, 0x01]): bytes([0, 0x01, 0x04, 0x01, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00]),  # channel 1 is a LAN
    bytes([0x0C, 0x02, 0x01, 0x03, 0x00, 0x00]): bytes([0, 0x11, 192, 0, 2, 7]),
}
MODULES = ("ipmi_msghandler", "ipmi_devintf", "ipmi_si")
NODE_BUSY, NOT_ACTIVE = 0xC0, 0x00
FAULTS = [
    lambda answer: None,
    lambda answer: bytes([NODE_BUSY]),
    lambda answer: answer[:3],
    lambda answer: answer[:-1] + bytes([NOT_ACTIVE]),
]
SCRIPT = r"""
for module in ipmi_msghandler ipmi_devintf ipmi_si; do insmod /lib/modules/$module.ko; done
for i in $(seq 50); do [ -e /dev/ipmi0 ] && break; sleep 0.2; done
ceems_exporter --collector.disable-defaults --collector.ipmi --collector.ipmi.force-native-mode \
  --collector.ipmi.temperature-sensor-readings --collector.ipmi.power-energy-sensor-readings \
  --web.listen-address=127.0.0.1:9010 2>/tmp/log &
page_with() {
  for i in $(seq 240); do
    timeout 10 wget -q -O /tmp/page http://127.0.0.1:${3:-9010}/metrics && grep -q "$1" /tmp/page && break
    sleep 0.5
  done
  echo "==$2"
  grep -E 'ipmi|redfish' /tmp/page
}
page_with dcmi_power_current well
ip address add 192.0.2.7/32 dev lo
busybox httpd -p 192.0.2.7:8000 -h /srv
ceems_exporter --collector.disable-defaults --collector.redfish --collector.redfish.config.file=/etc/redfish.yml \
  --web.listen-address=127.0.0.1:9011 2>/tmp/log.redfish &
page_with redfish_power_current redfish 9011
echo remove,kcs,i/o,0xca2 > /sys/module/ipmi_si/parameters/hotmod
page_with 'collector_success.*ipmi.* 0' gone
echo add,kcs,i/o,0xca2 > /sys/module/ipmi_si/parameters/hotmod
page_with 'collector_success.*ipmi.* 1' back
echo "==log"
cat /tmp/log /tmp/log.redfish
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What was printed, by the word after "=="."""
    answers = {**read_answers(SOURCE / "tests/data/power/ipmi/plain.answers"), **ADDRESS}
    bmc = ExternalBmc(tmp_path_factory.mktemp("bmc") / "socket", answers, FAULTS)
    try:
        printed = vm.run(SCRIPT, [BINARIES / "ceems_exporter"], files=SERVICE, copies=vm.modules(MODULES), extra=bmc.flags)
    finally:
        bmc.close()
    parts = re.split(r"^==(\w+)\n", printed, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_reads_power_and_sensors(pages: dict[str, str]) -> None:
    for line in ('ceems_ipmi_dcmi_power_current_watts{hostname="(none)"} 210', 'ceems_ipmi_dcmi_power_avg_watts{hostname="(none)"} 205',
                 'ceems_ipmi_dcmi_sampling_period_seconds{hostname="(none)"} 1', 'sensorname="Temp",sensorunits="C"} -5'):
        assert line in pages["well"] or line in pages["back"], pages


def test_gets_over_faults(pages: dict[str, str]) -> None:
    # Sensors are read all the same, so that a failed reading of power is no failed reading.
    assert "ceems_ipmi_sensor_reading_current" in pages["well"]
    assert 'ceems_scrape_collector_success{collector="ipmi"} 1' in pages["well"]


def test_notices_that_the_device_went_and_came_back(pages: dict[str, str]) -> None:
    assert 'ceems_scrape_collector_success{collector="ipmi"} 0' in pages["gone"], pages
    assert 'ceems_scrape_collector_success{collector="ipmi"} 1' in pages["back"], pages
    assert 'ceems_ipmi_dcmi_power_current_watts{hostname="(none)"} 210' in pages["back"]


def test_asks_the_bmc_for_the_address_of_its_redfish_service(pages: dict[str, str]) -> None:
    assert 'ceems_redfish_power_current_watts{chassis="1",hostname="(none)"} 410' in pages["redfish"], pages

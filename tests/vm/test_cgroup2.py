"""The exporter on a real unified hierarchy: what it says against what the kernel's files say."""

import pathlib
import re
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "scripts"), str(SOURCE / "tests/e2e"), str(SOURCE / "tests/vm")]
sys.dont_write_bytecode = True

import metrics  # noqa: E402
import vm  # noqa: E402
from stack.ceems import BINARIES  # noqa: E402

GENERIC = r"""
generic:
  - name: jobs
    pattern: ^/batch/(?P<account>[a-z]+)/job_(?P<id>[0-9]+)$
    user: "{owner}"
    project: "{account}"
"""

# Two jobs that exist before the exporter does, one that comes after it, one that goes.
SCRIPT = r"""
cd /sys/fs/cgroup
echo "+cpu +memory +cpuset +io" > cgroup.subtree_control
mkdir batch; echo "+cpu +memory +cpuset +io" > batch/cgroup.subtree_control
mkdir batch/bio; echo "+cpu +memory +cpuset +io" > batch/bio/cgroup.subtree_control
mkdir batch/bio/job_1 batch/bio/job_2
echo 0 > batch/bio/job_1/cpuset.cpus
echo 134217728 > batch/bio/job_1/memory.max
sh -c 'echo $$ > /sys/fs/cgroup/batch/bio/job_1/cgroup.procs; while true; do true; done' &
sh -c 'echo $$ > /sys/fs/cgroup/batch/bio/job_2/cgroup.procs; exec sleep 1000' &
sleep 1
ceems_exporter --collector.generic --collector.generic.config.file=/etc/generic.yml --collector.generic.psi-metrics \
  --collector.generic.swap-memory-metrics --web.listen-address=127.0.0.1:9010 2>/tmp/log &
for i in $(seq 60); do timeout 10 wget -q -O /tmp/page http://127.0.0.1:9010/metrics && break; sleep 0.5; done
mkdir batch/chem; echo "+cpu +memory +cpuset +io" > batch/chem/cgroup.subtree_control
mkdir -p batch/chem/job_3/step_0/task_0
echo "50000 100000" > batch/chem/job_3/cpu.max 2>/dev/null
kill -9 $(cat batch/bio/job_2/cgroup.procs); sleep 0.5; rmdir batch/bio/job_2
sleep 1
timeout 10 wget -q -O /tmp/page http://127.0.0.1:9010/metrics
for f in cpu.stat memory.current memory.max memory.stat memory.events cpuset.cpus.effective cpu.pressure; do echo "--file $f"; cat batch/bio/job_1/$f; done
echo "--memtotal"; grep MemTotal /proc/meminfo
echo "--page"; cat /tmp/page
echo "--status"; grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|VmRSS)' /proc/$(ps | awk '/ceems_exporter/ && !/awk/ {print $1; exit}')/status
echo "--log"; cat /tmp/log
"""


@pytest.fixture(scope="module")
def machine():
    output = vm.run(SCRIPT, [BINARIES / "ceems_exporter"], {"etc/generic.yml": GENERIC})
    sections = dict(re.findall(r"^--([^\n]+)\n(.*?)(?=^--|\Z)", output, re.S | re.M))
    assert sections.get("page"), output[-6000:]
    return sections


def field(text: str, key: str) -> int:
    return int(re.search(rf"^{key}:?[ \t]+(\d+)", text, re.M).group(1))


def test_reads_what_the_kernel_says(machine):
    page = machine["page"]
    stat = machine["file cpu.stat"]
    user = metrics.of_unit(page, "ceems_compute_unit_cpu_user_seconds_total", "1")
    system = metrics.of_unit(page, "ceems_compute_unit_cpu_system_seconds_total", "1")
    assert user + system == pytest.approx((field(stat, "user_usec") + field(stat, "system_usec")) / 1e6, abs=1.5)
    assert user + system > 0.5
    assert metrics.of_unit(page, "ceems_compute_unit_memory_total_bytes", "1") == 134217728
    assert metrics.of_unit(page, "ceems_compute_unit_memory_used_bytes", "1") == pytest.approx(int(machine["file memory.current"]), abs=2 << 20)
    assert metrics.of_unit(page, "ceems_compute_unit_memory_rss_bytes", "1") == pytest.approx(field(machine["file memory.stat"], "anon"), abs=1 << 20)
    assert metrics.of_unit(page, "ceems_compute_unit_cpus", "1") == 1
    assert metrics.of_unit(page, "ceems_compute_unit_memory_fail_count", "1") == 0


def test_knows_whose_it_is(machine):
    owners = {labels["uuid"]: labels for labels, _ in metrics.parse(machine["page"])["ceems_compute_unit_info"]}
    assert (owners["1"]["manager"], owners["1"]["project"], owners["1"]["user"]) == ("jobs", "bio", "root")
    assert owners["3"]["project"] == "chem"


def test_notices_units_that_come_and_go(machine):
    page = machine["page"]
    units = {labels["uuid"] for labels, _ in metrics.parse(page)["ceems_compute_unit_memory_used_bytes"]}
    assert units == {"1", "3"}
    assert metrics.value(page, "ceems_compute_units", manager="jobs") == 2


def test_reads_an_unlimited_unit_as_the_machines_memory(machine):
    total = field(machine["memtotal"], "MemTotal") * 1024
    assert metrics.of_unit(machine["page"], "ceems_compute_unit_memory_total_bytes", "3") == total


def test_reports_pressure(machine):
    assert metrics.of_unit(machine["page"], "ceems_compute_unit_cpu_psi_seconds", "1") >= 0
    assert metrics.of_unit(machine["page"], "ceems_compute_unit_memory_psi_seconds", "1") >= 0


def test_gives_up_root_and_every_capability(machine):
    status = machine["status"]
    assert field(status, "Uid") == 65534
    assert re.search(r"^CapEff:\s*0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s*1$", status, re.M)
    assert re.search(r"^Groups:\s*(65534)?\s*$", status, re.M)

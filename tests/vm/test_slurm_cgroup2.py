"""SLURM's jobs on a real unified hierarchy, in cgroups made as slurmd and slurmstepd make them: what the exporter says against what the
kernel's files say, and against users who lie."""

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "scripts"), str(SOURCE / "tests/e2e"), str(SOURCE / "tests/vm")]
sys.dont_write_bytecode = True

import metrics  # noqa: E402
import vm  # noqa: E402
from stack.ceems import BINARIES  # noqa: E402

# "stepd TITLE" waits under that title, without an environment; "stepd" waits as it is. Any other first word is a user id to become, and
# what follows a command to run.
HELPER = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **words) {
  if (count == 2) {
    char *title[] = {words[1], NULL}, *nothing[] = {NULL};
    execve("/proc/self/exe", title, nothing);
  }
  if (count > 2) {
    if (setgid((gid_t)atoi(words[1])) != 0 || setuid((uid_t)atoi(words[1])) != 0) return 1;
    execvp(words[2], words + 2);
  }
  for (;;) pause();
}
"""

SCRIPT = r"""
cd /sys/fs/cgroup
ALL="+cpu +memory +cpuset +io"
echo "$ALL" > cgroup.subtree_control
group() { mkdir "$1"; echo "$ALL" > "$1/cgroup.subtree_control"; }
group system.slice
group system.slice/slurmstepd.scope; mkdir system.slice/slurmstepd.scope/system
group system.slice/n7_slurmstepd.scope
mkdir -p system.slice/slurmd.service user.slice/user-1000.slice/slurmstepd.scope/job_66/step_0
step() { group "$1"; mkdir "$1/slurm"; group "$1/user"; mkdir "$1/user/$2"; }
job() { group "$1"; step "$1/step_0" task_0; }
into() { sh -c 'echo $$ > '"$PWD/$1"'/cgroup.procs; exec "$@"' "$@" & }
S=system.slice/slurmstepd.scope

job $S/job_42
step $S/job_42/step_extern task_special
mkdir $S/job_42/step_0/user/task_1
echo 134217728 > $S/job_42/memory.max; echo 67108864 > $S/job_42/memory.swap.max; echo 0 > $S/job_42/cpuset.cpus
into $S/job_42/step_0/slurm slurmstepd "slurmstepd: [42.0]"
into $S/job_42/step_extern/slurm slurmstepd "slurmstepd: [42.extern]"
into $S/job_42/step_0/user/task_0 as_user 1000 sh -c 'while true; do true; done'
into $S/job_42/step_0/user/task_1 as_user 1000 sh -c 'while true; do true; done'

job $S/s5K1KKYAYG5D00
into $S/s5K1KKYAYG5D00/step_0/slurm slurmstepd "slurmstepd: [43.0]"
(export SLURM_JOB_ID=42; into $S/s5K1KKYAYG5D00/step_0/user/task_0 as_user 1001 sleep 1000)

job $S/s5K1KKYAYG5D01
(export SLURM_JOB_ID=45; into $S/s5K1KKYAYG5D01/step_0/slurm slurmstepd)

job $S/s5K1KKYAYG5D02
(export SLURM_JOB_ID=42; into $S/s5K1KKYAYG5D02/step_0/user/task_0 as_user 1001 sleep 1000)
(export SLURM_JOB_ID=42; into $S/s5K1KKYAYG5D02/step_0/user/task_0 as_user 1001 slurmstepd)
(export SLURM_JOB_ID=42; into $S/s5K1KKYAYG5D02/step_0/user/task_0 sleep 1000)

job $S/job_40
job system.slice/n7_slurmstepd.scope/job_42
into system.slice/n7_slurmstepd.scope/job_42/step_0/user/task_0 as_user 1000 sleep 1000
sleep 1
ceems_exporter --collector.slurm --collector.slurm.psi-metrics --collector.slurm.swap-memory-metrics --collector.slurm.blkio-metrics \
  --collector.generic --collector.generic.config.file=/etc/generic.yml --web.listen-address=127.0.0.1:9010 2>/tmp/log &
for i in $(seq 60); do timeout 10 wget -q -O /tmp/first http://127.0.0.1:9010/metrics && break; sleep 0.5; done
job $S/job_46
into $S/job_46/step_0/user/task_0 as_user 1000 sleep 1000
kill -9 $(cat $S/s5K1KKYAYG5D01/step_0/slurm/cgroup.procs)
sleep 1
timeout 10 wget -q -O /tmp/page http://127.0.0.1:9010/metrics
for f in cpu.stat memory.current memory.stat cpu.pressure; do echo "--file $f"; cat $S/job_42/$f; done
echo "--memtotal"; grep MemTotal /proc/meminfo
echo "--first"; cat /tmp/first
echo "--page"; cat /tmp/page
echo "--status"; grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' /proc/$(ps | awk '/ceems_exporter/ && !/awk/ {print $1; exit}')/status
echo "--log"; cat /tmp/log
"""

GENERIC = """
generic:
  - name: scopes
    preset: systemd-scopes
    user: nobody
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    directory = tmp_path_factory.mktemp("helper")
    (directory / "helper.c").write_text(HELPER)
    subprocess.run(["cc", "-O1", "-o", directory / "slurmstepd", directory / "helper.c"], check=True)
    shutil.copy(directory / "slurmstepd", directory / "as_user")
    output = vm.run(SCRIPT, [BINARIES / "ceems_exporter", directory / "slurmstepd", directory / "as_user"], {"etc/generic.yml": GENERIC})
    sections = dict(re.findall(r"^--([^\n]+)\n(.*?)(?=^--|\Z)", output, re.S | re.M))
    assert sections.get("page"), output[-6000:]
    return sections


def field(text: str, key: str) -> int:
    return int(re.search(rf"^{key}:?[ \t]+(\d+)", text, re.M).group(1))


def of_job(page: str, name: str, uuid: str, node: str = "") -> float:
    return metrics.value(page, name, manager="slurm", uuid=uuid, cgrouphostname=node)


def jobs(page: str) -> set[tuple[str, str]]:
    samples = metrics.parse(page)["ceems_compute_unit_memory_used_bytes"]
    return {(labels["cgrouphostname"], labels["uuid"]) for labels, _ in samples if labels["manager"] == "slurm"}


def test_finds_jobs_by_id_and_by_sluid_and_none_that_is_not_there(machine):
    assert jobs(machine["first"]) == {("", "42"), ("", "43"), ("", "45"), ("n7", "42")}
    assert metrics.value(machine["first"], "ceems_compute_units", manager="slurm") == 4


def test_notices_jobs_that_come_and_those_of_which_only_directories_are_left(machine):
    assert jobs(machine["page"]) == {("", "42"), ("", "43"), ("", "46"), ("n7", "42")}


def test_believes_no_process_of_a_user(machine):
    page = machine["page"]
    assert metrics.value(page, "ceems_exporter_cgroup_claims_left_out", reason="nameless") == 1
    assert metrics.value(page, "ceems_exporter_cgroup_claims_left_out", reason="same unit") == 0
    assert of_job(page, "ceems_compute_unit_memory_total_bytes", "42") == 134217728


def test_reads_what_the_kernel_says_of_all_that_is_nested_in_a_job(machine):
    page = machine["page"]
    stat = machine["file cpu.stat"]
    user = of_job(page, "ceems_compute_unit_cpu_user_seconds_total", "42")
    system = of_job(page, "ceems_compute_unit_cpu_system_seconds_total", "42")
    assert user + system == pytest.approx((field(stat, "user_usec") + field(stat, "system_usec")) / 1e6, abs=1.5)
    assert user + system > 0.5
    assert of_job(page, "ceems_compute_unit_memory_used_bytes", "42") == pytest.approx(int(machine["file memory.current"]), abs=2 << 20)
    assert of_job(page, "ceems_compute_unit_memory_rss_bytes", "42") == pytest.approx(field(machine["file memory.stat"], "anon"), abs=1 << 20)
    assert of_job(page, "ceems_compute_unit_cpus", "42") == 1
    assert of_job(page, "ceems_compute_unit_cpus", "43") == 2
    assert of_job(page, "ceems_compute_unit_memory_fail_count", "42") == 0


def test_knows_limits_and_what_has_none(machine):
    total = field(machine["memtotal"], "MemTotal") * 1024
    page = machine["page"]
    assert of_job(page, "ceems_compute_unit_memory_total_bytes", "43") == total
    assert of_job(page, "ceems_compute_unit_memsw_total_bytes", "42") == 67108864
    assert of_job(page, "ceems_compute_unit_memsw_total_bytes", "43") == total
    assert of_job(page, "ceems_compute_unit_memsw_used_bytes", "42") == 0


def test_reports_pressure_of_cpu_memory_and_io(machine):
    page = machine["page"]
    kernel = int(re.search(r"^some .*total=(\d+)", machine["file cpu.pressure"], re.M).group(1)) / 1e6
    # Two tasks share one CPU.
    assert of_job(page, "ceems_compute_unit_cpu_psi_some_seconds_total", "42") == pytest.approx(kernel, abs=1.5)
    assert of_job(page, "ceems_compute_unit_cpu_psi_some_seconds_total", "42") > 0.1
    for name in ("cpu_psi_seconds", "memory_psi_seconds", "blkio_psi_seconds"):
        assert of_job(page, f"ceems_compute_unit_{name}", "42") >= 0


def test_counts_nothing_twice_beside_a_generic_manager(machine):
    # The scopes in which jobs are would be its units; one that a user made, and called like them, is.
    assert metrics.value(machine["page"], "ceems_compute_units", manager="scopes") == 1
    owners = [labels["uuid"] for labels, _ in metrics.parse(machine["page"])["ceems_compute_unit_info"]]
    assert owners == ["slurmstepd.scope"]
    for collector in ("slurm", "generic"):
        assert metrics.value(machine["page"], "ceems_scrape_collector_success", collector=collector) == 1


def test_keeps_only_what_asking_a_slurmstepd_takes(machine):
    status = machine["status"]
    assert field(status, "Uid") == 65534
    assert re.search(r"^CapEff:\s*0+$", status, re.M)
    permitted = int(re.search(r"^CapPrm:\s*([0-9a-f]+)$", status, re.M).group(1), 16)
    dac_read_search, sys_ptrace = 2, 19
    # RAPL, which is on by default, needs the first one too.
    assert permitted == 1 << dac_read_search | 1 << sys_ptrace

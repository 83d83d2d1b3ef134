"""Jobs of LSF and OpenPBS, the list of targets for profilers, and an exporter that was not given all it wants: an exporter among files and scripts."""

import json
import re
import shutil
import socket
import time
import urllib.error
import urllib.request

import pytest

import metrics
from stack.ceems import BINARIES
from stack.processes import Daemon, free_port
from test_gpu_units import Node
from tool_answers import cat

HOST = socket.gethostname()


class BatchNode(Node):
    def __init__(self, directory):
        super().__init__(directory)
        self.pids = 100
        self.tool("nvidia-smi", f'[ "$*" = -L ] && exec {cat("mig-list.txt")}; [ "$*" = "--query --xml-format" ] && exec {cat("mig.xml")}')

    def unit(self, path: str, *environment: str, command: str = "python\0train.py\0") -> int:
        """A cgroup under v1 with a process in it."""
        self.pids += 1
        self.write(f"cgroup/cpuacct/{path}/cgroup.procs", f"{self.pids}\n")
        self.write(f"cgroup/cpuacct/{path}/cpuacct.stat", "user 1\nsystem 1\n")
        self.write(f"cgroup/cpuset/{path}/cpuset.cpus", "0-7\n")
        self.write(f"proc/{self.pids}/environ", "\0".join(environment) + "\0")
        self.write(f"proc/{self.pids}/cmdline", command)
        return self.pids

    def begin(self, *flags: str) -> None:
        self.start("--collector.gpu.type=nvidia", "--collector.cgroups.force-version=v1", f"--collector.lsf.bjobs-path={self.directory}/bin/bjobs", *flags)

    def held_until(self, expected: dict[tuple[str, str], float], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            page = metrics.parse(self.scrape())
            held = {(labels["uuid"], labels["index"]): value for labels, value in page.get("ceems_compute_unit_gpu_index_flag", [])}
            if held == expected:
                return
            assert time.monotonic() < end, f"{held}\n{self.daemon.log_tail()}"
            time.sleep(0.05)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()


@pytest.fixture
def lsf(directory):
    one = BatchNode(directory)
    one.collector = "--collector.lsf"
    one.unit("lsf/cl1/job.77[3].4100.1775289779", "LSB_BATCH_JID=77[3]")
    one.unit("lsf/cl1/job.78.4101.1775289779", "LSB_BATCH_JID=78", "CUDA_VISIBLE_DEVICES=MIG-GPU-bbbb/3/0")
    one.unit("lsf/cl1/job.79.4102.1775289779", "LSB_BATCH_JID=79", "CUDA_VISIBLE_DEVICES=GPU-aaaa")
    yield one
    if one.daemon:
        one.daemon.stop()


@pytest.fixture
def pbs(directory):
    one = BatchNode(directory)
    one.collector = "--collector.openpbs"
    yield one
    if one.daemon:
        one.daemon.stop()


@pytest.fixture
def slurm(directory):
    one = BatchNode(directory)
    yield one
    if one.daemon:
        one.daemon.stop()


def records(*jobs: tuple[str, str, str]) -> str:
    rows = [{"JOBID": job, "JOBINDEX": index, "ALLOC_SLOT": ":".join([HOST] * 3), "NALLOC_SLOT": "3", "GPU_ALLOC": gpus} for job, index, gpus in jobs]
    return json.dumps({"COMMAND": "bjobs", "JOBS": len(rows), "RECORDS": rows})


def test_lsf_says_what_its_jobs_have(lsf):
    lsf.write("answer", records(("77", "3", f"{HOST}:2,1,1;{HOST}0:0"), ("78", "0", f"{HOST}:0/3g"), ("79", "", "")))
    lsf.tool("bjobs", f'echo "$*" > {lsf.directory}/asked; exec cat {lsf.directory}/answer')
    lsf.begin()
    # Minor 1 is the first GPU; what job 79 says of itself LSF does not say.
    lsf.held_until({("77[3]", "0"): 1, ("77[3]", "4"): 1, ("78", "1"): 1})
    cpus = metrics.parse(lsf.scrape())["ceems_compute_unit_cpus"]
    assert {labels["uuid"]: value for labels, value in cpus} == {"77[3]": 3, "78": 3, "79": 3}
    assert (lsf.directory / "asked").read_text() == f"-u all -m {HOST} -json -o jobid jobindex alloc_slot nalloc_slot gpu_alloc\n"


@pytest.mark.parametrize("script", ["exec sleep 1000000", "exit 255", "echo No job found", "yes | head -c 30000000", "kill -9 $$", "echo '{\"RECORDS\": [7]}'"])
def test_bjobs_that_misbehaves_costs_what_only_it_knows(lsf, script):
    lsf.tool("bjobs", script)
    lsf.begin()
    lsf.held_until({("78", "1"): 1, ("79", "0"): 1})
    page = lsf.scrape()
    assert 'ceems_scrape_collector_success{collector="lsf"} 1' in page
    assert {value for _, value in metrics.parse(page)["ceems_compute_unit_cpus"]} == {8}


def test_openpbs_jobs_and_the_gpus_that_its_hook_wrote_down(pbs):
    pbs.unit(r"pbs_jobs.service/jobid/2025\x5b0\x5d.pbs_server", "PBS_JOBID=2025[0].pbs_server", "CUDA_VISIBLE_DEVICES=GPU-aaaa,mig-b1,MIG-b1")
    pbs.unit("pbs_jobs.service/jobid/2026.pbs_server", "PBS_JOBID=2025[0].pbs_server", "CUDA_VISIBLE_DEVICES=GPU-cccc")  # another's
    pbs.unit("pbs_jobs.service/jobid/2027.pbs_server", "PBS_JOBID", "CUDA_VISIBLE_DEVICES=GPU-cccc")
    pbs.unit("pbs_jobs.service/jobid/2028.pbs_server", "PBS_JOBID=2028.pbs_server", "CUDA_VISIBLE_DEVICES=0,99,,GPU-none," + "x" * (1 << 20))
    pbs.begin()
    pbs.held_until({("2025[0].pbs-server", "0"): 1, ("2025[0].pbs-server", "2"): 1})
    page = metrics.parse(pbs.scrape())
    assert [value for _, value in page["ceems_compute_units"]] == [4]


def job(node: BatchNode, number: int, step: str, *environment: str, command: str = "python\0train.py\0") -> int:
    return node.unit(f"slurm/uid_1000/job_{number}/{step}", f"SLURM_JOB_ID={number}", *environment, command=command)


def test_targets_are_the_processes_of_jobs(slurm):
    second = job(slurm, 42, "step_1")
    job(slurm, 42, "step_0", command="slurmstepd: [42.0]")
    first = job(slurm, 42, "step_0/task_0")
    third = job(slurm, 7, "step_0")
    slurm.start("--discoverer.alloy-targets")
    expected = [(42, first), (42, second), (7, third)]
    assert slurm.get("/alloy-targets") == "[" + ",".join(
        f'{{"targets":["{unit}"],"labels":{{"__process_pid__":"{pid}","service_name":"{unit}"}}}}' for unit, pid in expected) + "]\n"
    assert "/alloy-targets" in slurm.get("/")


def test_targets_are_those_that_opt_in_and_the_exporter_itself(slurm):
    wanted = job(slurm, 42, "step_0", "CEEMS_ENABLE_PROFILING=1")
    job(slurm, 43, "step_0", "CEEMS_ENABLE_PROFILING=0")
    job(slurm, 44, "step_0", "CEEMS_ENABLE_PROFILING_TOO=1", "X" * (2 << 20))
    slurm.start("--discoverer.alloy-targets", "--discoverer.alloy-targets.env-var=CEEMS_ENABLE_PROFILING", "--discoverer.alloy-targets.self-profiler",
                "--web.targets-path=/targets")
    listed = json.loads(slurm.get("/targets"))
    assert [one["labels"]["__process_pid__"] for one in listed] == [str(wanted), str(slurm.daemon.process.pid)]
    assert listed[1]["targets"] == ["__internal_ceems_exporter"]


def test_no_target_is_an_empty_list_and_no_discoverer_no_route(slurm):
    slurm.start("--discoverer.alloy-targets")
    assert slurm.get("/alloy-targets") == "[]\n"
    slurm.daemon.stop()
    slurm.start("--discoverer.alloy-targets", "--compat.ceems")
    assert slurm.get("/alloy-targets") == "null\n"
    slurm.daemon.stop()
    slurm.start()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        slurm.get("/alloy-targets")


@pytest.mark.parametrize("kept", ["", "dac_read_search"])
def test_what_is_missing_is_said_once_and_the_rest_goes_on(slurm, kept):
    job(slurm, 42, "step_0", "SLURM_JOB_GPUS=0")
    for path in (slurm.directory / "cgroup").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    port = free_port()
    slurm.url = f"http://127.0.0.1:{port}"
    sets = f"+{kept}" if kept else "-all"
    slurm.daemon = Daemon("exporter", [
        shutil.which("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", f"--inh-caps={sets}", f"--ambient-caps={sets}",
        str(BINARIES / "ceems_exporter"), f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults", "--collector.slurm", "--collector.k8s",
        "--collector.lsf", "--collector.openpbs", "--collector.libvirt", "--collector.meminfo", "--collector.gpu.type=nvidia",
        f"--collector.gpu.nvidia-smi-path={slurm.directory}/bin/nvidia-smi", f"--path.cgroupfs={slurm.directory}/cgroup",
        f"--path.procfs={slurm.directory}/proc", "--discoverer.alloy-targets", "--discoverer.alloy-targets.env-var=ANY"], slurm.directory)
    slurm.daemon.wait_for(slurm.url + "/health")
    page = slurm.scrape_until('\nceems_compute_unit_gpu_index_flag{')
    for collector in ("slurm", "k8s", "lsf", "openpbs", "libvirt", "meminfo"):
        assert f'ceems_scrape_collector_success{{collector="{collector}"}} 1' in page
    for _ in range(3):
        slurm.scrape()
    log = slurm.daemon.log_tail(200)
    said = re.findall(r"feature=(\S+|\"[^\"]*\") capability=(CAP_\w+) lost=", log)
    missing = {(feature.strip('"'), capability) for feature, capability in said}
    assert len(said) == len(missing)
    assert ("k8s", "CAP_DAC_OVERRIDE") in missing and ("slurm", "CAP_SYS_PTRACE") in missing
    assert (("slurm", "CAP_DAC_READ_SEARCH") in missing) == (kept == "")
    for feature, capability in missing:
        assert f'ceems_exporter_missing_capability{{capability="{capability}",feature="{feature}"}} 1' in page
    assert json.loads(slurm.get("/alloy-targets")) == []

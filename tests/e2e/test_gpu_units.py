"""Which job of SLURM holds which GPU: an exporter among tools of NVIDIA and AMD that are scripts, and cgroups and processes that are files."""

import os
import pathlib
import shutil
import subprocess
import time

import pytest

import device_program
import metrics
from conftest import SOURCE
from exporter import Exporter
from stack.ceems import BINARIES
from tool_answers import cat

H200 = "GPU-3806df80-45e2-88fa-5126-05685a0894da"


class Node(Exporter):
    """A machine of files. Jobs are under cgroup v1, where the kernel tells which devices they may open."""

    collector = "--collector.slurm"

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        for below in ("cgroup/cpuacct/slurm", "proc", "sys", "bin"):
            (directory / below).mkdir(parents=True)
        self.write("proc/meminfo", "MemTotal: 1048576 kB\nSwapTotal: 0 kB\n")
        self.write("proc/devices", "Character devices:\n195 nvidia\n241 nvidia-caps\n226 drm\n\nBlock devices:\n")
        self.write("sys/devices/system/cpu/online", "0-7\n")
        # root's files, which the exporter reads as nobody
        directory.chmod(0o755)

    def write(self, below: str, text: str) -> None:
        path = self.directory / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def tool(self, name: str, script: str) -> None:
        path = self.directory / "bin" / name
        new = path.with_suffix(".new")
        new.write_text(f"#!/bin/sh\n{script}\n")
        new.chmod(0o755)
        new.rename(path)

    def plug(self, vendor: str) -> None:
        self.write(f"sys/bus/pci/devices/0000:00:0{len(vendor)}.0/class", "0x030200\n")
        self.write(f"sys/bus/pci/devices/0000:00:0{len(vendor)}.0/vendor", {"nvidia": "0x10de", "amd": "0x1002"}[vendor] + "\n")

    def job(self, number: int, *environment: str, step: int = 0, devices: str | None = None) -> None:
        job = f"slurm/uid_1000/job_{number}"
        pid = 10 * number + step
        self.write(f"cgroup/cpuacct/{job}/cpuacct.stat", "user 1\nsystem 1\n")
        self.write(f"cgroup/cpuacct/{job}/step_{step}/cgroup.procs", f"{pid}\n")
        self.write(f"proc/{pid}/environ", "\0".join([f"SLURM_JOB_ID={number}", *environment]) + "\0")
        if devices is not None:
            self.write(f"cgroup/devices/{job}/devices.list", devices)

    def start(self, *flags: str, drop: bool = False) -> None:
        self.launch(
            self.directory, "--collector.disable-defaults", self.collector,
            f"--path.sysfs={self.directory}/sys", f"--collector.gpu.nvidia-smi-path={self.directory}/bin/nvidia-smi",
            f"--collector.gpu.amd-smi-path={self.directory}/bin/amd-smi", f"--collector.gpu.rocm-smi-path={self.directory}/bin/rocm-smi",
            f"--collector.slurm.gres-config-file={self.directory}/gres.conf", *([] if drop else ["--no-security.drop-privileges"]),
            *(flags if any(flag.startswith("--path.") for flag in flags) else
              [f"--path.cgroupfs={self.directory}/cgroup", f"--path.procfs={self.directory}/proc", *flags]))

    def holdings(self, until: str = "\nceems_compute_unit_gpu_index_flag{") -> dict[tuple[str, str], float]:
        """Weight by job and index."""
        page = metrics.parse(self.scrape_until(until))
        return {(labels["uuid"], labels["index"]): value for labels, value in page.get("ceems_compute_unit_gpu_index_flag", [])}


@pytest.fixture
def node(directory):
    one = Node(directory)
    yield one
    if one.daemon:
        one.daemon.stop()


def test_labels_are_those_that_rules_join_on(node):
    node.plug("nvidia")
    node.tool("nvidia-smi", f'[ "$*" = -L ] && exec {cat("mig-list.txt")}; [ "$*" = "--query --xml-format" ] && exec {cat("mig.xml")}')
    node.job(7, "SLURM_JOB_GPUS=0,2")
    node.start("--collector.empty-hostname-label")
    flags = metrics.parse(node.scrape_until("\nceems_compute_unit_gpu_index_flag{"))["ceems_compute_unit_gpu_index_flag"]
    common = {"manager": "slurm", "hostname": "", "cgrouphostname": "", "uuid": "7"}
    assert sorted((labels["index"], labels) for labels, _ in flags) == [
        ("0", common | {"index": "0", "hindex": "/gpu-0", "gpuuuid": "GPU-aaaa", "gpuiid": ""}),
        ("2", common | {"index": "2", "hindex": "/gpu-2", "gpuuuid": "GPU-bbbb", "gpuiid": "5"}),
    ]
    counts = metrics.parse(node.scrape())["ceems_compute_unit_gpu_sm_count"]
    assert sorted((labels["index"], value) for labels, value in counts) == [("0", 108), ("2", 28)]


def test_gpus_of_amd(node):
    node.plug("amd")
    node.tool("amd-smi", f'[ "$*" = "static -a -B -b -p --json" ] && exec {cat("amd-smi.json")}')
    node.job(7, "SLURM_JOB_GPUS=0")
    node.job(8, "SLURM_JOB_GPUS=2,3")
    node.start()
    assert node.holdings() == {("7", "0"): 1, ("8", "2"): 1, ("8", "3"): 1}
    page = node.scrape()
    assert 'ceems_exporter_gpu_devices{source="tool",vendor="amd"} 4' in page
    assert 'vendor="nvidia"' not in page


def test_rocm_smi_where_there_is_no_amd_smi(node):
    node.plug("amd")
    node.tool("rocm-smi", cat("rocm-smi.json"))
    node.job(7, "SLURM_JOB_GPUS=1,3")
    node.start()
    assert node.holdings() == {("7", "1"): 1, ("7", "3"): 1}


def test_shares_of_gres_conf_and_another_order(node):
    node.tool("nvidia-smi", cat("mig.xml"))
    node.write("gres.conf", "# of this node\nName=shard Count=8 File=/dev/nvidia1\nNodeName=elsewhere Name=shard Count=1\n")
    node.job(7, "SLURM_JOB_GPUS=5", "SLURM_SHARDS_ON_NODE=2")
    node.job(8, "SLURM_JOB_GPUS=5", "SLURM_SHARDS_ON_NODE=6")
    node.job(9, "SLURM_JOB_GPUS=4")
    node.start("--collector.gpu.type=nvidia", "--collector.slurm.gpu-order-map=5:0")
    assert node.holdings() == {("7", "5"): 0.25, ("8", "5"): 0.75, ("9", "4"): 1}


def test_a_job_holds_its_gpus_though_nothing_runs_on_them(node):
    node.tool("nvidia-smi", cat("h200.xml"))
    node.job(7, "SLURM_JOB_GPUS=0")
    node.start("--collector.gpu.type=nvidia")
    assert node.holdings() == {("7", "0"): 1}
    # Another step, of which nothing is known, is all that is left.
    node.write("cgroup/cpuacct/slurm/uid_1000/job_7/step_1/cgroup.procs", "99\n")
    node.write("proc/99/environ", "PATH=/bin\0")
    node.write("cgroup/cpuacct/slurm/uid_1000/job_7/step_0/cgroup.procs", "")
    for _ in range(20):
        assert node.holdings() == {("7", "0"): 1}


def test_the_kernel_is_believed_and_users_are_not(node):
    node.tool("nvidia-smi", cat("mig.xml"))
    node.job(7, "SLURM_JOB_GPUS=4", devices="c 1:3 rwm\nc 195:1 rwm\n")  # says another one
    node.job(8, "SLURM_JOB_GPUS=0")  # says the one that job 7 has
    node.job(9, "SLURM_JOB_GPUS")  # no "="
    node.job(10, "X" * (2 << 20), "SLURM_JOB_GPUS=4")  # 2 MiB of something
    node.job(11, "SLURM_JOB_GPUS=99,-1,,x")
    node.job(12, "MY_SLURM_JOB_GPUS=4", "X=SLURM_JOB_GPUS=4", "CUDA_VISIBLE_DEVICES=0")
    node.write("proc/130/environ", "SLURM_JOB_ID=7\0SLURM_JOB_GPUS=4\0")  # another user's job
    node.write("cgroup/cpuacct/slurm/uid_1001/job_13/step_0/cgroup.procs", "130\n")
    node.write("cgroup/cpuacct/slurm/uid_1001/job_13/cpuacct.stat", "user 1\nsystem 1\n")
    node.start("--collector.gpu.type=nvidia")
    assert node.holdings() == {("7", "0"): 1}
    page = node.scrape()
    assert 'ceems_compute_units{hostname=' in page and 'manager="slurm"} 7' in page


@pytest.mark.parametrize("script", ["exec sleep 1000000", "echo 'Unable to determine the device handle'; exit 15", ":", "yes | head -c 30000000",
                                    "kill -9 $$", "echo '<nvidia_smi_log><gpu>'"])
def test_tools_that_misbehave_cost_the_gpus_and_nothing_else(node, script):
    node.tool("nvidia-smi", script)
    node.job(7, "SLURM_JOB_GPUS=0")
    node.start("--collector.gpu.type=nvidia")
    if "sleep" not in script:
        node.scrape_until('ceems_exporter_gpu_list_failed{vendor="nvidia"} 1')
    for _ in range(5):
        page = node.scrape()
        assert "ceems_compute_unit_gpu" not in page
        assert 'ceems_scrape_collector_success{collector="slurm"} 1' in page


def test_a_tool_that_works_again_is_noticed_when_the_driver_changes(node):
    node.tool("nvidia-smi", "exit 9")
    node.job(7, "SLURM_JOB_GPUS=0")
    node.start("--collector.gpu.type=nvidia")
    node.scrape_until('ceems_exporter_gpu_list_failed{vendor="nvidia"} 1')
    node.tool("nvidia-smi", f"echo WARNING: old firmware >&2; {cat('h200.xml')}")
    node.write("proc/driver/nvidia/version", "NVRM version: another\n")
    assert node.holdings() == {("7", "0"): 1}


def test_a_node_without_gpus_has_none_and_no_error(node):
    node.job(7, "SLURM_JOB_GPUS=0")
    node.start()
    page = node.scrape_until("ceems_exporter_gpu_listings_total 0")
    assert "ceems_compute_unit_gpu" not in page
    assert 'ceems_scrape_collector_success{collector="slurm"} 1' in page


def test_nvml_is_asked_in_place_of_the_tool_where_it_is_read_anyway(node):
    shutil.copy(BINARIES.parent / "standin" / "libnvidia-ml-new.so", node.directory / "libnvidia-ml.so.1")
    shutil.copy(SOURCE / "tests/data/gpu/h200.conf", node.directory / "nvml.conf")
    node.plug("nvidia")
    node.tool("nvidia-smi", "exit 9")
    node.job(7, "SLURM_JOB_GPUS=0")
    node.start("--collector.gpu.nvml", f"--collector.gpu.nvml.library={node.directory}/libnvidia-ml.so.1", "--collector.gpu.nvml.interval=100ms")
    page = node.scrape_until('ceems_exporter_gpu_devices{source="nvml",vendor="nvidia"}')
    page = metrics.parse(node.scrape_until("\nceems_compute_unit_gpu_sm_count{"))
    (labels, count), = page["ceems_compute_unit_gpu_sm_count"]
    assert labels["gpuuuid"] == H200
    assert metrics.value(node.scrape(), "ceems_gpu_sm_count", gpuuuid=H200) == count


def test_nogpu_asks_no_tool(node):
    node.plug("nvidia")
    node.tool("nvidia-smi", f"touch {node.directory}/asked")
    node.job(7, "SLURM_JOB_GPUS=0")
    node.start("--collector.gpu.type=nogpu")
    for _ in range(5):
        assert "gpu" not in node.scrape()
    assert not (node.directory / "asked").exists()


@pytest.fixture
def real_job():
    """A job's cgroup in the machine's own v2 tree, with a process that says something in it."""
    mounts = (line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines())
    root = next((pathlib.Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), None)
    assert root, "no cgroup v2 tree here"
    scope = root / f"ceems{os.getpid()}_slurmstepd.scope"
    job = scope / "job_7"
    step = job / "step_0"
    step.mkdir(parents=True)
    process = subprocess.Popen(["sleep", "600"], env={"SLURM_JOB_ID": "7", "SLURM_JOB_GPUS": "4", "PATH": os.environ["PATH"]})
    (step / "cgroup.procs").write_text(f"{process.pid}\n")
    yield root, job
    process.kill()
    process.wait()
    for path in (step, job, scope):
        for _ in range(100):
            try:
                path.rmdir()
                break
            except OSError:
                time.sleep(0.02)


def real_holdings(node: Node, job: pathlib.Path) -> dict[str, float]:
    page = metrics.parse(node.scrape_until("\nceems_compute_unit_gpu_index_flag{"))
    return {labels["index"]: value for labels, value in page["ceems_compute_unit_gpu_index_flag"] if labels["cgrouphostname"] == job.parent.name.split("_")[0]}


@pytest.mark.parametrize("asked", [False, True])
def test_the_kernel_is_asked_under_cgroup_v2_if_wanted(node, real_job, asked):
    root, job = real_job
    node.tool("nvidia-smi", cat("mig.xml"))
    # GPU 0 is minor 1, GPU 4 minor 2; the divided one is minor 0.
    attached = device_program.refuse(job, [0, 2])
    flags = ["--collector.slurm.gpu-device-rules"] if asked else []
    # As root, which gives up what it does not need.
    node.start("--collector.gpu.type=nvidia", f"--path.cgroupfs={root}", *flags, drop=True)
    assert real_holdings(node, job) == ({"0": 1} if asked and attached else {"4": 1})
    kept = next(line for line in pathlib.Path(f"/proc/{node.daemon.pid}/status").read_text().splitlines() if line.startswith("CapPrm"))
    cap_sys_admin = 1 << 21
    assert bool(int(kept.split()[1], 16) & cap_sys_admin) == asked

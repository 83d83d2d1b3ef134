"""Jobs with GPUs on a real SLURM, whose device files are there and whose GPUs are not: which job holds which, against what SLURM itself says."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

import pytest

import metrics
from stack.ceems import BINARIES
from stack.processes import Daemon, free_port
from stack.slurm import Slurm

GPUS = 4
GPU_XML = "<gpu id='00000000:{0:02X}:00.0'><product_name>NVIDIA A100</product_name><mig_mode><current_mig>Disabled</current_mig></mig_mode>" \
    "<uuid>GPU-{0}</uuid><minor_number>{0}</minor_number></gpu>"
REST = "sleep 300"


class GpuLab:
    def __init__(self, directory: pathlib.Path, constrain_devices: bool):
        directory.chmod(0o755)
        self.slurm = Slurm(directory, gpus=GPUS, constrain_devices=constrain_devices)
        self.directory = directory
        self.exporter: Daemon | None = None

    def start(self) -> None:
        self.slurm.start()
        tool = self.directory / "nvidia-smi"
        listing = "".join(GPU_XML.format(minor) for minor in range(GPUS))
        tool.write_text(f"#!/bin/sh\ncat <<'END'\n<?xml version='1.0'?><nvidia_smi_log>{listing}</nvidia_smi_log>\nEND\n")
        tool.chmod(0o755)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.exporter = Daemon("exporter", [
            str(BINARIES / "ceems_exporter"), f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults", "--collector.slurm",
            "--collector.gpu.type=nvidia", f"--collector.gpu.nvidia-smi-path={tool}"], self.directory)
        self.exporter.wait_for(self.url + "/health")

    def stop(self) -> None:
        if self.exporter:
            self.exporter.stop()
        self.slurm.stop()

    def told_by_slurm(self, job: str) -> set[str]:
        """GRES=gpu:3(IDX:0-1,3)"""
        text = subprocess.run(["scontrol", "show", "job", "-d", job], capture_output=True, text=True, check=True).stdout
        numbers: set[str] = set()
        for part in re.findall(r"\(IDX:([^)]*)\)", "".join(re.findall(r" GRES=(\S*)", text))):
            for piece in part.split(","):
                first, _, last = piece.partition("-")
                numbers |= {str(i) for i in range(int(first), int(last or first) + 1)}
        return numbers

    def told_by_exporter(self) -> dict[str, dict[str, float]]:
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as answer:
            page = metrics.parse(answer.read().decode())
        held: dict[str, dict[str, float]] = {}
        for labels, value in page.get("ceems_compute_unit_gpu_index_flag", []):
            if labels["cgrouphostname"] == self.slurm.node:
                held.setdefault(labels["uuid"], {})[labels["index"]] = value
        return held

    def submit(self, script: str, *flags: str) -> str:
        return self.slurm.submit("ann", "chem", script, "--mem=20", *flags)

    def until_same(self, jobs: list[str], seconds: float = 60) -> dict[str, dict[str, float]]:
        end = time.monotonic() + seconds
        while True:
            slurm = {job: self.told_by_slurm(job) for job in jobs}
            held = self.told_by_exporter()
            if all(slurm.values()) and {job: set(of) for job, of in held.items()} == slurm:
                return held
            assert time.monotonic() < end, f"SLURM: {slurm}\nexporter: {held}\n{self.exporter.log_tail()}"
            time.sleep(0.2)

    def cancel(self) -> None:
        subprocess.run(["scancel", "--full", "-u", "ann"], check=True)
        end = time.monotonic() + 60
        while self.slurm.queued():
            assert time.monotonic() < end
            time.sleep(0.2)


@pytest.fixture(scope="module", params=[True, False], ids=["rules of the kernel", "words of processes"])
def lab(request):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ceems-gpus-"))
    made = GpuLab(directory, request.param)
    made.constrained = request.param
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


@pytest.fixture(autouse=True)
def nobody_left(lab):
    yield
    lab.cancel()


def test_jobs_hold_the_gpus_that_slurm_gave_them_though_they_rest(lab):
    jobs = [lab.submit(REST, "--gres=gpu:1"), lab.submit(REST, "--gres=gpu:2")]
    lab.submit(REST)  # without any
    held = lab.until_same(jobs)
    assert {weight for of in held.values() for weight in of.values()} == {1}
    jobs.append(lab.submit(f"srun {REST}", "--gres=gpu:1"))
    lab.until_same(jobs)


def test_jobs_share_the_gpus_of_their_shards(lab):
    jobs = [lab.submit(REST, "--gres=shard:1"), lab.submit(REST, "--gres=shard:2")]
    held = lab.until_same(jobs)
    by_gpu: dict[str, float] = {}
    for of in held.values():
        for index, weight in of.items():
            by_gpu[index] = by_gpu.get(index, 0) + weight
    assert {round(weight, 6) for weight in by_gpu.values()} == {1}


def test_a_job_that_names_the_gpus_of_another_does_not_get_them(lab):
    if not lab.constrained:
        # Where nobody but processes tells, the first that speaks for a job is believed: its batch script, as SLURM started it.
        honest = lab.submit(REST, "--gres=gpu:1")
        lab.until_same([honest])
        liar = lab.submit(f"SLURM_JOB_GPUS=0,1,2,3 SLURM_JOB_ID={honest} {REST} & {REST}")
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert liar not in lab.told_by_exporter()
            time.sleep(0.2)
        return
    honest = lab.submit(REST, "--gres=gpu:1")
    liar = lab.submit(f"SLURM_JOB_GPUS=0,1,2,3 {REST}", "--gres=gpu:1")
    lab.until_same([honest, liar])

"""GPUs through NVML, with a stand-in for NVIDIA's library: a node with H200s, one with MIG, one whose driver hangs, one without any."""

import pathlib
import shutil
import signal
import subprocess

import pytest

import metrics
from conftest import SOURCE
from exporter import Exporter
from stack.ceems import BINARIES

STANDIN = BINARIES.parent / "standin" / "libnvidia-ml-new.so"
H200 = "GPU-3806df80-45e2-88fa-5126-05685a0894da"


class Node(Exporter):
    """An exporter whose GPUs are described by a text that can be changed."""

    def __init__(self, directory: pathlib.Path, description: str, *flags: str, library: bool = True):
        self.directory = directory
        self.lines = description
        self.write()
        if library:
            shutil.copy(STANDIN, directory / "libnvidia-ml.so.1")
        self.launch(directory, "--collector.gpu.nvml", f"--collector.gpu.nvml.library={directory}/libnvidia-ml.so.1", "--collector.gpu.nvml.interval=100ms", *flags)

    def write(self) -> None:
        new = self.directory / "nvml.conf.new"
        new.write_text(self.lines)
        new.chmod(0o644)
        new.rename(self.directory / "nvml.conf")

    def set(self, key: str, value: str) -> None:
        self.lines += f"{key} {value}\n"
        self.write()



@pytest.fixture
def start(directory):
    nodes = []

    def go(description: str, *flags: str, library: bool = True) -> Node:
        nodes.append(Node(directory, description, *flags, library=library))
        return nodes[-1]

    yield go
    for node in nodes:
        node.set("hang", "nothing")
        node.daemon.stop()


def described(name: str) -> str:
    return (SOURCE / "tests/data/gpu" / name).read_text()


def test_tells_what_rules_for_nvidia_need(start):
    node = start(described("h200.conf"))
    page = node.scrape_until("\nDCGM_FI_PROF_SM_ACTIVE{")
    for name, expected in {"DCGM_FI_DEV_POWER_USAGE": 689.674, "DCGM_FI_DEV_POWER_USAGE_INSTANT": 622.205, "DCGM_FI_DEV_GPU_UTIL": 100,
                           "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": 4626171, "DCGM_FI_PROF_GR_ENGINE_ACTIVE": 0.9983949168397488,
                           "DCGM_FI_PROF_SM_OCCUPANCY": 0.15418046712405062}.items():
        assert metrics.value(page, name, UUID=H200, gpu="0", modelName="NVIDIA H200", device="nvidia0", pci_bus_id="00000000:00:06.0",
                             DCGM_FI_DRIVER_VERSION="580.159.04") == pytest.approx(expected)
    (labels, _), = metrics.parse(page)["DCGM_FI_DEV_FB_USED"]
    assert labels["Hostname"] and "GPU_I_ID" not in labels
    assert "\n# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter\n" in page
    assert metrics.value(page, "ceems_scrape_collector_success", collector="gpu.nvml") == 1
    assert "482" not in str(metrics.parse(page).get("ceems_gpu_processes")), "a process number became a label"


def test_pleases_promtool(start):
    page = start(described("mig.conf")).scrape_until("\nDCGM_FI_PROF_SM_ACTIVE{")
    check = subprocess.run(["promtool", "check", "metrics"], input=page.encode(), capture_output=True, check=False)
    assert b"error while linting" not in check.stderr, check.stderr.decode()


def test_tells_parts_of_a_gpu_apart(start):
    page = start(described("mig.conf")).scrape_until("\nDCGM_FI_PROF_SM_ACTIVE{")
    active = {(labels["UUID"][:12], labels.get("GPU_I_ID"), labels.get("GPU_I_PROFILE")): value
              for labels, value in metrics.parse(page)["DCGM_FI_PROF_GR_ENGINE_ACTIVE"]}
    assert active == {("GPU-aaaaaaaa", "1", "3g.71gb"): 0.8, ("GPU-aaaaaaaa", "9", "1g.18gb"): 0.1, ("GPU-bbbbbbbb", None, None): 0}
    # The power of a GPU is told once, whatever it is cut into.
    assert len(metrics.parse(page)["DCGM_FI_DEV_POWER_USAGE"]) == 2


def test_reads_as_the_user_that_it_becomes(start):
    node = start(described("h200.conf"))
    node.scrape_until("\nDCGM_FI_DEV_POWER_USAGE{")
    status = pathlib.Path(f"/proc/{node.daemon.pid}/status").read_text()
    assert "\nUid:\t0\t" not in status
    assert "nvml\n" in {pathlib.Path(task, "comm").read_text() for task in pathlib.Path(f"/proc/{node.daemon.pid}/task").iterdir()}


def test_serves_while_nvml_hangs_and_ends_all_the_same(start):
    node = start(described("h200.conf"))
    node.scrape_until('state="ready"} 1')
    node.set("hang", "nvmlDeviceGetUtilizationRates")
    page = node.scrape_until('ceems_gpu_nvml_state{hostname="%s",state="stale"} 1' % hostname(node.scrape()))
    assert "DCGM_" not in page
    assert metrics.value(page, "ceems_scrape_collector_success", collector="gpu.nvml") == 0
    assert metrics.value(page, "ceems_scrape_collector_success", collector="cpu") == 1
    assert metrics.value(page, "ceems_scrape_collector_duration_seconds", collector="gpu.nvml") < 0.1
    node.daemon.process.send_signal(signal.SIGTERM)
    assert node.daemon.process.wait(10) == 0
    assert "a thread is still busy and is left behind" in node.daemon.log_tail()


def test_comes_back_when_nvml_does(start):
    node = start(described("h200.conf"))
    node.scrape_until('state="ready"} 1')
    node.set("hang", "nvmlDeviceGetTotalEnergyConsumption")
    node.scrape_until('state="stale"} 1')
    node.set("hang", "nothing")
    assert "\nDCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{" in node.scrape_until('state="ready"} 1')


def test_a_node_without_gpus_has_no_error(start):
    page = start("", library=False).scrape_until('state="absent"} 1')
    assert "DCGM_" not in page
    assert metrics.value(page, "ceems_scrape_collector_success", collector="gpu.nvml") == 1


def test_ends_cleanly(start):
    node = start(described("mig.conf"))
    node.scrape_until("\nDCGM_FI_PROF_SM_ACTIVE{")
    assert node.daemon.stop() == 0
    assert "left behind" not in node.daemon.log_tail()


def hostname(page: str) -> str:
    (labels, _), *_ = metrics.parse(page)["ceems_gpu_nvml_state"]
    return labels["hostname"]

"""Real containers in real cgroups: podman and runc put them where a kubelet would have its pods, and where podman itself has them."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time
import uuid

import pytest

import metrics
from exporter import Exporter
from kubelet_server import Kubelet, devices, pod
from kubernetes_server import Cluster
from stack import cgroups
from test_k8s_units import KUBECONFIG
from tool_answers import cat

SPIN = "while :; do :; done"


class Podman:
    """Containers of busybox alone, without a network of their own."""

    def __init__(self, directory: pathlib.Path):
        self.command = ["podman", f"--root={directory}/storage", f"--runroot={directory}/run", "--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--runtime=runc"]
        self.root = directory / "root"
        for below in ("bin", "dev", "etc", "proc", "sys", "tmp"):
            (self.root / below).mkdir(parents=True)
        shutil.copy(shutil.which("busybox"), self.root / "bin/busybox")
        (self.root / "bin/sh").symlink_to("busybox")

    def run(self, script: str, *flags: str) -> str:
        done = subprocess.run([*self.command, "run", "--detach", "--network=host", "--pid=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000",
                               "--security-opt=seccomp=unconfined", *flags, "--rootfs", str(self.root), "/bin/sh", "-c", script],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def remove(self) -> None:
        subprocess.run([*self.command, "rm", "--all", "--force", "--time=0"], capture_output=True, check=False)


def remove_groups(name: str) -> None:
    """All of that name, once the monitors of containers have left them."""
    tops = [root / name for root in (cgroups.ROOT, *cgroups.ROOT.iterdir())]
    end = time.monotonic() + 30
    while any(top.exists() for top in tops):
        for top in tops:
            for directory, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(directory)
        assert time.monotonic() < end, "there are still processes in them"
        time.sleep(0.1)


@pytest.fixture
def podman(directory):
    made = Podman(directory)
    yield made
    made.remove()
    remove_groups("kubepods")


class ContainersExporter(Exporter):
    def __init__(self, directory: pathlib.Path, *flags: str):
        self.launch(directory, "--collector.disable-defaults", *flags)

    def page(self) -> dict:
        return metrics.parse(self.scrape())

    def until(self, holds) -> dict:
        return metrics.parse(self.scrape_when(lambda page: holds(metrics.parse(page)), "not yet"))


def by_uuid(page: dict, metric: str) -> dict[str, float]:
    return {labels["uuid"]: value for labels, value in page.get(metric, [])}


def test_containers_of_a_pod_count_as_the_pod(podman, directory):
    uid = str(uuid.uuid4())
    cluster, kubelet = Cluster(directory / "token"), Kubelet(directory / "kubelet.sock")
    cluster.token_file.write_text("token-1")
    cluster.start("train", "lab")
    cluster.pods["train"]["metadata"]["uid"] = uid
    kubelet.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa"))
    (directory / "kubeconfig").write_text(KUBECONFIG.format(url=cluster.url))
    tool = directory / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{cat('mig.xml')}\n")
    tool.chmod(0o755)
    exporter = ContainersExporter(directory, "--collector.k8s", "--collector.gpu.type=nvidia", f"--collector.gpu.nvidia-smi-path={tool}",
                        f"--collector.k8s.kubeconfig.file={directory}/kubeconfig", f"--collector.k8s.kubelet-podresources-socket.file={kubelet.socket}")
    try:
        assert exporter.page().get("ceems_compute_units") == [({"hostname": os.uname().nodename, "manager": "k8s"}, 0)]
        parent = f"--cgroup-parent=/kubepods/burstable/pod{uid}"
        podman.run(SPIN, parent)
        podman.run("sleep 1000 & wait", parent)
        seconds = "ceems_compute_unit_cpu_user_seconds_total"
        page = exporter.until(lambda page: by_uuid(page, seconds).get(uid, 0) > 1)
        assert list(by_uuid(page, seconds)) == [uid]
        exporter.until(lambda page: by_uuid(page, "ceems_compute_unit_gpu_index_flag") == {uid: 1})
        podman.remove()
        remove_groups("kubepods")
        exporter.until(lambda page: not by_uuid(page, seconds) and "ceems_compute_unit_gpu_index_flag" not in page)
    finally:
        exporter.daemon.stop()
        kubelet.stop()
        cluster.close()


def test_containers_of_podman_are_units_of_the_preset(podman, directory):
    (directory / "generic.yml").write_text("generic: [{name: podman, preset: podman}]\n")
    exporter = ContainersExporter(directory, "--collector.generic", f"--collector.generic.config.file={directory}/generic.yml")
    try:
        container = podman.run(SPIN)
        exporter.until(lambda page: by_uuid(page, "ceems_compute_unit_cpu_user_seconds_total").get(container, 0) > 0.5)
        assert by_uuid(exporter.page(), "ceems_compute_unit_info")[container] == 1
    finally:
        exporter.daemon.stop()

"""Pods on a node: an exporter beside a kubelet that speaks real gRPC and an API server of Kubernetes. Cgroups are files, GPUs are what a script says."""

import socket
import threading
import time
import uuid

import pytest

import metrics
from kubelet_server import Kubelet, claim, devices, field, pod
from kubernetes_server import Cluster
from test_gpu_units import Node
from tool_answers import cat

KUBECONFIG = """\
current-context: site
clusters: [{{name: lab, cluster: {{server: "{url}"}}}}]
contexts: [{{name: site, context: {{cluster: lab, user: ceems}}}}]
users: [{{name: ceems, user: {{tokenFile: token}}}}]
"""


class KubernetesNode(Node):
    """Pods under the unified hierarchy, of kubelets with either driver."""

    collector = "--collector.k8s"

    def __init__(self, directory, cluster: Cluster):
        super().__init__(directory)
        self.cluster = cluster
        self.uids: dict[str, str] = {}
        self.former = False  # names of flags
        self.socket = directory / "kubelet.sock"
        self.write("unified/cgroup.controllers", "cpu memory io\n")
        self.write("kubeconfig", KUBECONFIG.format(url=cluster.url))
        self.tool("nvidia-smi", f'[ "$*" = -L ] && exec {cat("mig-list.txt")}; [ "$*" = "--query --xml-format" ] && exec {cat("mig.xml")}')

    def pod(self, name: str, quality: str = "burstable", systemd: bool = True, weight: int = 39, in_cluster: bool = True) -> str:
        uid = str(uuid.uuid4())
        self.uids[name] = uid
        if in_cluster:
            self.cluster.start(name, "lab")
            self.cluster.pods[name]["metadata"]["uid"] = uid
        self.cgroup(uid, quality, systemd, weight)
        return uid

    def cgroup(self, uid: str, quality: str = "burstable", systemd: bool = True, weight: int = 39) -> None:
        part = f"-{quality}" if quality else ""
        if systemd:
            below = f"kubepods.slice/kubepods{part}.slice" if quality else "kubepods.slice"
            path = f"{below}/kubepods{part}-pod{uid.replace('-', '_')}.slice"
            container = "cri-containerd-5c1f.scope"
        else:
            path, container = f"kubepods/{quality}/pod{uid}".replace("//", "/"), "5c1f"
        for directory in (path, f"{path}/{container}"):
            self.write(f"unified/{directory}/cgroup.controllers", "cpu memory io\n")
            self.write(f"unified/{directory}/cpu.stat", "usage_usec 30\nuser_usec 1500000\nsystem_usec 250000\n")
            self.write(f"unified/{directory}/memory.current", "4096\n")
            self.write(f"unified/{directory}/cpu.weight", f"{weight}\n")
            self.write(f"unified/{directory}/cgroup.procs", "")

    def begin(self, *flags: str, drop: bool = False) -> None:
        config, kubelet = ("kube-config-file", "kubelet-socket-file") if self.former else ("kubeconfig.file", "kubelet-podresources-socket.file")
        given = [f"--collector.k8s.{config}={self.directory}/kubeconfig"] if not any("kubeconfig.file" in flag for flag in flags) else []
        self.start(f"--path.cgroupfs={self.directory}/unified", f"--path.procfs={self.directory}/proc", "--collector.cgroups.force-version=v2",
                   "--collector.gpu.type=nvidia", f"--collector.k8s.{kubelet}={self.socket}", *given, *flags, drop=drop)

    def held(self, page: str) -> dict[tuple[str, str], float]:
        names = {uid: name for name, uid in self.uids.items()}
        return {(names[labels["uuid"]], labels["index"]): value for labels, value in metrics.parse(page).get("ceems_compute_unit_gpu_index_flag", [])}

    def held_until(self, expected: dict[tuple[str, str], float], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while (held := self.held(page := self.scrape())) != expected:
            assert time.monotonic() < end, f"{held}\n{page}\n{self.daemon.log_tail()}"
            time.sleep(0.05)


@pytest.fixture
def cluster(directory):
    made = Cluster(directory / "token")
    made.token_file.write_text("token-1")
    yield made
    made.close()


@pytest.fixture
def node(directory, cluster):
    one = KubernetesNode(directory, cluster)
    yield one
    if one.daemon:
        one.daemon.stop()


@pytest.fixture
def kubelet(node):
    made = Kubelet(node.socket)
    yield made
    made.stop()


def test_pods_of_every_driver_and_quality_are_units_and_slices_are_not(node):
    for quality in ("", "burstable", "besteffort"):
        node.pod(f"systemd-{quality}", quality, systemd=True, weight=79)
        node.pod(f"plain-{quality}", quality, systemd=False, weight=79)
    node.begin()
    page = metrics.parse(node.scrape())
    assert {labels["uuid"] for labels, _ in page["ceems_compute_unit_memory_used_bytes"]} == set(node.uids.values())
    assert [(labels["manager"], value) for labels, value in page["ceems_compute_units"]] == [("k8s", 6)]
    assert {value for _, value in page["ceems_compute_unit_cpus"]} == {2}
    assert "ceems_compute_unit_memsw_used_bytes" in page


def test_labels_are_those_that_rules_join_on(node, kubelet):
    uid = node.pod("train")
    kubelet.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa") + devices("nvidia.com/mig-3g.20gb", "MIG-b1"))
    node.begin("--collector.empty-hostname-label")
    node.held_until({("train", "0"): 1, ("train", "2"): 1})
    flags = metrics.parse(node.scrape())["ceems_compute_unit_gpu_index_flag"]
    common = {"manager": "k8s", "hostname": "", "cgrouphostname": "", "uuid": uid}
    assert sorted((labels["index"], labels) for labels, _ in flags) == [
        ("0", common | {"index": "0", "hindex": "/gpu-0", "gpuuuid": "GPU-aaaa", "gpuiid": ""}),
        ("2", common | {"index": "2", "hindex": "/gpu-2", "gpuuuid": "GPU-bbbb", "gpuiid": "5"}),
    ]


def test_every_way_to_name_a_gpu(node, kubelet):
    for name in ("sliced-a", "sliced-b", "claimed", "by-cdi", "other"):
        node.pod(name)
    kubelet.pods = (
        pod("sliced-a", devices("nvidia.com/gpu.shared", "GPU-aaaa::0", "GPU-aaaa::1", "GPU-aaaa::2"))
        + pod("sliced-b", devices("nvidia.com/gpu.shared", "GPU-aaaa::3"))
        + pod("claimed", claim("gpu.nvidia.com", "gpu-2", "k8s.gpu.nvidia.com/claim=0f-gpu-2"), claim("gpu.nvidia.com", "gpu-2", "k8s.gpu.nvidia.com/claim=0f-gpu-2"))
        + pod("by-cdi", claim("gpu.nvidia.com", "mig-x", "nvidia.com/gpu=1:2"))
        + pod("other", devices("rdma/hca", "0"), devices("nvidia.com/gpu", "GPU-of-another-node")))
    kubelet.allocatable = field(1, field(1, "nvidia.com/gpu.shared") + b"".join(field(2, f"GPU-aaaa::{i}") for i in range(10)))
    node.begin()
    node.held_until({("sliced-a", "0"): 0.75, ("sliced-b", "0"): 0.25, ("claimed", "4"): 1, ("by-cdi", "3"): 1})
    page = node.scrape()
    assert 'ceems_exporter_pod_devices{state="allocatable"} 10' in page
    assert 'ceems_exporter_pod_devices{state="held"} 6' in page
    assert 'ceems_exporter_pod_devices{state="unmapped"} 1' in page


def test_equal_names_in_two_namespaces_and_pods_of_files(node, kubelet):
    node.pod("web")
    static = "0123456789abcdef0123456789abcdef"
    node.uids["etcd"] = static
    node.cgroup(static, systemd=False)
    node.cluster.start("etcd", "kube-system", annotations={"kubernetes.io/config.hash": static})
    twin = pod("web", devices("nvidia.com/gpu", "GPU-cccc"), namespace="another")
    kubelet.pods = pod("web", devices("nvidia.com/gpu", "GPU-aaaa")) + pod("etcd", devices("nvidia.com/gpu", "GPU-cccc"), namespace="kube-system") + twin
    node.begin()
    node.held_until({("web", "0"): 1, ("etcd", "4"): 1})
    assert "ceems_exporter_pods_unnamed 1" in node.scrape()


def test_pods_that_come_and_go_cost_one_question_each(node, kubelet):
    node.pod("first")
    kubelet.pods = pod("first", devices("nvidia.com/gpu", "GPU-aaaa"))
    node.begin()
    node.held_until({("first", "0"): 1})
    asked = metrics.parse(node.scrape())["ceems_exporter_pod_devices_asked_total"]
    for _ in range(50):
        node.scrape()
    assert metrics.parse(node.scrape())["ceems_exporter_pod_devices_asked_total"] == asked
    node.pod("second")
    kubelet.pods += pod("second", devices("nvidia.com/gpu", "GPU-cccc"))
    node.held_until({("first", "0"): 1, ("second", "4"): 1})


def test_a_kubelet_of_the_first_version(node):
    old = Kubelet(node.socket, versions=("v1alpha1",))
    try:
        node.pod("train")
        old.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa"))
        node.begin()
        node.held_until({("train", "0"): 1})
    finally:
        old.stop()


def test_a_kubelet_that_hangs_holds_up_nothing(node, kubelet):
    node.pod("train")
    kubelet.hangs.set()
    node.begin()
    node.scrape_until('ceems_exporter_pod_devices_failed{who="kubelet"} 1')
    assert 'ceems_scrape_collector_success{collector="k8s"} 1' in node.scrape()
    kubelet.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa"))
    kubelet.hangs.clear()
    kubelet.released.set()
    node.held_until({("train", "0"): 1})


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 4096, b"\0\0\0\4\0\0\0\0\0" * 1000])
def test_somebody_else_on_the_socket(node, answer):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(node.socket))
    listener.listen()

    def serve():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.recv(4096)
                try:
                    peer.sendall(answer)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    try:
        node.pod("train")
        node.begin()
        page = node.scrape_until('ceems_exporter_pod_devices_failed{who="kubelet"} 1')
        assert "ceems_compute_unit_gpu_index_flag" not in page
        assert 'ceems_scrape_collector_success{collector="k8s"} 1' in page
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_without_an_api_server_pods_are_units_all_the_same(node, kubelet):
    node.pod("train")
    kubelet.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa"))
    node.begin("--collector.k8s.kubeconfig.file=")
    page = node.scrape_until("ceems_exporter_pods_unnamed 1")
    assert 'ceems_compute_units{hostname=' in page
    assert "without an API server" in node.daemon.log_tail()


def test_the_kubelets_socket_is_roots_and_the_exporter_is_not(node, kubelet):
    node.socket.chmod(0o600)
    node.pod("train")
    kubelet.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa"))
    (node.directory / "token").chmod(0o644)
    node.begin(drop=True)
    node.held_until({("train", "0"): 1})


def test_former_names_of_flags_count_where_they_are_given(node, kubelet):
    node.pod("train")
    kubelet.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa"))
    node.former = True
    node.begin()
    node.held_until({("train", "0"): 1})

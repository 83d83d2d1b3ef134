"""GPUs of nodes whose tools are in pods only: an exporter beside an API server that runs scripts in pods, over WebSockets of another make."""

import json
import socket
import threading
import time

import pytest

import metrics
from bmc_server import certificate
from kubelet_server import devices, pod
from pod_exec_server import AMD, NVIDIA, STATUS, STDERR, STDOUT, ExecCluster, Session, failure
from test_k8s_units import KubernetesNode, kubelet  # noqa: F401
from tool_answers import SMI

HERE = socket.gethostname()
NVIDIA_CONTAINER = "gpu-feature-discovery"
AMD_CONTAINER = "metrics-exporter-container"
LIST = ["nvidia-smi", "--query", "--xml-format"]


def report(name: str) -> bytes:
    return (SMI / name).read_bytes()


def nvidia_smi(session: Session) -> None:
    session.print(report("mig-list.txt") if session.command[1:] == ["-L"] else report("mig.xml"))


class BareNode(KubernetesNode):
    """The host has no tools."""

    def __init__(self, directory, cluster: ExecCluster):
        super().__init__(directory, cluster)
        (directory / "bin/nvidia-smi").unlink()

    def begin(self, *flags: str, drop: bool = False) -> None:
        self.start(f"--path.cgroupfs={self.directory}/unified", f"--path.procfs={self.directory}/proc", "--collector.cgroups.force-version=v2",
                   f"--collector.k8s.kubelet-podresources-socket.file={self.socket}", f"--collector.k8s.kubeconfig.file={self.directory}/kubeconfig",
                   *flags, drop=drop)
        self.scrape()  # GPUs are looked for from the first one on

    def wake(self) -> None:
        """The driver shows something else: GPUs are looked for soon, not only when it is time to try again."""
        self.write("proc/driver/nvidia/version", f"{time.monotonic()}\n")

    def until(self, condition, what: str) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, f"{what}\n{self.daemon.log_tail()}"
            time.sleep(0.02)

    def logged(self, text: str) -> None:
        self.until(lambda: text in self.daemon.log_tail().replace('\\"', "'"), f"no {text} in")


@pytest.fixture
def cluster(directory):
    made = ExecCluster(directory / "token")
    made.programs["nvidia-smi"] = nvidia_smi
    yield made
    made.close()
    assert made.broken == []


@pytest.fixture
def node(directory, cluster):
    one = BareNode(directory, cluster)
    one.plug("nvidia")
    yield one
    if one.daemon:
        one.daemon.stop()


def test_pods_hold_the_gpus_that_the_tool_in_a_pod_tells(node, cluster, kubelet):  # noqa: F811
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.pod("train")
    kubelet.pods = pod("train", devices("nvidia.com/gpu", "GPU-aaaa") + devices("nvidia.com/mig-3g.20gb", "MIG-b1"))
    (node.directory / "token").chmod(0o644)
    node.begin(drop=True)
    node.held_until({("train", "0"): 1, ("train", "2"): 1})
    assert 'ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3' in node.scrape()
    assert cluster.ran == [("gfd-1", NVIDIA_CONTAINER, LIST), ("gfd-1", NVIDIA_CONTAINER, ["nvidia-smi", "-L"])]
    assert set(cluster.spoken) == {"v5.channel.k8s.io"}
    node.logged("GPUs are listed by the tool in a pod")


def test_an_api_server_of_before_the_fifth_version(node, cluster):
    cluster.protocols = ["v4.channel.k8s.io", "channel.k8s.io"]
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.begin()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')
    assert set(cluster.spoken) == {"v4.channel.k8s.io"}


@pytest.mark.parametrize("tool, expected", [("amd-smi", 4), ("rocm-smi", 3)])
def test_gpus_of_amd(node, cluster, tool, expected):
    def missing(session: Session) -> None:
        session.end({"status": "Failure", "reason": "InternalError", "message": f"exec: '{session.command[0]}': executable file not found in $PATH"})

    cluster.programs |= {"amd-smi": missing, "rocm-smi": missing, tool: lambda session: session.print(report(f"{tool}.json"), piece=100)}
    cluster.tool_pod("metrics-1", AMD, AMD_CONTAINER, HERE)
    node.plug("amd")
    node.begin("--collector.gpu.type=amd")
    node.scrape_until(f'ceems_exporter_gpu_devices{{source="pod",vendor="amd"}} {expected}')
    assert cluster.ran[0] == ("metrics-1", AMD_CONTAINER, ["amd-smi", "static", "-a", "-B", "-b", "-p", "--json"])


def test_what_a_program_says_meanwhile_does_not_disturb(node, cluster):
    def chatty(session: Session) -> None:
        session.say(STDERR, b"a warning\n" * 20_000)
        session.ping()
        session.say(b"\x07", b"a channel of the future")
        nvidia_smi(session)

    cluster.programs["nvidia-smi"] = chatty
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.begin()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')
    node.until(lambda: {"PONG", "CLOSE"} <= set(cluster.heard), "no pong")


def test_pods_of_other_nodes_are_not_asked_and_those_of_this_one_when_they_are_ready(node, cluster):
    cluster.tool_pod("gfd-elsewhere", NVIDIA, NVIDIA_CONTAINER, "another-node")
    cluster.tool_pod("gfd-starting", NVIDIA, NVIDIA_CONTAINER, HERE, ready=False)
    node.begin()
    node.logged(f"pods with app=gpu-feature-discovery on node {HERE}: none whose container gpu-feature-discovery is ready")
    assert 'ceems_exporter_gpu_list_failed{vendor="nvidia"} 0' in node.scrape()
    assert cluster.ran == []
    cluster.pods["gfd-starting"]["status"]["containerStatuses"][1]["ready"] = True
    node.wake()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')
    assert {name for name, _, _ in cluster.ran} == {"gfd-starting"}


def test_pods_that_vanish_meanwhile(node, cluster):
    cluster.tool_pod("gfd-old", NVIDIA, NVIDIA_CONTAINER, HERE)
    cluster.on_exec = lambda name: name == "gfd-old" and cluster.pods.pop(name, None)
    node.begin()
    node.scrape_until('ceems_exporter_gpu_list_failed{vendor="nvidia"} 1')
    node.logged("'nvidia-smi --query --xml-format' in container gpu-feature-discovery of pod gpus/gfd-old")
    node.logged("status 404: NotFound: pods 'gfd-old' not found")
    cluster.tool_pod("gfd-old", NVIDIA, NVIDIA_CONTAINER, HERE)
    cluster.tool_pod("gfd-young", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.wake()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')
    assert 'ceems_exporter_gpu_list_failed{vendor="nvidia"} 0' in node.scrape()
    assert {name for name, _, _ in cluster.ran} == {"gfd-young"}


def test_gpus_that_are_known_stay_when_the_pod_has_gone(node, cluster):
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.begin()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')
    cluster.delete("gfd-1")
    node.wake()
    node.logged("no tool to list GPUs with")
    assert 'vendor="nvidia"} 3' in node.scrape()


@pytest.mark.parametrize("right", ["list pods", "get pods/exec", "create pods/exec"])
def test_rights_that_are_missing_are_told(node, cluster, right):
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    cluster.rights.discard(right)
    node.begin()
    node.scrape_until('ceems_exporter_gpu_list_failed{vendor="nvidia"} 1')
    node.logged(f"status 403: Forbidden: User 'system:serviceaccount:lab:ceems' cannot {right}")
    assert 'ceems_scrape_collector_success{collector="k8s"} 1' in node.scrape()


def endless(session: Session) -> None:
    while True:
        session.say(STDOUT, b"x" * 32768)


def masked(session: Session) -> None:
    session.say(STDOUT, b"<nvidia_smi_log>")
    session.raw(b"\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")


def of_status(status: dict):
    def program(session: Session) -> None:
        session.say(STDOUT, b"Failed to initialize NVML: Driver/library version mismatch\n")
        session.end(status)
    return program


def after_some(action):
    def program(session: Session) -> None:
        session.say(STDOUT, report("mig.xml")[:5000])
        action(session)
    return program


MISBEHAVIOUR = {
    "exit status": (of_status(failure(18)),
                    "'nvidia-smi --query --xml-format' in container gpu-feature-discovery of pod gpus/gfd-1: ended with status 18: Failed to initialize NVML: Driver/library version mismatch"),
    "cannot be run": (of_status({"status": "Failure", "reason": "InternalError", "message": "container not found"}),
                      "could not be run: InternalError: container not found"),
    "reset": (after_some(Session.reset), "connection broken: Connection reset by peer"),
    "end without a status": (after_some(lambda session: None), "the connection ended in the middle of a WebSocket"),
    "close without a status": (after_some(lambda session: session.close(1011, "kubelet restarts")),
                               "before it was told how the program ended: code 1011, kubelet restarts"),
    "giant frame": (after_some(lambda session: session.raw(b"\x82\x7f" + (1 << 40).to_bytes(8, "big") + b"x" * 1000)), "a message of more than 1048576 bytes"),
    "endless output": (endless, "printed more than 4194304 bytes"),
    "masked frame": (masked, "a frame of the server is masked"),
    "no frame": (lambda session: session.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not the WebSocket protocol"),
    "text": (lambda session: session.raw(b"\x81\x05Hello"), "a message of text where bytes are expected"),
    "endless status": (lambda session: [session.say(STATUS, b" " * 10_000) for _ in range(3)], "a status of more than 16384 bytes"),
    "half a report": (lambda session: session.print(report("mig.xml")[:3000]), "GPUs can't be listed"),
    "nothing": (lambda session: session.print(b""), "GPUs can't be listed"),
}


@pytest.mark.parametrize("kind", MISBEHAVIOUR)
def test_programs_and_servers_that_misbehave_cost_the_gpus_and_nothing_else(node, cluster, kind):
    program, told = MISBEHAVIOUR[kind]
    cluster.programs["nvidia-smi"] = program
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.begin()
    page = node.scrape_until('ceems_exporter_gpu_list_failed{vendor="nvidia"} 1')
    assert 'ceems_scrape_collector_success{collector="k8s"} 1' in page
    assert "ceems_compute_unit_gpu" not in page
    node.logged(told)


@pytest.mark.parametrize("mode", ["garbage", "half", "error", "unauthorized", "hang-up"])
def test_api_servers_that_misbehave(node, cluster, mode):
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    cluster.mode = mode
    node.begin()
    node.scrape_until('ceems_exporter_gpu_list_failed{vendor="nvidia"} 1')
    node.logged("pods with app=gpu-feature-discovery on node")
    assert cluster.ran == []


def test_a_server_that_does_not_speak_the_protocols(node, cluster):
    cluster.protocols = ["base64.channel.k8s.io"]
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.begin()
    node.logged("the answer opens no WebSocket: it is for none of the protocols that were offered")


def test_a_program_that_hangs_holds_up_neither_scrapes_nor_the_end(node, cluster):
    running, over = threading.Event(), threading.Event()

    def hang(session: Session) -> None:
        session.say(STDOUT, b"<nvidia_smi_log>")
        running.set()
        over.wait()

    cluster.programs["nvidia-smi"] = hang
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.pod("train")
    node.begin()
    try:
        assert running.wait(60)
        for _ in range(5):
            page = metrics.parse(node.scrape())
            assert metrics.value(node.scrape(), "ceems_scrape_collector_success", collector="k8s") == 1
            assert "ceems_compute_unit_gpu_index_flag" not in page
        node.daemon.stop()
        node.daemon = None
        assert cluster.heard == []  # nobody said farewell: it was cut
    finally:
        over.set()


def test_the_hosts_own_tool_comes_first_and_the_pods_if_it_fails(node, cluster):
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.tool("nvidia-smi", f'[ "$*" = -L ] && exec cat {SMI}/mig-list.txt; exec cat {SMI}/mig.xml')
    node.begin()
    node.scrape_until('ceems_exporter_gpu_devices{source="tool",vendor="nvidia"} 3')
    assert cluster.ran == []
    node.tool("nvidia-smi", "exit 9")
    node.wake()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')


def test_other_pods_if_they_are_configured(node, cluster):
    cluster.tool_pod("tools-1", {"team": "gpus", "tier": "node"}, "main", HERE)
    node.begin("--collector.gpu.nvidia-pod=team=gpus,tier=node:main")
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')
    assert cluster.ran[0] == ("tools-1", "main", LIST)


def test_over_tls_and_a_server_that_is_another(node, cluster):
    file = certificate(node.directory)
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    cluster.over_tls(file)
    port = cluster.server.server_address[1]
    plain = (node.directory / "kubeconfig").read_text()
    node.write("kubeconfig", plain.replace(cluster.url, f"https://localhost:{port}").replace("}}]", f', certificate-authority: "{file}"}}}}]', 1))
    node.begin()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')
    assert set(cluster.spoken) == {"v5.channel.k8s.io"}
    node.daemon.stop()
    cluster.ran.clear()
    node.write("kubeconfig", plain.replace(cluster.url, f"https://localhost:{port}"))
    node.begin()
    node.scrape_until('ceems_exporter_gpu_list_failed{vendor="nvidia"} 1')
    node.logged("certificate: ")
    assert cluster.ran == []


def test_credentials_that_a_program_makes(node, cluster):
    credential = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "token-1"}}
    node.tool("login", f"echo '{json.dumps(credential)}'")
    text = (node.directory / "kubeconfig").read_text()
    node.write("kubeconfig", text.replace("{tokenFile: token}", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login}}"))
    cluster.tool_pod("gfd-1", NVIDIA, NVIDIA_CONTAINER, HERE)
    node.begin()
    node.scrape_until('ceems_exporter_gpu_devices{source="pod",vendor="nvidia"} 3')

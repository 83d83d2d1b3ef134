"""An API server before a cluster of Kubernetes: no pod is missed, however short it lives and whatever the cluster answers in between."""

import time

import pytest

from kubernetes_server import Cluster
from seen_units import local_text, one_each, units_since, used_walltime, walltime
from slurm_jobs import wait_until
from stack.ceems import Stack

CLUSTER = """\
manager: k8s
web: {{timeout: 15s}}
extra_config:
  kubeconfig_file: {directory}/kubeconfig
  ns_users_list_file: {directory}/users.yaml
  project_annotations: [site/project]
"""
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: site
clusters: [{{name: lab, cluster: {{server: "{url}"}}}}]
contexts: [{{name: site, context: {{cluster: lab, user: ceems}}}}]
users: [{{name: ceems, user: {{tokenFile: token}}}}]
"""
AGO = 1200


LOGIN = """\
#!/bin/sh
case "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 1 ;; esac
echo '{{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {{"token": "'$(cat {directory}/token)'"}}}}'
"""


@pytest.fixture
def cluster(directory):
    made = Cluster(directory / "token")
    yield made
    made.close()


@pytest.fixture
def server(cluster, tsdb, directory):
    (directory / "kubeconfig").write_text(KUBECONFIG.format(url=cluster.url))
    (directory / "users.yaml").write_text("users:\n  ml: [cid]\n")
    made = Stack(directory, cluster=CLUSTER.format(directory=directory), update_seconds=1)
    made.update_from = local_text(time.time() - 2 * AGO)
    made.prometheus_url = tsdb.url
    yield made
    made.stop()


def rows(server) -> dict[str, dict]:
    return one_each(units_since(server, 3 * AGO), "name")


def members(server, project: str) -> list[str]:
    return next((entry["users"] for entry in server.api("/api/v1/projects/admin")["data"] if entry["name"] == project), [])


def test_pods_of_a_cluster(cluster, server):
    started = int(time.time()) - AGO
    cluster.bindings = {"ml": ["bob"], "bio": ["eve"], "art": ["eve"]}
    for number in range(5):
        cluster.start(f"pod-{number}", "ml", started)
    cluster.start("of-ann", "bio", started, {"ceems.io/created-by": "ann", "site/project": "deep"}, {"cpu": "500m", "memory": "1Gi", "nvidia.com/gpu": "2"})
    cluster.start("done", "ml", started)
    cluster.finish("done", started + 300)
    server.start_api_server()
    wait_until(60, "all pods are units", lambda: len(rows(server)) == 7)
    now = rows(server)
    assert (walltime(now["done"]), now["done"]["state"], now["done"]["ended_at_ts"]) == (300, "Succeeded", (started + 300) * 1000)
    assert (now["of-ann"]["username"], now["of-ann"]["project"], now["of-ann"]["uuid"]) == ("ann", "deep", "uid-of-ann")
    assert now["of-ann"]["allocation"] == {"mem": 1073741824, "nvidia.com/gpu": 2, "vcpus": 0.5}
    assert now["of-ann"]["total_time_seconds"]["alloc_gputime"] == 2 * walltime(now["of-ann"])
    assert (now["pod-0"]["username"], now["pod-0"]["state"]) == ("ml:svc", "Running/Ready")
    wait_until(30, "members are known", lambda: members(server, "ml") == ["bob", "cid", "ml:svc"])
    assert (members(server, "deep"), members(server, "art")) == (["ann"], ["eve"])

    # A pod that lives between two windows, and is gone from the cluster before anybody asks.
    cluster.start("short", "ml", time.time() - 3)
    short_end = int(time.time())
    cluster.finish("short", short_end)
    cluster.delete("short")
    ends = {}

    def missing() -> list[str]:
        return [name for name in [*ends, "short"] if not rows(server).get(name, {}).get("ended_at_ts")]

    def ends_while_it_answers(mode: str) -> None:
        cluster.mode = mode
        name = f"pod-{len(ends)}"
        ends[name] = int(time.time())
        cluster.finish(name, ends[name], "Failed")
        cluster.delete(name)
        time.sleep(1.5)

    for mode in ("garbage", "half", "error", "unauthorized"):
        ends_while_it_answers(mode)
        cluster.mode = "pass"
        time.sleep(0.5)
    # What a cluster forgets before anybody could ask is lost to everybody.
    wait_until(90, "all that ended so far is known to have", lambda: not missing())
    ends_while_it_answers("hang-up")
    cluster.forget()
    cluster.mode = "pass"
    # The token changes, as that of a service account does each hour.
    cluster.token_file.write_text("token-2")
    ends["of-ann"] = int(time.time())
    cluster.finish("of-ann", ends["of-ann"])
    wait_until(90, "all that ended is known to have", lambda: not missing())
    now = rows(server)
    assert walltime(now["short"]) == 3
    # Of one whose end came while the history was forgotten it is known only when it ran last.
    exact = {name: end for name, end in ends.items() if name != "pod-4"}
    assert {name: walltime(now[name]) for name in exact} == {name: end - started for name, end in exact.items()}
    assert 0 <= ends["pod-4"] - started - walltime(now["pod-4"]) <= 15

    # Another process goes on where the one before ended.
    cluster.start("later", "ml")
    server.daemons["api"].kill()
    end = int(time.time()) + 2
    time.sleep(2)
    cluster.finish("later", end)
    server.start_api_server()
    wait_until(60, "the pod that ended meanwhile has", lambda: rows(server).get("later", {}).get("ended_at_ts"))
    now = rows(server)
    assert walltime(now["later"]) == (now["later"]["ended_at_ts"] - now["later"]["started_at_ts"]) // 1000
    used = used_walltime(server)
    assert used["ml:svc", "ml"] == sum(walltime(unit) for unit in now.values() if unit["project"] == "ml")


def test_a_cluster_to_which_a_program_has_the_keys(cluster, server, directory):
    program = directory / "login"
    program.write_text(LOGIN.format(directory=directory))
    program.chmod(0o755)
    kubeconfig = directory / "kubeconfig"
    exec_user = "user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Never}}"
    kubeconfig.write_text(kubeconfig.read_text().replace("user: {tokenFile: token}", exec_user))
    cluster.start("first", "ml", time.time() - 60)
    server.start_api_server()
    wait_until(60, "the pod is a unit", lambda: "first" in rows(server))
    # What was good is refused from now on.
    cluster.token_file.write_text("token-2")
    cluster.start("second", "ml")
    wait_until(60, "the next pod is a unit too", lambda: "second" in rows(server))

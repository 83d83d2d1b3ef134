"""The load balancer's configuration, exchanged while it serves; sockets that the service manager passes."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

from slurm_jobs import wait_until
from stack.ceems import BINARIES
from stack.processes import Daemon, free_port
from tenants import Balancer, ask, lb_config
from test_lb import OWN, behind, data, start  # noqa: F401

SUCCESSFUL = "ceems_lb_config_last_reload_successful"


def reload(balancer: Balancer, directory, config: str, successful: bool = True) -> None:
    """Writes the configuration, and waits until it was taken or refused."""
    lines = balancer.daemon.log.read_text().count("was read again") + balancer.daemon.log.read_text().count("was not read again")
    (directory / f"{balancer.daemon.name}.yml").write_text(config)
    balancer.daemon.process.send_signal(signal.SIGHUP)
    wait_until(10, "the configuration is read again", lambda: balancer.daemon.log.read_text().count("read again") > lines)
    assert balancer.metric(SUCCESSFUL) == float(successful)


def test_takes_another_configuration_without_an_end(start, data, behind, directory):
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}))
    since = balancer.metric("ceems_lb_config_last_reload_success_timestamp_seconds")
    assert time.time() - 60 < since <= time.time()
    assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200
    assert ask(balancer.url, "/api/v1/query", OWN, cluster="new")[0] == 400
    assert ask(balancer.url, "/api/v1/query", {"query": "up"}, cluster="hpc")[0] == 200
    behind[0].asked.clear()

    reload(balancer, directory, lb_config(data, {"new": [behind[0].url], "hpc": [behind[1].url]}, access="max_body_bytes: 100"))
    assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200
    assert (len(behind[0].asked), len(behind[1].asked)) == (0, 1)
    assert ask(balancer.url, "/api/v1/query", {"query": "up or " * 30 + "up"}, post=True)[0] == 413
    assert ask(balancer.url, "/api/v1/query", {"query": "up"}, cluster="new")[0] == 200
    assert balancer.metric(f'ceems_lb_backend_up{{cluster="hpc",kind="tsdb",url="{behind[1].url}/"}}') == 1
    assert balancer.metric("ceems_lb_config_last_reload_success_timestamp_seconds") > since
    # What was counted before stays.
    assert balancer.metric('ceems_lb_requests_total{cluster="hpc",code="200",kind="tsdb"}') == 3


def test_keeps_the_former_one_if_the_new_one_is_wrong(start, data, behind, directory):
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}))
    wrong = {"no server": lb_config(data, {}), "no YAML": "ceems_lb: [", "unreadable secret": lb_config(data, {"hpc": [behind[0].url]}).replace(
        f"url: '{behind[0].url}'", f"url: '{behind[0].url}', authorization: {{credentials_file: /no/such/secret}}"),
             "another kind": lb_config(data, {"hpc": [behind[0].url]}).replace("      tsdb:", "      pyroscope:")}
    for what, config in wrong.items():
        reload(balancer, directory, config, successful=False)
        assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200, what
    assert "/no/such/secret" in balancer.daemon.log.read_text()
    reload(balancer, directory, lb_config(data, {"hpc": [behind[0].url]}))
    assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200


def test_access_control_that_appears_or_goes_counts_at_once(start, data, behind, directory):
    balancer = start(lb_config(None, {"hpc": [behind[0].url]}))
    assert ask(balancer.url, "/api/v1/query", {"query": 'watts{uuid="3"}'})[0] == 200
    reload(balancer, directory, lb_config(data, {"hpc": [behind[0].url]}))
    assert ask(balancer.url, "/api/v1/query", {"query": 'watts{uuid="3"}'})[0] == 403
    assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200
    reload(balancer, directory, lb_config(None, {"hpc": [behind[0].url]}))
    assert ask(balancer.url, "/api/v1/query", {"query": 'watts{uuid="3"}'})[0] == 200


def test_requests_that_run_are_ended_by_the_configuration_they_came_to(start, data, behind, directory):
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}))
    statuses, stop = [], threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            statuses.append(ask(balancer.url, "/api/v1/query", OWN, post=True)[0])

    askers = [threading.Thread(target=keep_asking) for _ in range(4)]
    for asker in askers:
        asker.start()
    for turn in range(10):
        reload(balancer, directory, lb_config(data, {"hpc": [behind[turn % 2].url]}))
    stop.set()
    for asker in askers:
        asker.join()
    assert len(statuses) > 20 and set(statuses) == {200}


PASS_SOCKETS = """
import os, socket, sys
names, ports, command = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
listeners = [socket.create_server(("127.0.0.1", int(port))) for port in ports]
copies = [os.dup(listener.fileno()) for listener in listeners]  # beyond those that are overwritten
high = [__import__("fcntl").fcntl(copy, __import__("fcntl").F_DUPFD, 100) for copy in copies]
for number, descriptor in enumerate(high):
    os.dup2(descriptor, 3 + number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(ports)), LISTEN_FDNAMES=names)
os.execv(command[0], command)
"""


def test_sockets_of_the_service_manager_go_to_the_kind_they_are_named_for(data, behind, directory):
    config = directory / "both.yml"
    config.write_text(lb_config(data, {"hpc": [behind[0].url]}) + "")
    text = config.read_text().replace("ceems_api_server:", f"      pyroscope:\n        - web: {{url: '{behind[1].url}'}}\nceems_api_server:")
    config.write_text(text)
    user = os.environ.get("USER", "root") if os.geteuid() else "root"
    ports = [free_port(), free_port()]
    command = [str(BINARIES / "ceems_lb"), f"--config.file={config}", "--web.systemd-socket", f"--security.run-as-user={user}"]
    daemon = Daemon("passed", [sys.executable, "-c", PASS_SOCKETS, "pyroscope:tsdb", ",".join(map(str, ports)), *command], directory)
    try:
        daemon.wait_for(f"http://127.0.0.1:{ports[1]}/health")
        assert ask(f"http://127.0.0.1:{ports[1]}", "/api/v1/query", OWN)[0] == 200
        assert (len(behind[0].asked), len(behind[1].asked)) == (1, 0)
        assert ask(f"http://127.0.0.1:{ports[0]}", "/querier.v1.QuerierService/ProfileTypes", {"a": "b"}, user="root", post=True)[0] == 200
        assert len(behind[1].asked) == 1
        assert urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/health").status == 200
    finally:
        daemon.stop()

    unnamed = subprocess.run([sys.executable, "-c", PASS_SOCKETS, "web", str(free_port()), *command], capture_output=True, text=True, timeout=30, cwd=directory)
    assert unnamed.returncode == 1 and "no socket of the name tsdb" in unnamed.stderr

"""The load balancer as clients, servers behind it and operators meet it."""

import base64
import gzip
import http.client
import http.server
import json
import os
import pathlib
import re
import resource
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request

import pytest

from slurm_jobs import wait_until
from stack.ceems import BINARIES
from tenants import Balancer, ask, lb_config, make_database

OWN = {"query": 'watts{uuid="1"}', "time": 1609750000}
ANSWER = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"__name__": "watts", "uuid": "1", "instance": "n1:9010", "job": "a"}, "value": [1, "2"]}]}}


class Behind(http.server.ThreadingHTTPServer):
    """A server behind the load balancer that remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.status, self.answer, self.fields = 200, json.dumps(ANSWER).encode(), {"Content-Type": "application/json"}
        self.mode = ""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.mode = "reset"  # for connections that are kept
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path.endswith(("/-/healthy", "/ready")):
            status, answer, fields = 200, b"ok", {}
        else:
            self.server.asked.append((self.command, self.path, dict(self.headers), body))
            if self.server.mode == "reset":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, answer, fields = self.server.status, self.server.answer, self.server.fields
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer) + (100 if self.server.mode == "short" else 0)))
        self.end_headers()
        self.wfile.write(answer)
        if self.server.mode == "short":
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_args) -> None:
        pass


@pytest.fixture
def behind():
    servers = [Behind(), Behind()]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def data(directory):
    make_database(directory / "data" / "ceems.db")
    return directory / "data"


@pytest.fixture
def start(directory):
    started = []

    def one(config: str, *flags: str, headers: dict[str, str] | None = None) -> Balancer:
        started.append(Balancer(f"lb{len(started)}", directory, config, list(flags), headers))
        return started[-1]

    yield one
    for balancer in started:
        balancer.stop()


def test_says_who_may_ask_what(start, data, behind):
    url = start(lb_config(data, {"hpc": [behind[0].url]})).url
    query = "/api/v1/query"
    cases = [
        # path, parameters, user, cluster, POST, status, type
        (query, OWN, "ann", "hpc", False, 200, None),
        (query, OWN, "ann", "hpc", True, 200, None),
        (query, OWN, "ann", None, False, 400, "bad_request"),
        (query, OWN, "ann", "other", False, 400, "bad_request"),
        (query, OWN, None, "hpc", False, 401, "unauthorized"),
        (query, OWN, "", "hpc", False, 401, "unauthorized"),
        (query, {"query": 'watts{uuid="3"}'}, "ann", "hpc", False, 403, "forbidden"),
        (query, {"query": 'watts{uuid="3"}'}, "root", "hpc", False, 200, None),
        (query, {"query": "watts{"}, "ann", "hpc", False, 400, "bad_data"),
        (query, {"query": "watts{"}, "root", "hpc", False, 200, None),
        ("/api/v1/status/config", {}, "ann", "hpc", False, 403, "forbidden"),
        ("/api/v1/status/config", {}, "root", "hpc", False, 200, None),
        ("/api/v1/admin/tsdb/delete_series", {"match[]": "up"}, "ann", "hpc", True, 403, "forbidden"),
        ("/federate", {"match[]": 'up{uuid="1"}'}, "ann", "hpc", False, 403, "forbidden"),
        ("/api/v1/query%2f", OWN, "ann", "hpc", False, 403, "forbidden"),
        ("/api/v1//query", OWN, "ann", "hpc", False, 403, "forbidden"),
        ("/api/v1/label/../query", OWN, "ann", "hpc", False, 403, "forbidden"),
        (query + "/", OWN, "ann", "hpc", False, 200, None),
    ]
    for path, parameters, user, cluster, post, status, kind in cases:
        found, answer = ask(url, path, parameters, user=user, cluster=cluster, post=post)
        assert (found, answer.get("errorType") if kind else None) == (status, kind), (path, parameters, user, answer)
    assert all("%223%22" not in path + body for _, path, fields, body in behind[0].asked if fields["X-Grafana-User"] == "ann")
    assert urllib.request.urlopen(url + "/health").read() == b"CEEMS LB Server is healthy"


def test_sends_on_only_what_it_wrote_itself(start, data, behind):
    url = start(lb_config(data, {"hpc": [behind[0].url]})).url
    fields = {"X-Ceems-Logged-User": "root", "X-Ceems-Admin-User": "root", "X-Scope-OrgID": "other", "Authorization": "Basic eA==", "Cookie": "a=b",
              "X-Forwarded-For": "192.0.2.1", "Accept-Encoding": "gzip"}
    status, _ = ask(url, "/api/v1/query", {**OWN, "timeout": "5s"}, headers=fields)
    assert status == 200
    method, path, sent, body = behind[0].asked[-1]
    assert (method, path) == ("POST", "/api/v1/query")
    assert body == "query=watts%7Buuid%3D%221%22%2Cceems_id%3D~%22hpc%7C%22%7D&time=1609750000.000&timeout=5s"
    assert sent["X-Grafana-User"] == sent["X-Ceems-Logged-User"] == "ann" and sent["X-Ceems-Cluster-Id"] == "hpc"
    assert not {"X-Ceems-Admin-User", "X-Scope-OrgID", "Authorization", "Cookie"} & sent.keys()
    assert sent["User-Agent"].startswith("ceems_lb/127.0.0.1:")
    assert sent["Host"] == behind[0].url.removeprefix("http://")
    assert sent["Accept-Encoding"] == "gzip"


def test_headers_twice_name_nobody(start, data, behind):
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}))
    for twice, status in (("X-Grafana-User: ann\r\nX-Grafana-User: root", b"401"), ("X-Ceems-Cluster-Id: hpc", b"400")):
        with socket.create_connection(("127.0.0.1", balancer.port)) as connection:
            connection.sendall(f"GET /api/v1/query?query=up HTTP/1.1\r\nHost: x\r\n{twice}\r\nX-Ceems-Cluster-Id: hpc\r\nConnection: close\r\n\r\n".encode())
            assert connection.recv(4096).split()[1] == status
    assert behind[0].asked == []


def test_without_access_control_everything_passes(start, behind):
    url = start(lb_config(None, {"hpc": [behind[0].url + "/base"]})).url
    assert ask(url, "/api/v1/status/config", user=None)[0] == 200
    assert ask(url, "/api/v1/query", {"query": "up", "x": "y"}, user=None, post=True)[0] == 200
    assert [(path, body) for _, path, _, body in behind[0].asked] == [("/base/api/v1/status/config", ""), ("/base/api/v1/query", "query=up&x=y")]
    assert ask(url, "/api/v1/query", {"query": "up"}, user=None, cluster="cloud")[0] == 400


def test_no_ownership_no_service(start, directory, behind):
    """However the database is unusable, and until it is there."""
    path = directory / "later" / "ceems.db"
    url = start(lb_config(path.parent, {"hpc": [behind[0].url]}, access="remember: 0s")).url
    assert ask(url, "/api/v1/query", OWN)[0] == 503
    assert ask(url, "/api/v1/query", OWN, user="root")[0] == 503
    path.parent.mkdir()
    path.write_bytes(b"not a database, and long enough to be one" * 100)
    assert ask(url, "/api/v1/query", OWN)[0] == 503
    path.unlink()
    make_database(path)
    assert ask(url, "/api/v1/query", OWN)[0] == 200
    assert ask(url, "/api/v1/query", OWN, user="root")[0] == 200
    short = path.read_bytes()[:5000]
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(short)
    assert ask(url, "/api/v1/query", OWN)[0] == 503
    assert len(behind[0].asked) == 2


def test_an_old_database_opens_nothing(start, data, behind):
    url = start(lb_config(data, {"hpc": [behind[0].url]}, access="max_staleness: 1h\nremember: 0s")).url
    assert ask(url, "/api/v1/query", OWN)[0] == 200
    for path in data.iterdir():
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert ask(url, "/api/v1/query", OWN)[0] == 503


def test_who_leaves_a_project_loses_sight_of_it(start, data, behind):

    url = start(lb_config(data, {"hpc": [behind[0].url]}, access="remember: 1s")).url
    assert ask(url, "/api/v1/query", OWN)[0] == 200
    with sqlite3.connect(data / "ceems.db") as database:
        database.execute("update projects set users = '[\"bob\"]' where name = 'chem'")
    wait_until(5, "access is lost", lambda: ask(url, "/api/v1/query", OWN)[0] == 403)


def test_asks_the_next_server_when_one_fails(start, data, behind):
    balancer = start(lb_config(data, {"hpc": [server.url for server in behind]}))
    up = f'ceems_lb_backend_up{{cluster="hpc",kind="tsdb",url="{behind[0].url}/"}}'
    for _ in range(4):
        assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200
    assert len(behind[0].asked) == len(behind[1].asked) == 2 and balancer.metric(up) == 1
    behind[0].mode = "reset"
    for _ in range(6):
        assert ask(balancer.url, "/api/v1/query", OWN, post=True)[0] == 200
    assert balancer.metric('ceems_lb_retries_total{cluster="hpc",kind="tsdb"}') == 3
    # After the third failure in a row it is left alone.
    wait_until(5, "it counts as dead", lambda: balancer.metric(up) == 0)
    behind[0].asked.clear()
    assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200 and behind[0].asked == []
    behind[1].stop()
    assert ask(balancer.url, "/api/v1/query", OWN) == (503, "Service not available\n")


def test_a_broken_answer_never_looks_whole(start, data, behind):
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}))
    behind[0].mode = "short"
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        ask(balancer.url, "/api/v1/query", OWN)


def test_takes_labels_out(start, data, behind, directory):
    config = lb_config(data, {"hpc": [behind[0].url]}).replace("- web: {", "- filter_labels: [instance, job]\n          web: {")
    url = start(config).url
    status, answer = ask(url, "/api/v1/query", OWN, headers={"Accept-Encoding": "gzip"})
    assert status == 200 and answer["data"]["result"] == [{"metric": {"__name__": "watts", "uuid": "1"}, "value": [1, "2"]}]
    assert behind[0].asked[-1][2]["Accept-Encoding"] == "identity"
    behind[0].answer = json.dumps({"status": "success", "data": ["__name__", "instance", "uuid"]}).encode()
    assert ask(url, "/api/v1/labels")[1]["data"] == ["__name__", "uuid"]
    assert ask(url, "/api/v1/label/instance/values")[1] == {"status": "success"}
    behind[0].answer = b"<html>not JSON</html>"
    assert ask(url, "/api/v1/labels")[0] == 503
    behind[0].fields = {"Content-Type": "text/html"}
    assert ask(url, "/api/v1/labels") == (200, "<html>not JSON</html>")


def test_errors_of_servers_quote_no_labels(start, data, behind):
    url = start(lb_config(data, {"hpc": [behind[0].url]})).url
    behind[0].status = 422
    behind[0].answer = json.dumps({"status": "error", "errorType": "execution", "error": 'many-to-many: {uuid="3"}'}).encode()
    assert ask(url, "/api/v1/query", OWN) == (422, {"status": "error", "data": None, "errorType": "execution", "error": "many-to-many: …"})
    assert ask(url, "/api/v1/query", OWN, user="root")[1]["error"] == 'many-to-many: {uuid="3"}'
    behind[0].answer = gzip.compress(behind[0].answer)
    behind[0].fields = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert ask(url, "/api/v1/query", OWN, headers={"Accept-Encoding": "gzip"})[1]["error"] == "many-to-many: …"


def test_large_bodies_are_refused(start, data, behind):
    url = start(lb_config(data, {"hpc": [behind[0].url]}, access="max_body_bytes: 10000")).url
    assert ask(url, "/api/v1/query", {"query": "up or " * 3000 + "up"}, post=True)[0] == 413
    assert behind[0].asked == []


def test_believes_only_whom_it_was_told_to(start, data, behind, directory):
    url = start(lb_config(data, {"hpc": [behind[0].url]}), "--web.trusted-proxy=192.0.2.0/24").url
    assert ask(url, "/api/v1/query", OWN)[0] == 401
    trusting = start(lb_config(data, {"hpc": [behind[0].url]}), "--web.trusted-proxy=127.0.0.0/8").url
    assert ask(trusting, "/api/v1/query", OWN)[0] == 200
    # Who knows the password is believed from anywhere, and nobody is answered without it.
    made = subprocess.run([BINARIES / "ceems_tool", "config", "create-web-config", f"--output-dir={directory / 'web'}"], check=True, capture_output=True, text=True)
    password = re.search(r"password for basic auth is (\S+)", made.stderr).group(1)
    known = {"Authorization": "Basic " + base64.b64encode(f"ceems:{password}".encode()).decode()}
    guarded = start(lb_config(data, {"hpc": [behind[0].url]}), "--web.trusted-proxy=192.0.2.0/24", f"--web.config.file={directory / 'web' / 'web-config.yml'}", headers=known).url
    assert [ask(guarded, "/api/v1/query", OWN, headers=headers)[0] for headers in ({}, known, {"Authorization": "Basic Y2VlbXM6eA=="})] == [401, 200, 401]
    assert "Authorization" not in behind[0].asked[-1][2]


def test_tells_what_it_did(start, data, behind, directory):
    log = directory / "audit.log"
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}), f"--audit.log={log}")
    ask(balancer.url, "/api/v1/query", OWN)
    ask(balancer.url, "/api/v1/query", OWN)
    ask(balancer.url, "/api/v1/query", {"query": 'watts{uuid="3"}'})
    ask(balancer.url, "/api/v1/query", {"query": "up"}, user="root", post=True)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["user"], line["decision"]) for line in lines] == [("ann", "allowed"), ("ann", "allowed"),
                                                                    ("ann", "user do not have permissions to view unit metrics"), ("root", "passed")]
    assert (lines[0]["form"], lines[3]["form"]) == ("query=watts%7Buuid%3D%221%22%2Cceems_id%3D~%22hpc%7C%22%7D&time=1609750000.000", "query=up")
    assert balancer.metric('ceems_lb_requests_total{cluster="hpc",code="200",kind="tsdb"}') == 3
    assert balancer.metric('ceems_lb_refusals_total{kind="tsdb",reason="forbidden"}') == 1
    assert balancer.metric('ceems_lb_decisions_total{kind="tsdb",source="memory"}') == 1
    # Moved away, it is made anew.
    log.rename(directory / "audit.log.1")
    time.sleep(1.1)
    ask(balancer.url, "/api/v1/query", OWN)
    assert len(log.read_text().splitlines()) == 1


def test_says_what_is_wrong_with_its_configuration(directory):
    def run(text: str) -> tuple[int, str]:
        path = directory / "lb.yml"
        path.write_text(text)
        done = subprocess.run([BINARIES / "ceems_lb", f"--config.file={path}", "--config.check"], capture_output=True, text=True, check=False)
        return done.returncode, (done.stderr or done.stdout).replace(str(path), "lb.yml").strip()
    good = "ceems_lb: {backends: [{id: a, tsdb: [{web: {url: 'http://a:9090'}}]}]}\n"
    assert run(good) == (0, "configuration is valid")
    assert run(good.replace("id: a,", "id: a, tsbd: [],")) == (1, "lb.yml:1: ceems_lb.backends[0].tsbd: unknown key")
    assert run(good.replace("http:", "ftp:"))[0] == 1
    assert run(good.replace("{web: {url: 'http://a:9090'}}", "{web: {url: 'http://a:9090', tls_config: {ca_file: /none.pem}}}")) [0] == 1
    assert run("ceems_lb: {}\n") == (1, "lb.yml:1: ceems_lb: no server to balance the load over is given: ceems_lb.backends is missing")


def test_serves_beside_thousands_of_idle_clients(start, data, behind):
    count = 10000
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 500), hard))
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}))
    before = memory(balancer.daemon.pid)
    idle = [socket.create_connection(("127.0.0.1", balancer.port)) for _ in range(count)]
    try:
        for connection in idle:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert all(connection.recv(4096).startswith(b"HTTP/1.1 200") for connection in idle)
        time.sleep(3)  # longer than a silent newcomer may wait
        for _ in range(3):
            assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200
        assert memory(balancer.daemon.pid) - before < count * 32 * 1024
        assert idle[0].send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") and idle[0].recv(4096).startswith(b"HTTP/1.1 200")
    finally:
        for connection in idle:
            connection.close()


def memory(pid: int) -> int:
    """Resident, in bytes."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def test_ends_at_once(start, data, behind):
    balancer = start(lb_config(data, {"hpc": [behind[0].url]}))
    assert ask(balancer.url, "/api/v1/query", OWN)[0] == 200
    began = time.monotonic()
    assert balancer.stop() == 0
    assert time.monotonic() - began < 5

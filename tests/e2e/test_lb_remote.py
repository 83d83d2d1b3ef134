"""The load balancer without the database: what the API server tells it decides, and nothing else."""

import concurrent.futures
import http.server
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import pytest

from slurm_jobs import wait_until
from stack.ceems import BINARIES
from tenants import DAY, HOUR, MEMBERS, NOW, UNITS, Api, Balancer, ask, lb_config, make_database
from test_lb import Behind
from test_lb_oracle import HOSTILE

QUERY = "/api/v1/query"
OWN = {"query": 'watts{uuid="1"}', "time": NOW}
FOREIGN = {"query": 'watts{uuid="3"}', "time": NOW}


class Older(http.server.ThreadingHTTPServer):
    """An API server that knows of units/verify and not of units/owned."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), OlderHandler)
        self.asked: list[tuple[str, str]] = []
        self.newer: bytes | None = None  # what it says at units/owned
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/site"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, user: str, path: str, asked: dict[str, list[str]]) -> tuple[int, bytes]:
        if path == "/units/owned" and self.newer is not None:
            return 200, self.newer
        if path == "/users/admin" and user == "ceems-int-svc" and asked.get("role") == ["admin"]:
            return 200, json.dumps({"status": "success", "data": [{"name": "root"}]}).encode()
        if path == "/clusters/admin" and user == "ceems-int-svc":
            return 200, json.dumps({"status": "success", "data": [{"id": "hpc", "manager": "slurm"}]}).encode()
        if path == "/units/verify":
            rows = [unit for unit in UNITS if unit.uuid in asked["uuid"] and unit.cluster in asked["cluster_id"] and user in MEMBERS[unit.cluster, unit.project]]
            return (200 if len(rows) >= len(asked["uuid"]) else 403), b'{"status":"success","data":null}'
        return 404, b"404 page not found\n"

    def stop(self) -> None:
        self.may_answer.set()
        self.shutdown()
        self.server_close()


class OlderHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        user = self.headers.get("X-Grafana-User", "")
        self.server.asked.append((user, self.path))
        self.server.may_answer.wait(30)
        status, body = self.server.answer(user, url.path.removeprefix("/site/api/v1"), urllib.parse.parse_qs(url.query))
        self.send_response(status)
        if self.server.newer is not None:
            self.send_header("X-Ceems-Database-Age", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args) -> None:
        pass


@pytest.fixture
def behind():
    server = Behind()
    yield server
    server.stop()


@pytest.fixture
def start(directory, behind):
    """A load balancer that goes by an API server at that URL."""
    started = []

    def one(url: str, more: str = "", access: str = "remember: 0s\nmax_staleness: 1h") -> Balancer:
        config = lb_config(None, {"hpc": [behind.url], "cloud": [behind.url]}, access=access)
        started.append(Balancer(f"remote{len(started)}", directory, f"{config}ceems_api_server:\n  web: {{url: '{url}'{more}}}\n"))
        return started[-1]

    yield one
    for balancer in started:
        balancer.stop()


@pytest.fixture
def api(directory):
    made = Api("units", directory)
    yield made
    made.stop()


@pytest.fixture
def older():
    made = Older()
    yield made
    made.stop()


def test_says_who_may_ask_what(start, api, behind):
    url = start(api.url).url
    cases = [
        (OWN, "ann", "hpc", 200), (FOREIGN, "ann", "hpc", 403), (FOREIGN, "root", "hpc", 200), (FOREIGN, "bob", "hpc", 200), (OWN, "nobody", "hpc", 403),
        (OWN, None, "hpc", 401), (OWN, "ann", "other", 400),
        # The same project on another cluster is another one.
        (OWN, "bob", "hpc", 403), ({"query": 'watts{uuid="8"}', "time": NOW}, "bob", "cloud", 200),
        # Unit 7 is ann's now, and was bob's a day and a half ago.
        ({"query": 'watts{uuid="7"}', "time": NOW}, "ann", "hpc", 200), ({"query": 'watts{uuid="7"}', "time": NOW - 36 * HOUR}, "ann", "hpc", 403),
        ({"query": 'watts{uuid="7"}', "time": NOW - 36 * HOUR}, "bob", "hpc", 200), ({"query": 'max_over_time(watts{uuid="7"}[3d])', "time": NOW}, "ann", "hpc", 403),
    ]
    for parameters, user, cluster, status in cases:
        assert ask(url, QUERY, parameters, user=user, cluster=cluster)[0] == status, (parameters, user, cluster)
    assert ask(url, "/api/v1/status/config")[0] == 403 and ask(url, "/api/v1/status/config", user="root")[0] == 200
    assert ask(url, QUERY, {"query": "watts", "time": NOW})[0] == 200
    assert "uuid%3D~%221%7C7%7C8%22" in behind.asked[-1][3]


def test_decides_as_it_does_by_the_database(start, api, behind, directory):
    """What arrives at the server behind, and what is refused, is the same."""
    config = lb_config(api.data, {"hpc": [behind.url], "cloud": [behind.url]}, access="remember: 0s\nmax_staleness: 1h")
    by_database = Balancer("local", directory, config)
    by_server = start(api.url)
    try:
        refused = passed = 0
        for query in HOSTILE:
            for time_s in (NOW, NOW - DAY, NOW - 2 * DAY):
                found = []
                for balancer in (by_database, by_server):
                    behind.asked.clear()
                    status, answer = ask(balancer.url, QUERY, {"query": query, "time": time_s})
                    found.append((status, answer if status != 200 else behind.asked[-1][3]))
                assert found[0] == found[1], query
                passed, refused = passed + (found[0][0] == 200), refused + (found[0][0] != 200)
        assert passed > 50 and refused > 20
        for path in ("/api/v1/labels", "/api/v1/label/uuid/values"):
            targets = []
            for balancer in (by_database, by_server):
                assert ask(balancer.url, path)[0] == 200
                targets.append((behind.asked[-1][1], behind.asked[-1][3]))
            assert targets[0] == targets[1]
    finally:
        by_database.stop()


def test_too_many_units_are_refused(start, api):
    url = start(api.url, access="max_units: 2").url
    status, answer = ask(url, QUERY, {"query": "watts", "time": NOW})
    assert status == 422 and "name the units" in answer["error"]
    assert ask(url, QUERY, OWN)[0] == 200


def test_no_api_server_no_service(start, api, behind):
    balancer = start(api.url)
    assert ask(balancer.url, QUERY, OWN)[0] == 200
    api.stop()
    assert ask(balancer.url, QUERY, OWN) == (503, {"status": "error", "data": None, "errorType": "unavailable", "error": "access cannot be decided at present"})
    assert ask(balancer.url, QUERY, OWN, user="root")[0] == 503
    assert ask(balancer.url, "/health", cluster=None)[0] == 200
    api.daemon.start()
    api.wait(2)
    wait_until(5, "it is asked again", lambda: ask(balancer.url, QUERY, OWN)[0] == 200)
    assert len(behind.asked) == 2


def test_what_is_decided_is_remembered(start, api):
    url = start(api.url, access="remember: 1m").url
    assert ask(url, QUERY, OWN)[0] == 200
    api.stop()
    assert ask(url, QUERY, OWN)[0] == 200
    assert ask(url, QUERY, FOREIGN)[0] == 503


def test_an_old_database_opens_nothing(start, api):
    url = start(api.url).url
    assert ask(url, QUERY, OWN)[0] == 200
    for path in api.data.iterdir():
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert ask(url, QUERY, OWN)[0] == 503
    assert ask(url, QUERY, OWN, user="root")[0] == 503


def test_who_leaves_a_project_loses_sight_of_it(start, api):
    url = start(api.url).url
    assert ask(url, QUERY, OWN)[0] == 200
    with api.database() as database:
        database.execute("update projects set users = '[\"bob\"]' where name = 'chem'")
    assert ask(url, QUERY, OWN)[0] == 403


@pytest.fixture
def protected(directory):
    """An API server with a certificate and a password; the directory of its web configuration, and the password."""
    web = directory / "web"
    made = subprocess.run([BINARIES / "ceems_tool", "config", "create-web-config", "--tls", "--tls.host=127.0.0.1", f"--output-dir={web}"],
                          check=True, capture_output=True, text=True)
    server = Api("protected", directory, [f"--web.config.file={web / 'web-config.yml'}", "--web.trusted-proxy=192.0.2.1"], scheme="https")
    yield server, web, re.search(r"password for basic auth is (\S+)", made.stderr).group(1)
    server.stop()


def test_honours_the_whole_client_configuration(start, protected, directory):
    server, web, password = protected
    auth = f", basic_auth: {{username: ceems, password: {password}}}"
    trust = f", tls_config: {{ca_file: {web / 'cert.pem'}}}"
    assert ask(start(server.url, auth + trust).url, QUERY, OWN)[0] == 200
    assert ask(start(server.url, auth + trust.replace("}", ", server_name: elsewhere}")).url, QUERY, OWN)[0] == 503
    assert ask(start(server.url, auth).url, QUERY, OWN)[0] == 503
    assert ask(start(server.url, trust).url, QUERY, OWN)[0] == 503
    wrong = start(server.url, ", basic_auth: {username: ceems, password: wrong}" + trust)
    assert ask(wrong.url, QUERY, OWN)[0] == 503
    assert "the service account is not let in (status 401)" in wrong.daemon.log.read_text() and "wrong" not in wrong.daemon.log.read_text()
    header = ", http_headers: {X-Site: {values: [here]}}"
    assert ask(start(server.url, auth + trust + header).url, QUERY, OWN)[0] == 200


def test_an_api_server_that_does_not_believe_it_opens_nothing(start, directory):
    server = Api("distrusting", directory, ["--web.trusted-proxy=192.0.2.1"])
    try:
        assert ask(start(server.url).url, QUERY, OWN)[0] == 503
    finally:
        server.stop()


def test_prefers_the_database_where_it_is(directory, behind, api):
    def served(path) -> int:
        config = lb_config(path, {"hpc": [behind.url]}, access="remember: 0s") + f"  web: {{url: '{api.url}'}}\n"
        balancer = Balancer("both", directory, config)
        try:
            return ask(balancer.url, QUERY, OWN)[0]
        finally:
            balancer.stop()
    make_database(directory / "own" / "ceems.db")
    with sqlite3.connect(directory / "own" / "ceems.db") as database:
        database.execute("update projects set users = '[\"bob\"]' where name = 'chem'")
    assert served(directory / "own") == 403
    assert served(directory / "none") == 200
    api.stop()
    assert served(directory / "own") == 403
    assert served(directory / "none") == 503


def test_goes_over_to_the_database_when_told_to(directory, behind, api):
    path = directory / "later" / "ceems.db"
    balancer = Balancer("over", directory, lb_config(path.parent, {"hpc": [behind.url]}, access="remember: 0s") + f"  web: {{url: '{api.url}'}}\n")
    try:
        assert ask(balancer.url, QUERY, OWN)[0] == 200
        make_database(path)
        with sqlite3.connect(path) as database:
            database.execute("update projects set users = '[\"bob\"]' where name = 'chem'")
        assert ask(balancer.url, QUERY, OWN)[0] == 200
        balancer.daemon.process.send_signal(signal.SIGHUP)
        wait_until(5, "the database decides", lambda: ask(balancer.url, QUERY, OWN)[0] == 403)
        api.stop()
        assert ask(balancer.url, QUERY, OWN)[0] == 403
    finally:
        balancer.stop()


def test_an_older_api_server_is_asked_about_each_unit(start, older, behind):
    balancer = start(older.url)
    url = balancer.url
    refused = [FOREIGN, {"query": "watts", "time": NOW}, {"query": 'watts{uuid=~".*"}', "time": NOW}, {"query": 'watts{uuid!="3"}', "time": NOW},
               {"query": 'watts{uuid="1"} or watts{uuid="3"}', "time": NOW}, {"query": 'watts{uuid="1"} or watts', "time": NOW}, {"query": 'watts{uuid=~"3|x"}', "time": NOW}]
    assert ask(url, QUERY, OWN)[0] == 200
    for parameters in refused[:6]:
        status, answer = ask(url, QUERY, parameters)
        assert (status, answer["errorType"]) == (403, "forbidden"), parameters
    assert "name them, as in uuid=\"42\"" in ask(url, QUERY, refused[1])[1]["error"]
    assert ask(url, QUERY, refused[1], user="root")[0] == 200
    assert ask(url, "/api/v1/label/uuid/values")[0] == 403
    # Rows of unit 7, which was used three times, do not pay for unit 3.
    assert ask(url, QUERY, {"query": 'watts{uuid=~"3|7|1"}', "time": NOW})[0] == 200
    assert "%2Cuuid%3D~%221%7C7%22%2C" in behind.asked[-1][3]
    assert ask(url, QUERY, refused[6])[0] == 200 and "x%7B10FFFF%7D" in behind.asked[-1][3]
    assert [path for user, path in older.asked if "owned" in path and user == "ceems-int-svc"] == ["/site/api/v1/units/owned?user=ann&cluster_id=hpc&uuid=1"]
    assert "older one" in balancer.daemon.log.read_text()
    wait_until(5, "the clusters are compared", lambda: "this cluster has no units: is its id right?\" cluster=cloud" in balancer.daemon.log.read_text())
    assert "cluster=hpc" not in balancer.daemon.log.read_text()


def test_an_api_server_that_hangs_holds_nobody_up_who_is_known(start, older):
    older.newer = json.dumps({"status": "success", "data": [{"uuid": "1", "owned": True, "nobody_else": [[None, None]]}]}).encode()
    url = start(older.url, access="remember: 5m").url
    assert ask(url, QUERY, OWN)[0] == 200
    older.may_answer.clear()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        waiting = [pool.submit(ask, url, QUERY, {"query": f'watts{{uuid="{number}"}}', "time": NOW}) for number in range(100, 112)]
        wait_until(5, "it is asked", lambda: len(older.asked) >= 3)
        assert ask(url, QUERY, OWN)[0] == 200 and ask(url, "/health", cluster=None)[0] == 200
        assert not any(one.done() for one in waiting)
        assert [one.result()[0] for one in waiting] == [503] * 12
    older.may_answer.set()
    wait_until(5, "it is asked again", lambda: ask(url, QUERY, FOREIGN) and older.asked[-1][1].endswith("&uuid=3"))


def test_an_answer_that_makes_no_sense_opens_nothing(start, older, behind):
    row = {"uuid": "1", "owned": True, "nobody_else": [[None, None]]}
    for rows in (None, [], [{**row, "uuid": "2"}], [{**row, "owned": 1}], [{"uuid": "1", "owned": True}], [row, row]):
        older.newer = json.dumps({"status": "success", "data": rows}).encode()
        assert ask(start(older.url).url, QUERY, OWN)[0] == 503, rows
    assert behind.asked == []
    older.newer = json.dumps({"status": "success", "data": [row]}).encode()
    assert ask(start(older.url).url, QUERY, OWN)[0] == 200

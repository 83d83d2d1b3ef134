"""Callers of the API server who want to see what is another's, to stop it, or to hold it up."""

import json
import re
import socket
import sqlite3
import time
import urllib.parse

import pytest
from conftest import SOURCE
from tenants import NOW, Api, ask

VALUES = [line for line in (SOURCE / "tests/data/api/hostile_values.txt").read_text().splitlines() if line and not line.startswith("#")]
SECRET = "secret"
COLUMNS = ("cluster_id", "resource_manager", "uuid", "name", "project", "username", "started_at", "started_at_ts", "ended_at_ts", "ignore", "total_time_seconds")


def unit(uuid: str, user: str, project: str, name: str = "a job", end: int = NOW) -> tuple:
    return ("hpc", "slurm", uuid, name, project, user, str(NOW - 3600), (NOW - 3600) * 1000, end * 1000, 0, '{"walltime":60}')


def insert(database: sqlite3.Connection, rows: list[tuple]) -> None:
    database.executemany(f"insert into units ({','.join(COLUMNS)}) values ({','.join('?' * len(COLUMNS))})", rows)


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    directory = tmp_path_factory.mktemp("hostile")
    directory.chmod(0o755)
    made = Api("hostile", directory)
    with made.database() as database:
        insert(database, [unit("ann-1", "ann", "chem"), unit("ann-2", "ann", "chem", end=0),
                          *[unit(f"secret-{i}", "bob", "bio", SECRET, end=(0 if i % 2 else NOW)) for i in range(10)]])
    yield made
    made.stop()


def routes(api: Api) -> dict[str, list[str]]:
    status, document = ask(api.url, "/swagger/doc.json", user=None)
    assert status == 200
    return {path: [parameter["name"] for parameter in item["get"]["parameters"]] for path, item in document["paths"].items()}


class Connection:
    """Requests as they are, on one connection."""

    def __init__(self, api: Api):
        self.api = api
        self.socket = None

    def send(self, target: str | bytes, fields: list[str | bytes]) -> tuple[int, bytes]:
        lines = [b"GET " + as_bytes(target) + b" HTTP/1.1", b"Host: api", *[as_bytes(field) for field in fields]]
        request = b"\r\n".join(lines) + b"\r\n\r\n"
        for attempt in range(2):
            try:
                if self.socket is None:
                    self.socket = socket.create_connection(("127.0.0.1", self.api.port), 10)
                    self.stream = self.socket.makefile("rb")
                self.socket.sendall(request)
                return self.read()
            except (ConnectionError, EOFError):
                self.close()
                if attempt:
                    raise
        raise AssertionError

    def read(self) -> tuple[int, bytes]:
        status = self.stream.readline()
        if not status:
            raise EOFError
        fields = {}
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            name, value = line.split(b":", 1)
            fields[name.lower()] = value.strip()
        if b"content-length" in fields:
            body = self.stream.read(int(fields[b"content-length"]))
        elif fields.get(b"transfer-encoding") == b"chunked":
            body = b""
            while size := int(self.stream.readline(), 16):
                body += self.stream.read(size)
                self.stream.readline()
            self.stream.readline()
        else:
            body = self.stream.read()
        if fields.get(b"connection") == b"close":
            self.close()
        return int(status.split()[1]), body

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@pytest.fixture
def connection(api):
    made = Connection(api)
    yield made
    made.close()


def test_there_is_something_to_hide(api):
    assert SECRET in json.dumps(ask(api.url, "/api/v1/units", [("uuid", "secret-1")], user="bob"))
    assert "ann-1" in json.dumps(ask(api.url, "/api/v1/units", [("from", "0"), ("to", "9999999999")], user="ann"))


def test_parameters_show_nothing_of_others(api, connection):
    for path, parameters in routes(api).items():
        admin = path.endswith("/admin") or path.endswith("/owned")
        for name in [*parameters, "user", "username", "logged_user"]:
            for value in VALUES[::8] if admin else VALUES:
                for extra in ("", f"&{name}=bob"):
                    target = f"/api/v1{path}?from=0&to=9999999999&running&{name}={value}{extra}"
                    status, body = connection.send(target, ["X-Grafana-User: ann"])
                    assert status in ((403,) if admin else (200, 400, 403)), (target, status)
                    assert SECRET.encode() not in body, (target, body)


@pytest.mark.parametrize("path", ["/api/v1/units", "/api/v1/units/admin", "/api/v1/users/admin", "/api/v1/units/owned"])
def test_nobody_becomes_another_by_a_header(connection, path):
    target = path + "?from=0&to=9999999999&running&user=bob&cluster_id=hpc&uuid=secret-1"
    for fields in (["X-Grafana-User: ann", "X-Grafana-User: bob"], ["X-Grafana-User: ann", "x-grafana-user: root"], ["X-Grafana-User: ann,bob"],
                   ["X-Grafana-User: ann, root"], ["X-Grafana-User: ann", "X_Grafana_User: root"], ["X-Grafana-User: ann", "X-Ceems-Admin-User: root"],
                   ["X-Grafana-User: ann", "X-Ceems-Logged-User: bob"], ["X-Grafana-User: ann", "X-Forwarded-User: root"], ["X-Grafana-User: bob%00"],
                   [b"X-Grafana-User: bo\xc3\x9f"], [b"X-Grafana-User: bob\xff"], ["X-Grafana-User: *"], ["X-Grafana-User: %"], ["X-Grafana-User: ROOT"],
                   ["X-Grafana-User: ' or '1'='1"], ["X-Grafana-User:"], [b"X-Grafana-User: bob\xc2\xa0"], ["X-Grafana-User : root"],
                   ["X-Grafana-User: ann\r\n X-Grafana-User: root"], [b"X-Grafana-User: bob\x00"], ["X-Grafana-User: " + "bob" * 5000]):
        try:
            status, body = connection.send(target, fields)
        except (ConnectionError, EOFError):
            continue
        assert status in ((200, 400, 401, 403) if path == "/api/v1/units" else (400, 401, 403)), (fields, status)
        assert SECRET.encode() not in body, (fields, body)


def test_a_slow_reader_holds_up_nobody(api):
    """Dozens of clients ask for all their units and then hardly read: updates commit, the log is written back, and others are answered."""
    big = "x" * 2000
    with api.database() as database:
        insert(database, [unit(f"big-{i:05}", "eve", "art", big) for i in range(10_000)])
    # The log starts out empty.
    database = api.database()
    database.execute("pragma wal_checkpoint(truncate)")
    slow = []
    for _ in range(40):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", api.port))
        one.sendall(b"GET /api/v1/units?from=0&to=9999999999 HTTP/1.1\r\nHost: api\r\nX-Grafana-User: eve\r\nConnection: close\r\n\r\n")
        slow.append(one)
    heads = [one.recv(64) for one in slow]
    assert all(head.startswith(b"HTTP/1.1 200") for head in heads), heads

    for number in range(400):
        with database:
            database.execute("insert into units (cluster_id, uuid, started_at, username, name) values ('hpc', ?, '', 'nobody', ?)", (f"w{number}", "y" * 100_000))
        if number % 50 == 0:
            for one in slow:
                one.recv(1)
    # All 40 MB are written back while every reader still hangs on: none of them holds a snapshot of the database.
    log = api.data / "ceems.db-wal"
    deadline = time.monotonic() + 60
    while database.execute("pragma wal_checkpoint(truncate)").fetchone()[0] != 0:
        assert time.monotonic() < deadline, log.stat().st_size
        time.sleep(0.05)
    assert log.stat().st_size == 0
    database.close()

    began = time.monotonic()
    assert ask(api.url, "/api/v1/units", [("uuid", "ann-1")], user="ann")[0] == 200
    assert time.monotonic() - began < 10

    # Who waited long enough gets all of it, as it was asked for.
    last = slow.pop()
    for one in slow:
        one.close()
    body = b""
    last.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    last.settimeout(60)
    while piece := last.recv(1 << 20):
        body += piece
    last.close()
    assert len(re.findall(rb'"uuid":"big-\d{5}"', re.sub(rb"\r\n[0-9a-f]+\r\n", b"", body))) == 10_000
    assert body.endswith(b"\r\n0\r\n\r\n")


def test_nothing_of_it_stopped_or_changed_the_server(api):
    assert ask(api.url, "/health", user=None)[0] == 200
    with api.database() as database:
        assert database.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert database.execute("select count(*) from units where name = ?", (SECRET,)).fetchone()[0] == 10
    log = api.daemon.log.read_text(errors="replace")
    assert "level=ERROR" not in log, [line for line in log.splitlines() if "level=ERROR" in line][:3]
    assert urllib.parse.unquote("%00") not in log

"""Tenants of one TSDB: who had which unit when, the samples of all of them, and servers that hold all of it or one tenant's part."""

import dataclasses
import json
import os
import pathlib
import sqlite3
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from slurm_jobs import wait_until
from stack.ceems import BINARIES, find_prometheus
from stack.processes import Daemon, free_port

# Queries of the generator look at 1609746000 now and then.
NOW = 1609750000
HOUR = 3600
DAY = 86400
STEP = 120


@dataclasses.dataclass(frozen=True)
class Unit:
    cluster: str
    uuid: str
    project: str
    start: int
    end: int  # 0: it still runs
    labelled: bool = True  # its series say which cluster it is on


MEMBERS = {("hpc", "chem"): ["ann"], ("hpc", "bio"): ["bob"], ("hpc", "art"): ["cid"], ("cloud", "chem"): ["bob"], ("cloud", "sky"): ["ann"]}
UNITS = [
    Unit("hpc", "1", "chem", NOW - 3 * DAY, 0),
    Unit("hpc", "2", "chem", NOW - 2 * DAY, NOW - DAY),
    Unit("hpc", "3", "bio", NOW - 3 * DAY, 0),
    # The same id three times, for two owners.
    Unit("hpc", "7", "chem", NOW - 3 * DAY, NOW - 2 * DAY),
    Unit("hpc", "7", "bio", NOW - 2 * DAY + HOUR, NOW - DAY),
    Unit("hpc", "7", "chem", NOW - DAY + HOUR, 0),
    # The same id on two clusters that share the TSDB.
    Unit("hpc", "8", "chem", NOW - DAY, 0),
    Unit("cloud", "8", "chem", NOW - DAY, 0),
    Unit("cloud", "8", "chem", NOW - DAY, 0, labelled=False),
    Unit("hpc", "a.b(c", "bio", NOW - DAY, 0),
    # Of a third user, whose ids nobody else ever had.
    Unit("hpc", "21", "art", NOW - 3 * DAY, NOW - DAY),
    Unit("hpc", "22", "art", NOW - DAY, 0),
    Unit("hpc", "23", "art", NOW - 6 * HOUR, 0, labelled=False),
]
# What is nobody's.
UNITLESS = [{"__name__": "up", "job": "a", "instance": "1"}, {"__name__": "a:b:rate5m", "job": "b", "instance": "1", "country": "FR"}]


def owners(unit: Unit) -> list[str]:
    return MEMBERS[unit.cluster, unit.project]


def series(unit: Unit) -> list[dict[str, str]]:
    base = {"uuid": unit.uuid, "job": "a", "instance": "12"[len(unit.uuid) % 2], "owner": unit.project}
    if unit.labelled:
        base["ceems_id"] = unit.cluster
    made = [{"__name__": name, **base} for name in ("watts", "joules_total", "up", "sum")]
    made += [{"__name__": "watts", **base, "gpuuuid": gpu, "job": "b"} for gpu in ("x", "g3")]
    made += [{"__name__": "joules_total", **base, "le": le} for le in ("1", "2.5", "+Inf")]
    made += [{"__name__": "watts", **base, "service_name": unit.uuid, "job": "x y"}]
    return made


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def text(labels: dict[str, str]) -> str:
    return labels["__name__"] + "{" + ",".join(f'{key}="{escaped(value)}"' for key, value in labels.items() if key != "__name__") + "}"


def exposition(units: list[Unit], unitless: bool = True) -> str:
    """OpenMetrics with a sample each STEP of each unit's time. A unit's values tell whose it is."""
    lines = []
    for number, labels in enumerate(UNITLESS if unitless else []):
        lines += [f"{text(labels)} {number} {time}" for time in range(NOW - 3 * DAY, NOW + STEP, STEP)]
    for unit in units:
        factor = 1 + sum(unit.project.encode()) % 97 + int.from_bytes(unit.cluster.encode()[:1], "big")
        for place, labels in enumerate(series(unit)):
            for time in range(unit.start, (unit.end or NOW) + STEP, STEP):
                count = (time - unit.start) // STEP
                value = factor * count * (place + 1) if labels["__name__"] == "joules_total" else factor + (count * (place + 3)) % 11
                lines.append(f"{text(labels)} {value} {time}")
    # Families have to be in one piece.
    lines.sort(key=lambda line: line.split("{", 1)[0])
    return "\n".join(lines) + "\n# EOF\n"


class Tsdb:
    """A Prometheus that holds the samples of those units, and scrapes nothing."""

    def __init__(self, name: str, directory: pathlib.Path, units: list[Unit], unitless: bool = True):
        samples = directory / f"{name}.om"
        samples.write_text(exposition(units, unitless))
        data = directory / name
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(samples), str(data)], check=True, capture_output=True)
        samples.unlink()
        config = directory / "prometheus.yml"
        config.write_text("global: {}\n")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.daemon = Daemon(name, [find_prometheus(), f"--config.file={config}", f"--storage.tsdb.path={data}", "--storage.tsdb.retention.time=100y",
                                    f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error", "--enable-feature=promql-at-modifier"], directory)

    def wait(self) -> None:
        self.daemon.wait_for(self.url + "/-/ready", 60)

    def stop(self) -> None:
        self.daemon.stop()


def make_database(path: pathlib.Path, units: list[Unit] = UNITS) -> None:
    """The tables that other programs read, with no more in them than is looked at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    with sqlite3.connect(path) as database:
        database.executescript("""
            create table units (id integer primary key, cluster_id text, resource_manager text, uuid text, project text, username text,
              created_at_ts integer, started_at text, started_at_ts integer, ended_at_ts integer);
            create unique index uq_cluster_id_uuid_start on units (cluster_id, uuid, started_at);
            create table projects (id integer primary key, cluster_id text, name text, users text);
            create table admin_users (id integer primary key, cluster_id text, name text, tags text);
            pragma journal_mode = wal;
        """)
        insert_tenants(database, units)
    path.chmod(0o644)
    for suffix in ("-wal", "-shm"):
        if (beside := path.with_name(path.name + suffix)).exists():
            beside.chmod(0o666)


def insert_tenants(database: sqlite3.Connection, units: list[Unit] = UNITS) -> None:
    database.execute("insert or ignore into admin_users (cluster_id, name) values ('all', 'root')")
    database.executemany("insert or ignore into units (cluster_id, resource_manager, uuid, project, created_at_ts, started_at, started_at_ts, ended_at_ts) "
                         "values (?, 'slurm', ?, ?, ?, ?, ?, ?)",
                         [(unit.cluster, unit.uuid, unit.project, unit.start * 1000, str(unit.start), unit.start * 1000, unit.end * 1000) for unit in units])
    database.executemany("insert into projects (cluster_id, name, users) values (?, ?, ?)",
                         [(cluster, name, json.dumps(users)) for (cluster, name), users in MEMBERS.items()])


class Api:
    """A ceems_api_server that knows the tenants' units."""

    def __init__(self, name: str, directory: pathlib.Path, flags: list[str] | None = None, scheme: str = "http"):
        self.data = directory / name
        config = directory / f"{name}-api.yml"
        config.write_text(f"ceems_api_server: {{data: {{path: {self.data}}}, admin: {{users: [root]}}}}\n")
        self.port = free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.daemon = Daemon(f"{name}-api", [str(BINARIES / "ceems_api_server"), f"--config.file={config}", f"--web.listen-address=127.0.0.1:{self.port}",
                                             f"--security.run-as-user={os.environ.get('USER', 'root') if os.geteuid() else 'root'}", *(flags or [])], directory)
        self.wait(1)
        with self.database() as database:
            insert_tenants(database)

    def wait(self, starts: int) -> None:
        wait_until(20, "the API server listens", lambda: self.daemon.log.read_text().count("msg=listening") == starts)

    def database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.data / "ceems.db")

    def stop(self) -> None:
        self.daemon.stop()


class Balancer:
    """A ceems_lb, and requests to it."""

    def __init__(self, name: str, directory: pathlib.Path, config: str, flags: list[str] | None = None, headers: dict[str, str] | None = None):
        path = directory / f"{name}.yml"
        path.write_text(config)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.daemon = Daemon(name, [str(BINARIES / "ceems_lb"), f"--config.file={path}", f"--web.listen-address=127.0.0.1:{self.port}", "--web.metrics",
                                    f"--security.run-as-user={os.environ.get('USER', 'root') if os.geteuid() else 'root'}", *(flags or [])], directory)
        self.daemon.wait_for(self.url + "/health", headers=headers)

    def stop(self) -> int | None:
        return self.daemon.stop()

    def metric(self, sample: str) -> float:
        page = urllib.request.urlopen(self.url + "/metrics").read().decode()
        return float(next((line.rsplit(" ", 1)[1] for line in page.splitlines() if line.startswith(sample + " ")), 0))


def lb_config(data: pathlib.Path | None, backends: dict[str, list[str]], more: str = "", access: str = "") -> str:
    lines = ["ceems_lb:", *([f"  {line}" for line in more.splitlines()]), "  backends:"]
    for cluster, urls in backends.items():
        lines += [f"    - id: {cluster}", "      tsdb:", *[f"        - web: {{url: '{url}'}}" for url in urls]]
    if access:
        lines += ["  access:", *[f"    {line}" for line in access.splitlines()]]
    if data:
        lines += ["ceems_api_server:", f"  data: {{path: {data}}}"]
    return "\n".join(lines) + "\n"


def ask(url: str, path: str, parameters: list[tuple[str, str | bytes]] | dict | None = None, user: str | None = "ann", cluster: str | None = "hpc",
        post: bool = False, headers: dict[str, str] | None = None, method: str | None = None) -> tuple[int, dict | str]:
    """Status and answer."""
    form = urllib.parse.urlencode(parameters or [])
    target = url + path + ("" if post or not form else "?" + form)
    fields = {**({"X-Grafana-User": user} if user is not None else {}), **({"X-Ceems-Cluster-Id": cluster} if cluster is not None else {}), **(headers or {})}
    request = urllib.request.Request(target, data=form.encode() if post else None, headers=fields, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    try:
        return status, json.loads(body)
    except ValueError:
        return status, body.decode(errors="replace")

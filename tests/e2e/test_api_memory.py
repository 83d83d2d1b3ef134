"""The memory of the running API server, which does not follow the size of its answers, and how it starts on what is there."""

import contextlib
import sqlite3
import time
import urllib.request

from stack.ceems import BINARIES
from stack.processes import Daemon, free_port

UNITS = 180_000
END_MS = 1_893_456_000_000
THIRD_S, ALL_S = UNITS, 3 * UNITS


@contextlib.contextmanager
def api_server(directory):
    config = directory / "api.yml"
    config.write_text(f"ceems_api_server:\n  data: {{path: {directory}/data, retention_period: 36500d}}\n  admin: {{users: [root]}}\n")
    port = free_port()
    daemon = Daemon("api", [str(BINARIES / "ceems_api_server"), f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}",
                            "--no-security.drop-privileges"], directory)
    try:
        daemon.wait_for(f"http://127.0.0.1:{port}/health")
        yield daemon, f"http://127.0.0.1:{port}"
    finally:
        daemon.stop()


def fill(database) -> None:
    """Units of everybody that ended one every three seconds, each with a page of text."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("""
            with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
            insert into units (cluster_id, resource_manager, uuid, name, project, username, started_at, started_at_ts, ended_at_ts, last_updated_at)
              select 'hpc', 'slurm', cast(i as text), printf('%.400c', 'x'), 'bio', 'ann', cast(i as text), ? - i * 3000 - 1000, ? - i * 3000,
                '2030-01-01T00:00:00' from n""", (UNITS, END_MS, END_MS))
        connection.commit()


def bytes_of(url: str, seconds: int) -> int:
    request = urllib.request.Request(f"{url}/api/v1/units/admin?from={END_MS // 1000 - seconds}&to={END_MS // 1000}", headers={"X-Grafana-User": "root"})
    size = 0
    with urllib.request.urlopen(request) as answer:
        while chunk := answer.read(1 << 16):
            size += len(chunk)
    return size


def wait_for_sums(daemon, begin: int) -> None:
    """Until the log says, behind so many bytes, that nothing is made in the background any more."""
    deadline = time.monotonic() + 120
    while b"sums for usage and statistics are made" not in daemon.log.read_bytes()[begin:]:
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.1)


def most_memory(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def test_memory_does_not_follow_the_size_of_an_answer(tmp_path):
    with api_server(tmp_path):
        pass
    fill(tmp_path / "data" / "ceems.db")
    begin = (tmp_path / "api.log").stat().st_size
    # Making indexes and sums takes memory too, once.
    with api_server(tmp_path) as (daemon, _):
        wait_for_sums(daemon, begin)
    with api_server(tmp_path) as (daemon, url):
        # What a large answer needs at all.
        third = bytes_of(url, THIRD_S)
        assert third > UNITS / 3 * 400
        before = most_memory(daemon.pid)
        more = bytes_of(url, ALL_S) - third
        assert more > UNITS / 2 * 400
        assert most_memory(daemon.pid) - before < more / 8

"""`make lab`: shows each user their own jobs, and leaves nothing behind however it ends."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from conftest import SOURCE
from slurm_jobs import wait_until

SERVERS = ("munged", "mariadbd", "slurmdbd", "slurmctld", "slurmd", "slurmstepd", "prometheus", "ceems_exporter", "ceems_api_server")


def of_other_tests(environment: bytes) -> bool:
    """Whether a process with that environment was started by tests that run beside these."""
    worker = re.search(rb"(?:^|\0)PYTEST_XDIST_WORKER=(\w+)", environment)
    return worker is not None and worker.group(1).decode() != os.environ.get("PYTEST_XDIST_WORKER")


def processes() -> set[tuple[int, str]]:
    """All of a lab's servers that live."""
    found = set()
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, state = re.match(r"\d+ \((.*)\) (\w)", path.read_text()).groups()
            environment = path.with_name("environ").read_bytes()
        except OSError:
            continue
        if state != "Z" and any(server.startswith(name) for server in SERVERS) and not of_other_tests(environment):
            found.add((int(path.parent.name), name))
    return found


def mounts(of: str) -> list[str]:
    """What a process has mounted, but for the containers of tests that run beside these: those lie in the tests' own directories."""
    lines = pathlib.Path(f"/proc/{of}/mountinfo").read_text().splitlines()
    return [line for line in lines if not line.split()[4].startswith(f"{tempfile.gettempdir()}/ceems-e2e-")]


def machine() -> dict:
    """What the lab must leave as it found it."""
    etc = {str(path): (path.lstat().st_mtime_ns, path.lstat().st_mode) for path in pathlib.Path("/etc").rglob("*")}
    return {"processes": processes(), "mounts": [mounts(of) for of in ("self", "1")], "etc": etc,
            "cgroups": {str(path) for path in pathlib.Path("/sys/fs/cgroup").rglob("*slurm*") if path.is_dir()},
            "directories": set(pathlib.Path(tempfile.gettempdir()).glob("ceems-lab-*"))}


def assert_unchanged(before: dict) -> None:
    after = machine()
    for key, value in before.items():
        assert after[key] == value, key


def test_shows_each_user_their_jobs_and_leaves_nothing_behind():
    before = machine()
    done = subprocess.run([SOURCE / "scripts/lab"], env={**os.environ, "ONCE": "1"}, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sections = dict(re.findall(r"^(\w+)\$ cacct\n(.*?)(?=^\w+\$ cacct|\Z)", done.stdout, re.M | re.S))
    assert sections.keys() == {"ann", "bob", "cid"}
    for user, table in sections.items():
        others = sections.keys() - {user}
        cells = {cell.strip() for line in table.splitlines() for cell in line.split("│")}
        assert user in cells and not others & cells, table
        assert re.search(r"\d\.\d{6}", table), table
    assert_unchanged(before)


@pytest.mark.parametrize(("number", "moment"), [(signal.SIGINT, "mariadbd"), (signal.SIGTERM, "slurmdbd"), (signal.SIGINT, "slurmstepd")],
                         ids=["interrupted-early", "terminated-later", "interrupted-with-jobs"])
def test_ends_cleanly_at_any_moment(number, moment):
    before = machine()
    lab = subprocess.Popen([SOURCE / "scripts/lab"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           start_new_session=True)
    try:
        wait_until(60, f"{moment} runs", lambda: any(moment.startswith(name) for _, name in processes() - before["processes"]))
        lab.send_signal(number)
        output, _ = lab.communicate(timeout=60)
    finally:
        lab.kill()
    assert lab.returncode == 0, output
    assert_unchanged(before)


def test_says_that_it_needs_root(directory):
    # The checkout may lie where only root can read it.
    shutil.copytree(SOURCE / "scripts", directory / "scripts")
    done = subprocess.run([directory / "scripts/lab"], user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "make lab: run it as root, it starts SLURM with users and mounts of its own\n")

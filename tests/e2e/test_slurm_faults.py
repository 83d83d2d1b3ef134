"""A SLURM that lies, hangs or is away, and an API server that is killed: no unit is lost and none is counted twice."""

import itertools
import json
import pathlib
import random
import shutil
import stat
import time

import pytest

from slurm_jobs import SPIN, Run, differences, kwh, truth, units, wait_until
from stack.ceems import Stack

KILLS = 20
UPDATE_SECONDS = 1

# In front of the real program: does what the file `mode` beside it says, and counts how often.
WRAPPER = """\
#!/bin/sh
here=$(dirname "$0")
basename "$0" >> "$here/calls"
case "$(cat "$here/mode")" in
  garbage) head -c 20000 /dev/urandom ;;
  half) size=$({program} "$@" | wc -c) && {program} "$@" | head -c $((size * 2 / 3 + 5)) ;;
  columns)
    count=$#
    while [ "$count" -gt 0 ]; do
      set -- "$@" "$(printf %s "$1" | sed 's/jobidraw,.*/user,jobidraw,state,start/; s/Account,User/User,Account,Cluster/')"
      shift
      count=$((count - 1))
    done
    exec {program} "$@" ;;
  more) {program} "$@" | sed 's/$/|and|more/; s/^/|/' ;;
  empty) ;;
  error) echo "sacct: error: Problem talking to the database: Connection refused" >&2; exit 1 ;;
  hang) exec sleep 3600 ;;
  *) exec {program} "$@" ;;
esac
"""
MODES = ("garbage", "half", "columns", "more", "empty", "error", "hang")


class Server:
    """An API server of its own beside the lab's, on the same SLURM and the same Prometheus."""

    def __init__(self, lab, directory, cluster: str = "manager: slurm"):
        self.stack = Stack(directory, cluster=cluster, update_seconds=UPDATE_SECONDS)
        self.stack.prometheus_url = lab.ceems.prometheus_url
        self.stack.exporter_url = lab.ceems.exporter_url

    def start(self) -> None:
        self.stack.start_api_server()

    def kill(self) -> None:
        self.stack.daemons["api"].kill()

    def alive(self) -> bool:
        return self.stack.daemons["api"].alive()

    def stop(self) -> None:
        self.stack.stop()


@pytest.fixture
def server(lab, directory):
    made = Server(lab, directory)
    yield made
    made.stop()


class Wrapped(Server):
    """One whose sacct and sacctmgr are ours."""

    def __init__(self, lab, directory, mode: str):
        self.programs = directory / "programs"
        self.programs.mkdir(parents=True)
        self.say(mode)
        for name in ("sacct", "sacctmgr"):
            path = self.programs / name
            path.write_text(WRAPPER.format(program=shutil.which(name)))
            path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        super().__init__(lab, directory, f"manager: slurm\ncli:\n  path: {self.programs}\n  timeout: 2s\n")

    def say(self, mode: str) -> None:
        (self.programs / "mode").write_text(mode)

    def calls(self) -> int:
        """Of sacct."""
        path = self.programs / "calls"
        return sum(line == "sacct" for line in path.read_text().splitlines()) if path.exists() else 0


def rows_of(lab, jobs: list[str]) -> dict[Run, dict[str, str]]:
    return truth(lab.slurm, f"--jobs={','.join(jobs)}")


def wrong(server: Server, rows: dict[Run, dict[str, str]]) -> list[str]:
    """Differences in those jobs; the server may know others too."""
    return differences(server.stack, rows, only_these=False)


def usage(stack) -> list[dict]:
    data = stack.api(f"/api/v1/usage/current/admin?cluster_id=here&from={int(time.time()) - 3600}&to={int(time.time()) + 60}")["data"]
    return sorted(({"user": entry["username"], "project": entry["project"], "units": entry["num_units"],
                    "walltime": entry["total_time_seconds"]["walltime"]} for entry in data), key=json.dumps)


def wait_for_jobs(lab, jobs: list[str], seconds: float = 60) -> None:
    wait_until(seconds, f"jobs {jobs} ended", lambda: not lab.slurm.queued() & set(jobs))


def recorded_kwh(lab, job: str) -> float:
    """What the rules recorded of that job so far."""
    samples = lab.ceems.query(f'sum(sum_over_time(uuid:ceems_host_power_watts:pue{{uuid="{job}"}}[600s:1s]))')
    return float(samples[0]["value"][1]) / 3.6e6 if samples else 0


def energy_becomes_right(server, lab, jobs: list[str], seconds: float = 30) -> None:
    """What the server has of those jobs is what the rules recorded."""
    def compare() -> dict[str, tuple[float, float]]:
        found = units(server.stack)
        return {job: (kwh(found[job][0]) * 3.6e6, recorded_kwh(lab, job) * 3.6e6) for job in jobs}
    try:
        wait_until(seconds, "energy is what was recorded", lambda: all(own == pytest.approx(truth, rel=0.1) for own, truth in compare().values()))
    except pytest.fail.Exception:
        print("joules here and recorded, by job:", compare())
        raise


def agree(server: Server, lab, jobs: list[str], seconds: float = 60) -> None:
    try:
        wait_until(seconds, "API server and sacct agree", lambda: len(rows := rows_of(lab, jobs)) == len(jobs) and not wrong(server, rows))
    except pytest.fail.Exception:
        print(wrong(server, rows_of(lab, jobs)), server.stack.daemons["api"].log_tail(30), sep="\n")
        raise


def test_killed_in_the_middle_of_updates_it_loses_nothing_and_counts_nothing_twice(lab, server):
    choose = random.Random(20)
    server.start()
    # One job runs through all of it, others come and go.
    jobs = [lab.slurm.submit("ann", "chem", f"{SPIN % 20}; sleep 1", "--job-name=long")]
    for number in range(KILLS):
        if number % 3 == 0:
            jobs.append(lab.slurm.submit(("bob", "cid")[number % 2], ("chem", "bio")[number % 2], f"{SPIN % 4}", f"--job-name=k{number}"))
        time.sleep(choose.uniform(0.05, 1.6))
        server.kill()
        server.start()
    wait_for_jobs(lab, jobs)
    agree(server, lab, jobs)
    agree(lab_server := LabServer(lab), lab, jobs)
    wait_until(30, "energy of all", lambda: all(kwh(units(server.stack)[job][0]) > 0 for job in jobs))
    time.sleep(5)
    own, other = units(server.stack), units(lab_server.stack)
    assert kwh(own[jobs[0]][0]) == pytest.approx(kwh(other[jobs[0]][0]), rel=0.1)
    # A job of four seconds lies in few windows, whose ends differ between the two servers.
    assert sum(kwh(own[job][0]) for job in jobs) == pytest.approx(sum(kwh(other[job][0]) for job in jobs), rel=0.25)
    # The sums over users are the sums over the units.
    sums: dict[tuple[str, str], list[int]] = {}
    # Of all jobs in the lab: one that is requeued is several units.
    for row in itertools.chain.from_iterable(own.values()):
        entry = sums.setdefault((row["username"], row["project"]), [0, 0])
        entry[0] += 1
        entry[1] += row["total_time_seconds"]["walltime"]
    for entry in usage(server.stack):
        assert [entry["units"], entry["walltime"]] == sums[entry["user"], entry["project"]]


class LabServer:
    """The lab's own API server, which nobody kills."""

    def __init__(self, lab):
        self.stack = lab.ceems


def test_a_slurm_that_lies_costs_nothing_but_time(lab, directory):
    servers = {mode: Wrapped(lab, directory / mode, mode) for mode in MODES}
    try:
        for server in servers.values():
            server.start()
        jobs = [lab.slurm.submit("ann", "chem", f"{SPIN % 4}; sleep 1"), lab.slurm.submit("bob", "chem", "sleep 2")]
        wait_for_jobs(lab, jobs)
        rows = rows_of(lab, jobs)
        for mode, server in servers.items():
            wait_until(60, f"two updates with {mode}", lambda server=server: server.calls() >= 2)
            assert server.alive(), mode
            # It answers, and with nothing that is not so.
            known = units(server.stack)
            for job, found in known.items():
                assert job.isdigit() and len(found) == 1 and found[0]["username"] in ("ann", "bob", "cid"), (mode, found)
            server.say("pass")
        for mode, server in servers.items():
            try:
                wait_until(60, f"recovery from {mode}", lambda server=server: not wrong(server, rows))
                wait_until(60, f"energy after {mode}", lambda server=server: kwh(units(server.stack)[jobs[0]][0]) > 0)
            except pytest.fail.Exception:
                print(mode, wrong(server, rows), server.stack.daemons["api"].log_tail(30), sep="\n")
                raise
    finally:
        for server in servers.values():
            server.stop()


def test_jobs_that_end_while_slurmdbd_is_away_are_made_up_for(lab, server):
    server.start()
    across = lab.slurm.submit("ann", "chem", f"{SPIN % 6}; sleep 1")
    wait_until(30, "the job is known", lambda: across in units(server.stack))
    lab.slurm.stop_slurmdbd()
    away = time.monotonic()
    try:
        during = lab.slurm.submit("bob", "chem", f"{SPIN % 3}")
        wait_for_jobs(lab, [across, during])
        time.sleep(max(0, 12 - (time.monotonic() - away)))  # many updates fail
        assert server.alive()
        assert across in units(server.stack)
    finally:
        lab.slurm.start_slurmdbd()
    wait_until(90, "slurmctld told slurmdbd", lambda: [row["state"] for row in rows_of(lab, [across, during]).values()] == ["COMPLETED"] * 2)
    agree(server, lab, [across, during])
    wait_until(60, "energy of both", lambda: all(kwh(units(server.stack)[job][0]) > 0 for job in (across, during)))


def test_a_job_across_windows_and_a_restart_is_one_unit(lab, server):
    server.start()
    job = lab.slurm.submit("cid", "bio", f"{SPIN % 8}; sleep 1")
    wait_until(30, "energy while it runs", lambda: kwh(units(server.stack).get(job, [{}])[0]) > 0)
    server.stop()
    time.sleep(2)
    server.start()
    wait_for_jobs(lab, [job])
    agree(server, lab, [job])
    energy_becomes_right(server, lab, [job])


class Stepped(Server):
    """One whose wall clock can be set."""

    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.offset = directory / "offset"
        self.step(0)
        library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        self.stack.api_environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self.offset), "FAKETIME_NO_CACHE": "1",
                                      "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}

    def step(self, seconds: int) -> None:
        new = self.offset.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self.offset)


@pytest.mark.parametrize("seconds", [1800, -1800], ids=["ahead", "back"])
def test_a_clock_step_loses_no_unit_and_counts_none_twice(lab, directory, seconds):
    server = Stepped(lab, directory)
    try:
        server.start()
        across = lab.slurm.submit("ann", "chem", f"{SPIN % 9}; sleep 1")
        wait_until(30, "the job is known", lambda: across in units(server.stack))
        server.step(seconds)
        during = lab.slurm.submit("bob", "chem", f"{SPIN % 3}")
        wait_for_jobs(lab, [during])
        time.sleep(3 * UPDATE_SECONDS)
        assert server.alive()
        server.step(0)
        wait_for_jobs(lab, [across])
        agree(server, lab, [across, during])
        for job in (across, during):
            assert kwh(units(server.stack)[job][0]) <= 1.1 * recorded_kwh(lab, job)
    finally:
        server.stop()

"""A SLURM that lies, hangs or is away, and an API server that is killed: no unit is lost and none is counted twice."""

import itertools
import pathlib
import random
import shutil
import stat
import tempfile
import time
import types

import pytest

from slurm_jobs import SPIN, Run, differences, kwh, truth, units, wait_until
from stack.ceems import Stack

KILLS = 20
STEP_SECONDS = 1800
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
OF_CLUSTER = "manager: slurm\nextra_config:\n  cluster: %s\n"
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


class LabServer:
    """The lab's own API server, which nobody kills."""

    def __init__(self, lab):
        self.stack = lab.ceems


def rows_of(lab, jobs: list[str]) -> dict[Run, dict[str, str]]:
    return truth(lab.slurm, f"--jobs={','.join(jobs)}")


def wrong(server: Server, rows: dict[Run, dict[str, str]]) -> list[str]:
    """Differences in those jobs; the server may know others too."""
    return differences(server.stack, rows, only_these=False)


def usage(stack) -> list[tuple]:
    data = stack.api(f"/api/v1/usage/current/admin?cluster_id=here&from={int(time.time()) - 3600}&to={int(time.time()) + 60}")["data"]
    return sorted((entry["username"], entry["project"], entry["num_units"], entry["total_time_seconds"]["walltime"]) for entry in data)


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


def usage_is_the_sum(server: Server) -> None:
    """Sums over users are the sums over units, of all jobs: one that is requeued is several units."""
    def compare() -> tuple[list, list]:
        sums: dict[tuple[str, str], list[int]] = {}
        for row in itertools.chain.from_iterable(units(server.stack).values()):
            entry = sums.setdefault((row["username"], row["project"]), [0, 0])
            entry[0] += 1
            entry[1] += row["total_time_seconds"]["walltime"]
        return sorted((*who, *entry) for who, entry in sums.items()), usage(server.stack)
    try:
        # Both are asked for one after the other, and something may be running.
        wait_until(20, "usage is the sum of the units", lambda: (both := compare())[0] and both[0] == both[1])
    except pytest.fail.Exception:
        print(*compare(), sep="\n")
        raise


def agree(server: Server, lab, jobs: list[str], seconds: float = 60) -> None:
    try:
        wait_until(seconds, "API server and sacct agree", lambda: len(rows := rows_of(lab, jobs)) == len(jobs) and not wrong(server, rows))
    except pytest.fail.Exception:
        print(wrong(server, rows_of(lab, jobs)), server.stack.daemons["api"].log_tail(30), sep="\n")
        raise


class Troubles:
    """Servers of which each has a trouble of its own, all at the same time and over the same jobs: what all of them wait for is waited for once."""

    def __init__(self, lab, directory):
        self._lab = lab
        self.killed = Server(lab, directory / "killed")
        self.restarted = Server(lab, directory / "restarted")
        self.away = Server(lab, directory / "away")
        self.misnamed = Server(lab, directory / "misnamed", OF_CLUSTER % "nowhere")
        self.liars = {mode: Wrapped(lab, directory / mode, mode) for mode in MODES}
        self.stepped = {"ahead": Stepped(lab, directory / "ahead"), "back": Stepped(lab, directory / "back")}
        self.all = [self.killed, self.restarted, self.away, self.misnamed, *self.liars.values(), *self.stepped.values()]
        self.lied: dict[str, types.SimpleNamespace] = {}  # by mode: what its server was like after two updates
        self.end_of_across = directory / "end"

    def run(self) -> None:
        submit = self._lab.slurm.submit
        for server in self.all:
            server.start()
        self.long = submit("ann", "chem", f"{SPIN % 22}; sleep 1", "--job-name=long")
        self.across = submit("bob", "chem", f"{SPIN % 3}; while [ ! -e {self.end_of_across} ]; do sleep 0.2; done; {SPIN % 2}", "--job-name=across")
        self.short = self._kill()
        wait_until(40, "the long job is known", lambda: all(self.long in units(server.stack) for server in (self.away, *self.stepped.values())))
        wait_until(40, "energy while it runs", lambda: kwh(units(self.restarted.stack).get(self.long, [{}])[0]) > 0)
        self.restarted.stop()
        for name, server in self.stepped.items():
            server.step(STEP_SECONDS if name == "ahead" else -STEP_SECONDS)
        self.during = submit("bob", "chem", f"{SPIN % 3}", "--job-name=during")
        self._hear_the_liars()
        wait_for_jobs(self._lab, [self.during])
        time.sleep(3 * UPDATE_SECONDS)
        self.restarted.start()
        for server in self.stepped.values():
            assert server.alive()
            server.step(0)
        self.after = submit("cid", "bio", f"{SPIN % 2}", "--job-name=after")
        wait_for_jobs(self._lab, [self.long, self.during, self.after, *self.short])

    def _kill(self) -> list[str]:
        """At random moments; the jobs that came and went meanwhile."""
        choose = random.Random(20)
        jobs = []
        for number in range(KILLS):
            if number % 3 == 0:
                jobs.append(self._lab.slurm.submit(("bob", "cid")[number % 2], ("chem", "bio")[number % 2], f"{SPIN % 3}", f"--job-name=k{number}"))
            time.sleep(choose.uniform(0.05, 1.0))
            self.killed.kill()
            self.killed.start()
        return jobs

    def _hear_the_liars(self) -> None:
        for mode, server in self.liars.items():
            wait_until(60, f"two updates with {mode}", lambda server=server: server.calls() >= 2)
            self.lied[mode] = types.SimpleNamespace(alive=server.alive(), units=units(server.stack))
            server.say("pass")

    def stop(self) -> None:
        self.end_of_across.touch()
        for server in self.all:
            server.stop()


@pytest.fixture(scope="module")
def troubles(lab):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ceems-e2e-"))
    directory.chmod(0o755)
    made = Troubles(lab, directory)
    try:
        made.run()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory, ignore_errors=True)


def test_killed_in_the_middle_of_updates_it_loses_nothing_and_counts_nothing_twice(lab, troubles):
    server, jobs = troubles.killed, [troubles.long, *troubles.short]
    agree(server, lab, jobs)
    agree(undisturbed := LabServer(lab), lab, jobs)
    energy_becomes_right(server, lab, [troubles.long])

    def joules(of: Server | LabServer) -> float:
        found = units(of.stack)
        return sum(kwh(found[job][0]) for job in jobs) * 3.6e6
    # A job of three seconds lies in few windows, whose ends differ between the two servers.
    wait_until(30, "energy of all", lambda: joules(server) == pytest.approx(joules(undisturbed), rel=0.25))
    assert all(kwh(units(server.stack)[job][0]) > 0 for job in jobs)
    usage_is_the_sum(server)


@pytest.mark.parametrize("mode", MODES)
def test_a_slurm_that_lies_costs_nothing_but_time(lab, troubles, mode):
    server, heard = troubles.liars[mode], troubles.lied[mode]
    assert heard.alive
    # It answered, and with nothing that was not so.
    for job, found in heard.units.items():
        assert job.isdigit() and len(found) == 1 and found[0]["username"] in ("ann", "bob", "cid"), found
    agree(server, lab, [troubles.long, troubles.during, troubles.after])
    energy_becomes_right(server, lab, [troubles.long])


def test_a_cluster_that_slurm_does_not_have_waits_until_it_is_named_right(lab, troubles):
    server = troubles.misnamed
    log = server.stack.daemons["api"].log.read_text()
    assert "clusters[0].extra_config.cluster: " in log
    assert "SLURM has no cluster 'nowhere'; it has: lab" in log
    assert units(server.stack) == {}
    server.stop()
    server.stack.cluster = OF_CLUSTER % "Lab"
    server.start()
    agree(server, lab, [troubles.long, troubles.during, troubles.after])
    energy_becomes_right(server, lab, [troubles.long])


def test_a_job_across_windows_and_a_restart_is_one_unit(lab, troubles):
    agree(troubles.restarted, lab, [troubles.long, troubles.during])
    energy_becomes_right(troubles.restarted, lab, [troubles.long, troubles.during])


@pytest.mark.parametrize(("name", "said"), [("ahead", "clock is ahead of the TSDB's"), ("back", "clock is behind the TSDB's")])
def test_a_clock_step_loses_no_unit_and_counts_none_twice(lab, troubles, name, said):
    server, jobs = troubles.stepped[name], [troubles.long, troubles.during, troubles.after]
    assert said in server.stack.daemons["api"].log.read_text()
    agree(server, lab, jobs)
    energy_becomes_right(server, lab, jobs)


def test_jobs_that_end_while_slurmdbd_is_away_are_made_up_for(lab, troubles):
    server, across = troubles.away, troubles.across
    assert across in units(server.stack)
    lab.slurm.stop_slurmdbd()
    away = time.monotonic()
    try:
        during = lab.slurm.submit("bob", "chem", f"{SPIN % 2}")
        troubles.end_of_across.touch()
        wait_for_jobs(lab, [across, during])
        time.sleep(max(0, 8 - (time.monotonic() - away)))  # many updates fail
        assert server.alive()
        assert across in units(server.stack)
    finally:
        lab.slurm.start_slurmdbd()
    wait_until(90, "slurmctld told slurmdbd", lambda: [row["state"] for row in rows_of(lab, [across, during]).values()] == ["COMPLETED"] * 2)
    agree(server, lab, [across, during])
    energy_becomes_right(server, lab, [across, during])

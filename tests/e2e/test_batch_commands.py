"""API servers before programs that answer as those of LSF and OpenPBS do: units, projects and users are there, and a wrong answer loses none."""

import json
import time

import pytest

from seen_units import local_text, one_each, units_since, walltime
from slurm_jobs import wait_until
from stack.ceems import Stack

AGO = 1800


def ctime(seconds: float) -> str:
    return time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(seconds))


class Programs:
    """Programs that print what a file of theirs holds, or nothing good while the file `bad` is there."""

    def __init__(self, directory, *names: str):
        self.directory = directory / "programs"
        self.directory.mkdir()
        for name in names:
            path = self.directory / name
            path.write_text(f'#!/bin/sh\nif [ -e "{self.directory}/bad" ]; then head -c 90 "{path}.out"; else cat "{path}.out"; fi\n')
            path.chmod(0o755)

    def say(self, name: str, text: str) -> None:
        new = self.directory / "new"
        new.write_text(text)
        new.rename(self.directory / f"{name}.out")

    def turn_bad(self) -> None:
        (self.directory / "bad").touch()

    def turn_good(self) -> None:
        (self.directory / "bad").unlink()


def server_of(manager: str, programs: Programs, directory, tsdb) -> Stack:
    made = Stack(directory, cluster=f"manager: {manager}\ncli:\n  path: {programs.directory}\n", update_seconds=1)
    made.update_from = local_text(time.time() - 2 * AGO)
    made.prometheus_url = tsdb.url
    return made


def rows(server) -> dict[str, dict]:
    return one_each(units_since(server, 3 * AGO), "uuid")


def check(server, programs, job: str, started: int, finish) -> None:
    """A job of ann in chem that runs, and that ends while every answer is wrong."""
    try:
        server.start_api_server()
        wait_until(60, "the job is a unit", lambda: job in rows(server))
        unit = rows(server)[job]
        assert (unit["username"], unit["project"], unit["allocation"]["cpus"]) == ("ann", "chem", 4)
        programs.turn_bad()
        end = int(time.time())
        finish(end)
        time.sleep(3)
        programs.turn_good()
        wait_until(60, "the job has ended", lambda: rows(server)[job].get("ended_at_ts"))
        unit = rows(server)[job]
        assert walltime(unit) == end - started
        assert unit["total_time_seconds"]["alloc_cputime"] == 4 * (end - started)
        assert [project["users"] for project in server.api("/api/v1/projects/admin")["data"] if project["name"] == "chem"] == [["ann"]]
    finally:
        server.stop()


def test_openpbs(directory, tsdb):
    programs = Programs(directory, "qstat")
    started = int(time.time()) - AGO
    job = {"Job_Name": "solve", "job_state": "R", "euser": "ann", "egroup": "staff", "Account_Name": "chem", "queue": "workq", "ctime": ctime(started),
           "mtime": ctime(started), "stime": ctime(started), "exec_host": "n1/0*4", "Resource_List": {"ncpus": 4, "mem": "1gb", "nodect": 1}}

    def say() -> None:
        programs.say("qstat", json.dumps({"timestamp": int(time.time()), "pbs_server": "pbs", "Jobs": {"7[0].pbs": job}}))

    def finish(end: int) -> None:
        job.update(job_state="F", obittime=ctime(end), mtime=ctime(end))
        say()
    say()
    check(server_of("openpbs", programs, directory, tsdb), programs, "7[0].pbs", started, finish)


def test_lsf(directory, tsdb):
    programs = Programs(directory, "bjobs", "bacct")
    started = int(time.time()) - AGO
    record = {"JOBID": "77", "JOBINDEX": "3", "USER": "ann", "PROJ_NAME": "chem", "QUEUE": "normal", "STAT": "RUN", "ALLOC_SLOT": "h1:h1:h1:h1",
              "NALLOC_SLOT": "4", "SUBMIT_TIME": ctime(started)[4:], "START_TIME": ctime(started)[4:], "MEM": "200 Mbytes"}
    programs.say("bjobs", json.dumps({"COMMAND": "bjobs", "JOBS": 1, "RECORDS": [record]}))
    programs.say("bacct", "Accounting information about jobs that are:\n" + "-" * 78 + "\nSUMMARY:\n")

    def finish(end: int) -> None:
        slots = "<h1> " * 4
        programs.say("bacct", f"""
Accounting information about jobs that are:
{"-" * 78}

Job <77[3]>, User <ann>, Project <chem>, Status <DONE>, Queue <normal>, Command <true>, Share group charged </ann>
{ctime(started)}: Submitted from host <login>, CWD <$HOME>;
{ctime(started)}: [3] Dispatched 4 Task(s) on Host(s) {slots.strip()}, Allocated 4 Slot(s) on Host(s) {slots.strip()}, Effective RES_REQ <x>;
{ctime(end)}: Completed <done>.
{"-" * 78}

SUMMARY:      ( time unit: second )
""")
        programs.say("bjobs", json.dumps({"COMMAND": "bjobs", "JOBS": 0, "RECORDS": []}))
    check(server_of("lsf", programs, directory, tsdb), programs, "77[3]", started, finish)

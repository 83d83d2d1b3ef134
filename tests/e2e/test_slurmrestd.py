"""An API server that learns jobs from a real slurmrestd has the same rows as sacct, and loses none while slurmdbd is away."""

import os
import pathlib
import tempfile
import time

import pytest

from slurm_jobs import differences, truth, units, wait_until
from stack import people
from stack.ceems import Stack
from stack.processes import Daemon
from stack.slurm import Slurm

CLUSTER = """\
manager: slurm
web:
  url: "unix:{socket}:"
extra_config:
  cluster: lab
"""


@pytest.fixture
def slurm():
    made = Slurm(pathlib.Path(tempfile.mkdtemp(prefix="ceems-slurmrestd-")))
    try:
        made.start()
        made.sacctmgr("add", "user", "ceems", "account=chem", "cluster=lab", "adminlevel=operator")
        yield made
    finally:
        made.stop()


@pytest.fixture
def server(slurm, tsdb, directory):
    home = directory / "slurmrestd"
    home.mkdir()
    os.chown(home, people.SERVICES["ceems"], people.SERVICES["ceems"])
    path = home / "socket"
    made = Stack(directory, cluster=CLUSTER.format(socket=path), update_seconds=1)
    made.user = "ceems"
    made.prometheus_url = tsdb.url
    daemon = made.daemons["slurmrestd"] = Daemon("slurmrestd", ["slurmrestd", "-a", "rest_auth/local", "-u", "ceems", f"unix:{path}"], directory)
    wait_until(20, "slurmrestd listens", path.exists)
    assert daemon.alive()
    yield made
    made.stop()


def test_has_the_rows_of_sacct(slurm, server):
    server.start_api_server()
    jobs = [slurm.submit("ann", "chem", "sleep 3", "--mem=100M"), slurm.submit("bob", "chem", "exit 3"), slurm.submit("cid", "bio", "sleep 1", "--job-name=a|b")]
    array = slurm.submit("ann", "bio", "sleep 2", "--array=0-1")
    wait_until(60, "the jobs ended", lambda: not slurm.queued() & {*jobs, array} and len(truth(slurm)) == 5)
    slurm.stop_slurmdbd()
    late = slurm.submit("ann", "chem", "sleep 1")
    time.sleep(4)
    slurm.start_slurmdbd()
    wait_until(60, "the late job ended", lambda: late in {job for job, _ in truth(slurm)} and not slurm.queued())
    wait_until(60, "they are units", lambda: not differences(server, truth(slurm)))
    rows = truth(slurm)
    assert len(rows) == 6
    unit = units(server)[jobs[0]][0]
    assert (unit["allocation"]["mem"], unit["tags"]["uid"], unit["tags"]["partition"]) == (100 << 20, people.USERS["ann"], "main")
    projects = {project["name"]: project["users"] for project in server.api("/api/v1/projects/admin")["data"]}
    assert projects == {"bio": ["ann", "cid"], "chem": ["ann", "bob", "ceems"]}

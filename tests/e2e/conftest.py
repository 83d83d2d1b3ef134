"""Whole programs against real servers. Needs root (for cgroups) and what scripts/setup test installs."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "scripts"))
sys.dont_write_bytecode = True

from quiet_tsdb import QuietTsdb  # noqa: E402
from stack import cgroups  # noqa: E402
from stack.ceems import Stack  # noqa: E402
from stack.lab import Lab  # noqa: E402
from stack.passable_root import make_root_passable  # noqa: E402

make_root_passable()

# Whatever starts a SLURM of its own: two of them on one machine would mix their cgroups and their jobs.
OWN_SLURM = ("test_lab", "test_slurmrestd", "test_cacct", "test_slurm")


def pytest_configure(config):
    config.addinivalue_line("markers", "xdist_group(name): what one worker runs")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Several workers share the files among them; all that needs SLURM goes to one of them."""
    for item in items:
        slurm = "lab" in item.fixturenames or item.path.parent.name == "e2e" and item.path.stem.startswith(OWN_SLURM)
        item.add_marker(pytest.mark.xdist_group("slurm" if slurm else item.path.stem))


@pytest.fixture
def directory():
    """A private directory that the servers can read after they gave up root."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="ceems-e2e-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def tsdb():
    """A TSDB that has nothing."""
    made = QuietTsdb()
    yield made
    made.close()


@pytest.fixture
def parent():
    """A cgroup of our own to make others in."""
    made = cgroups.make_parent(f"ceems-e2e-{os.getpid()}")
    yield made
    made.remove()


@pytest.fixture
def generic(parent):
    """Every cgroup directly below `parent` is a unit of user alice."""
    return generic_config(parent.name)


def generic_config(name: str, user: str = "alice") -> str:
    return f"""\
generic:
  - name: e2e
    pattern: ^/{name}/(?P<id>[a-z0-9-]+)$
    user: {user}
    project: tests
"""


@pytest.fixture
def stack(directory, generic):
    made = Stack(directory, generic=generic, update_seconds=5)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def lab():
    """A private SLURM with CEEMS beside it, for all tests that need one."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="ceems-lab-"))
    made = Lab(path, update_seconds=3)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(path)

"""A private SLURM with CEEMS beside it, and cacct installed as on a cluster: set-user-id, with a configuration that its callers cannot read."""

import pathlib
import subprocess

from . import people
from .ceems import Stack
from .installed import install_cacct
from .processes import Failed
from .slurm import Slurm


class Lab:
    """start() leaves a working cluster whose jobs are measured, stop() nothing of it."""

    users = tuple(people.USERS)

    def __init__(self, directory: pathlib.Path, *, update_seconds: int = 5):
        self.directory = directory
        self.slurm = Slurm(directory)
        self.ceems = Stack(directory / "ceems", cluster="manager: slurm", update_seconds=update_seconds, exporter_flags=["--collector.slurm"])
        self.program = self.slurm.bin / "cacct"

    def start(self) -> None:
        self.slurm.start()
        self.ceems.protect()
        self.ceems.start()
        install_cacct(self.ceems, self.slurm.bin)

    def cacct(self, user: str, *flags: str) -> subprocess.CompletedProcess:
        """As that user types it."""
        return people.run_as(user, [str(self.program), *flags])

    def check(self) -> None:
        """Raises Failed if a server ended."""
        for daemon in (*self.slurm.daemons.values(), *self.ceems.daemons.values()):
            if not daemon.alive():
                raise Failed(f"{daemon.name} ended:\n{daemon.log_tail()}")

    def stop(self) -> None:
        self.ceems.stop()
        self.slurm.stop()

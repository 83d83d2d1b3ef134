"""A private SLURM with CEEMS beside it, and cacct installed as on a cluster: set-user-id, with a configuration that its callers cannot read."""

import base64
import os
import pathlib
import re
import shutil
import subprocess

from .ceems import BINARIES, Stack
from .processes import Failed
from .slurm import SERVICE_USERS, USERS, Slurm

CLUSTER = """\
manager: slurm
"""


class Lab:
    """start() leaves a working cluster whose jobs are measured, stop() nothing of it."""

    users = tuple(USERS)

    def __init__(self, directory: pathlib.Path, *, update_seconds: int = 5):
        self.directory = directory
        self.slurm = Slurm(directory)
        self.program = self.slurm.bin / "cacct"
        self.ceems = Stack(directory / "ceems", cluster=CLUSTER, update_seconds=update_seconds, exporter_flags=["--collector.slurm"])

    def start(self) -> None:
        self.slurm.start()
        self.protect(self.ceems)
        self.ceems.start()
        self.install_cacct(self.ceems)

    def protect(self, ceems: Stack) -> None:
        """From now on that API server answers only who knows its password: users cannot ask it in another's name."""
        web = ceems.directory / "web"
        made = subprocess.run([str(BINARIES / "ceems_tool"), "config", "create-web-config", f"--output-dir={web}"], capture_output=True, text=True, check=True)
        password = re.search(r"password for basic auth is (\S+)", made.stderr).group(1)
        ceems.api_flags = [f"--web.config.file={web / 'web-config.yml'}"]
        ceems.api_headers = {"Authorization": "Basic " + base64.b64encode(f"ceems:{password}".encode()).decode()}
        self.password = password

    def install_cacct(self, ceems: Stack) -> None:
        """Into `program` and the private /etc/ceems, as an administrator would."""
        owner = SERVICE_USERS["ceems"]
        shutil.copy(BINARIES / "cacct", self.program)
        os.chown(self.program, owner, owner)
        self.program.chmod(0o4755)
        config = pathlib.Path("/etc/ceems/config.yml")
        config.touch(mode=0o600)
        config.write_text(f"""\
ceems_api_server:
  cluster_id: here
  web:
    url: {ceems.api_url}
    basic_auth: {{username: ceems, password: {self.password}}}
""")
        os.chown(config, owner, owner)

    def cacct(self, user: str, *flags: str, program: pathlib.Path | None = None, **options: object) -> subprocess.CompletedProcess:
        """As that user types it."""
        return self.slurm.run_as(user, [str(program or self.program), *flags], **options)

    def check(self) -> None:
        """Raises Failed if a server ended."""
        for daemon in (*self.slurm.daemons.values(), *self.ceems.daemons.values()):
            if not daemon.alive():
                raise Failed(f"{daemon.name} ended:\n{daemon.log_tail()}")

    def stop(self) -> None:
        self.ceems.stop()
        self.slurm.stop()

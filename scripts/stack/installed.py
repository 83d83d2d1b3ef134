"""cacct as an administrator installs it."""

import os
import pathlib
import shutil

from . import people
from .ceems import BINARIES, Stack

# How the program and its configuration are protected: modes of both, and whose they are besides root's.
SET_USER_ID = (0o4755, 0o600)
SET_GROUP_ID = (0o2755, 0o640)
FOR_EVERYBODY = (0o755, 0o644)


def install_cacct(ceems: Stack, directory: pathlib.Path, modes: tuple[int, int] = SET_USER_ID) -> pathlib.Path:
    """The program into `directory`, its configuration into the private /etc/ceems, both owned by the service user."""
    program, config = directory / "cacct", pathlib.Path("/etc/ceems/config.yml")
    for path in (program, config):
        path.unlink(missing_ok=True)
    shutil.copy(BINARIES / "cacct", program)
    config.touch(mode=0o600)
    config.write_text(ceems.cacct_config())
    for path, mode in zip((program, config), modes, strict=True):
        os.chown(path, people.SERVICES["ceems"], people.SERVICES["ceems"])
        path.chmod(mode)
    return program

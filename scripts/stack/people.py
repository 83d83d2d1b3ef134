"""The users of a private /etc, and doing things as one of them."""

import os
import subprocess
import typing

USERS = {"ann": 61801, "bob": 61802, "cid": 61803}
SERVICES = {"ceems": 61800, "labdb": 61799}
EVERYBODY = USERS | SERVICES


def run_as(user: str, command: list[str], **options: typing.Any) -> subprocess.CompletedProcess:
    """As that user and nobody else, with a bare environment unless `env` adds to it."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "USER": user, "LOGNAME": user, **options.pop("env", {})}
    return subprocess.run(command, user=USERS[user], group=USERS[user], extra_groups=[], cwd="/", env=environment, capture_output=True, text=True,
                          check=False, **options)

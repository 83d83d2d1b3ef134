"""What vendors' tools print, where a program that has given up root can read it: the checkout may be in root's home."""

import atexit
import pathlib
import shutil
import tempfile

from conftest import SOURCE


def _readable_copy(directory: pathlib.Path) -> pathlib.Path:
    copy = pathlib.Path(tempfile.mkdtemp(prefix="ceems-e2e-answers-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    for file in directory.iterdir():
        shutil.copyfile(file, copy / file.name)
        (copy / file.name).chmod(0o644)
    copy.chmod(0o755)
    return copy


SMI = _readable_copy(SOURCE / "tests/data/gpu/smi")


def cat(name: str) -> str:
    """A command that prints it."""
    return f"cat {SMI / name}"

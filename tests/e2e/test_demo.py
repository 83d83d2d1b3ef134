"""`make run ONCE=1`: shows the table and leaves nothing behind."""

import os
import pathlib
import re
import subprocess
import tempfile

from conftest import SOURCE


def leftovers():
    temporary = {path.name for path in pathlib.Path(tempfile.gettempdir()).glob("ceems-run-*")}
    groups = {str(path) for path in pathlib.Path("/sys/fs/cgroup").glob("**/ceems-demo-*") if path.is_dir()}
    return temporary | groups


def test_shows_a_table_and_leaves_nothing_behind():
    before = leftovers()
    done = subprocess.run([SOURCE / "scripts/demo"], env={**os.environ, "ONCE": "1"}, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row.split("│")[1].strip(): row for row in done.stdout.splitlines() if row.startswith("│")}
    assert {"busy", "idle"} <= set(rows)
    energies = {name: max(float(n) for n in re.findall(r"\d+\.\d{6}", rows[name])) for name in ("busy", "idle")}
    assert energies["busy"] > energies["idle"]
    assert leftovers() == before

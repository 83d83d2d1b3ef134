"""What is generated is what is checked in, and what is installed is complete."""

import os
import pathlib
import re
import subprocess
import tempfile

from conftest import SOURCE
from stack.ceems import BINARIES


def test_reference_is_what_the_programs_say(directory):
    subprocess.run([SOURCE / "scripts/generate-docs", BINARIES, directory], check=True)
    done = subprocess.run(["diff", "-ru", SOURCE / "docs/reference", directory], capture_output=True, text=True, check=False)
    assert done.returncode == 0, "run make docs:\n" + done.stdout[-3000:]


def test_installs_programs_units_rules_and_manual(directory):
    subprocess.run(["cmake", "--install", SOURCE / "build/release", "--prefix", "/usr/local"], env={**os.environ, "DESTDIR": str(directory)}, check=True,
                   capture_output=True)
    root = directory / "usr/local"
    for path in ("bin/ceems_exporter", "bin/ceems_api_server", "bin/ceems_lb", "bin/redfish_proxy", "bin/cacct", "bin/ceems_tool", "lib/systemd/system/ceems_exporter.service",
                 "lib/systemd/system/ceems_api_server.service", "share/ceems/prometheus/prometheus.yml", "share/ceems/config/generic.yml",
                 "share/man/man1/ceems_exporter.1", "share/doc/ceems/README.md"):
        assert (root / path).exists(), path
    for command in (["ceems_exporter", "--collector.generic", "--collector.generic.config.file=" + str(root / "share/ceems/config/generic.yml")],
                    ["ceems_lb", "--config.file=" + str(root / "share/ceems/config/lb.yml")],
                    ["ceems_exporter", "--collector.redfish", "--collector.redfish.config.file=" + str(root / "share/ceems/config/redfish.yml")],
                    ["redfish_proxy", "--config.file=" + str(root / "share/ceems/config/redfish-proxy.yml")],
                    ["ceems_api_server", "--config.file=" + str(root / "share/ceems/config/api-server.yml")]):
        subprocess.run([root / "bin" / command[0], *command[1:], "--config.check"], check=True, capture_output=True, cwd=directory)


def test_systemd_understands_the_units():
    with tempfile.TemporaryDirectory() as root:
        # Their programs and users are elsewhere.
        units = pathlib.Path(root)
        for unit in (SOURCE / "deploy/systemd").glob("*.service"):
            text = re.sub(r"^(User|Group)=.*\n", "", unit.read_text(), flags=re.M)
            (units / unit.name).write_text(re.sub(r"/usr/local/bin/\w+", "/bin/true", text))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *sorted(units.iterdir())], capture_output=True, text=True, check=False)
        # It also speaks of whatever else is installed here.
        ours = [line for line in (done.stdout + done.stderr).splitlines() if "ceems" in line]
        assert (done.returncode, ours) == (0, [])


def test_formats_agree_with_promtool():
    rules = sorted((SOURCE / "deploy/prometheus/rules").glob("*.rules"))
    assert rules
    subprocess.run(["promtool", "check", "rules", *rules], check=True, capture_output=True)

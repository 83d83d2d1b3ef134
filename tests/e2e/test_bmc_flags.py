"""The exporter's flags about management controllers: what is accepted, under which names, and what is refused with a word that helps."""

import pathlib
import subprocess

import pytest
from stack.ceems import BINARIES

REDFISH = "redfish_collector: {hostname: bmc}\n"


def check(*flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARIES / "ceems_exporter", "--collector.disable-defaults", *flags, "--config.check"], capture_output=True, text=True,
                          check=False, env={"PATH": "/usr/bin:/bin", **environment})


@pytest.fixture
def redfish(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "redfish.yml"
    path.write_text(REDFISH)
    return str(path)


@pytest.mark.parametrize("flags", [
    ["--collector.ipmi"],
    ["--collector.ipmi", "--collector.ipmi.sensor-id=7", "--collector.ipmi.sensor-id=255", "--collector.ipmi.force-native-mode"],
    ["--collector.ipmi", "--collector.ipmi.dev-num=1", "--collector.ipmi.dcmi.cmd=ipmitool 'dcmi' power reading"],
    ["--collector.ipmi_dcmi", "--collector.ipmi_dcmi.cmd=ipmitool dcmi power reading", "--collector.ipmi_dcmi.dev-num=0"],
    ["--collector.ipmi_dcmi", "--collector.ipmi_dcmi.force-native-mode"],
    ["--collector.ipmi_dcmi", "--collector.ipmi_dcmi.test-mode", "--collector.ipmi_dcmi.cmd=/bin/true"],
])
def test_accepts_flags_of_ipmi(flags: list[str]) -> None:
    done = check(*flags)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("flags", "word"), [
    (["--collector.ipmi", "--collector.ipmi.sensor-id=256"], "--collector.ipmi.sensor-id"),
    (["--collector.ipmi", "--collector.ipmi.sensor-id=fan"], "--collector.ipmi.sensor-id"),
    (["--collector.ipmi", "--collector.ipmi.dev-num=-1"], "--collector.ipmi.dev-num"),
    (["--collector.ipmi", "--collector.ipmi.dcmi.cmd='"], "quote"),
    (["--collector.redfish"], "--collector.redfish.config.file"),
    (["--collector.redfish", "--collector.redfish.config.file=/nonexistent"], "/nonexistent"),
])
def test_refuses_what_cannot_work(flags: list[str], word: str) -> None:
    done = check(*flags)
    assert done.returncode == 1
    assert word in done.stderr


def test_accepts_the_file_of_redfish_by_all_its_names(redfish: str) -> None:
    assert check("--collector.redfish", f"--collector.redfish.config.file={redfish}").returncode == 0
    assert check("--collector.redfish", f"--collector.redfish.web-config={redfish}").returncode == 0
    assert check("--collector.redfish", CEEMS_EXPORTER_REDFISH_COLL_CONFIG_FILE=redfish).returncode == 0
    assert check("--collector.redfish", CEEMS_EXPORTER_REDFISH_COLL_WEB_CONFIG_FILE=redfish).returncode == 0


def test_replaces_variables_in_the_file_of_redfish(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "redfish.yml"
    path.write_text("redfish_collector: {hostname: $BMC, port: ${BMC_PORT}}\n")
    flags = ["--collector.redfish", f"--collector.redfish.config.file={path}"]
    assert check(*flags, "--collector.redfish.config.file.expand-env-vars", BMC="bmc", BMC_PORT="443").returncode == 0
    assert check(*flags, BMC="bmc", BMC_PORT="443").returncode == 1

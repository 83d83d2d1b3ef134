"""ceems_tool before a real Prometheus that holds some hours of a site with several kinds of nodes."""

import json
import os
import pathlib
import pty
import random
import re
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from stack.ceems import BINARIES, find_prometheus
from stack.processes import Daemon, free_port

TOOL = str(BINARIES / "ceems_tool")
STEP = 15  # seconds between samples
HOURS = 1


class Site:
    """Samples of several groups of nodes, written as OpenMetrics text for promtool."""

    def __init__(self) -> None:
        self.end = int(time.time()) // STEP * STEP
        self.start = self.end - HOURS * 3600
        self.families: dict[str, list[str]] = {}
        self.random = random.Random(5)

    def gauge(self, name: str, value, **labels: str) -> None:
        text = ",".join(f'{key}="{quoted}"' for key, quoted in labels.items())
        lines = self.families.setdefault(name, [])
        for at in range(self.start, self.end + 1, STEP):
            lines.append(f"{name}{{{text}}} {value(at) if callable(value) else value} {at}")

    def counter(self, name: str, per_second: float, **labels: str) -> None:
        self.gauge(name, lambda at: per_second * (at - self.start), **labels)

    def node(self, job: str, host: str, units: int = 2) -> dict[str, str]:
        where = {"job": job, "instance": f"{host}:9010", "hostname": host}
        self.counter("ceems_cpu_seconds_total", 8, mode="user", **where)
        self.counter("ceems_cpu_seconds_total", 8, mode="idle", **where)
        self.gauge("ceems_cpu_count", 16, **where)
        self.gauge("ceems_meminfo_MemTotal_bytes", 64 << 30, **where)
        self.gauge("ceems_meminfo_MemAvailable_bytes", 32 << 30, **where)
        for unit in range(units):
            labels = {**where, "manager": "slurm", "uuid": f"{host}-{unit}"}
            self.counter("ceems_compute_unit_cpu_user_seconds_total", 3, **labels)
            self.counter("ceems_compute_unit_cpu_system_seconds_total", 0.5, **labels)
            self.gauge("ceems_compute_unit_cpus", 8, **labels)
            self.gauge("ceems_compute_unit_memory_used_bytes", 10 << 30, **labels)
            self.gauge("ceems_compute_unit_memory_total_bytes", 20 << 30, **labels)
        return where

    def gpu_watts(self, at: int) -> int:
        return 100 + 200 * (at // STEP // 7 % 2)

    def gpu(self, job: str, host: str, gpu_job: str, index: int = 0) -> None:
        uuid = f"GPU-{host}-{index}"
        where = {"job": job, "instance": f"{host}:9010", "hostname": host, "manager": "slurm", "uuid": f"{host}-0"}
        self.gauge("ceems_compute_unit_gpu_index_flag", 1, index=str(index), gpuuuid=uuid, **where)
        self.gauge("DCGM_FI_DEV_POWER_USAGE_INSTANT", self.gpu_watts, job=gpu_job, instance=f"{host}:9400", UUID=uuid, gpu=str(index), modelName="NVIDIA A100")
        self.gauge("DCGM_FI_DEV_GPU_UTIL", 50, job=gpu_job, instance=f"{host}:9400", UUID=uuid, gpu=str(index), modelName="NVIDIA A100")

    def write(self, path: pathlib.Path) -> None:
        with path.open("w") as out:
            for name, lines in self.families.items():
                # Old exporters have counters without _total in their family, and all are good as untyped.
                out.write(f"# TYPE {name} unknown\n" + "\n".join(lines) + "\n")
            out.write("# EOF\n")


def fill(site: Site) -> None:
    for host in ("cray1", "cray2"):
        where = site.node("cray", host)
        for domain, watts in (("node", 900), ("cpu", 300), ("memory", 80), ("accel0", 250)):
            site.gauge("ceems_cray_pm_counters_power_watts", watts, domain=domain, **where)
    site.counter("ceems_ebpf_write_bytes_total", 100, mountpoint="/scratch", manager="slurm", uuid="cray2-0", **where)
    # RAPL beside a BMC, and the former names.
    for host in ("bmc1", "bmc2"):
        where = site.node("bmc", host)
        site.gauge("ceems_ipmi_dcmi_current_watts", 400, **where)
        site.counter("ceems_rapl_package_joules_total", 150, index="0", path="/p/intel-rapl:0", **where)
        site.counter("ceems_rapl_dram_joules_total", 30, index="0", path="/p/intel-rapl:0:0", **where)
    # GPUs whose power is in that of the host: one job with one chassis, one with two.
    for host in ("gpu1", "gpu2"):
        where = site.node("gpu nodes", host)
        for index in (0, 1):
            site.gpu("gpu nodes", host, "dcgm", index)
        site.gauge("ceems_redfish_power_current_watts", lambda at: 350 + 2 * site.gpu_watts(at) + site.random.randint(0, 9), chassis="Self", **where)
    # A large host beside small GPUs that its meter does not see.
    where = site.node("beside", "big1")
    site.gpu("beside", "big1", "dcgm")
    site.gauge("ceems_redfish_power_current_watts", lambda at: 1500 + site.random.randint(0, 9), chassis="Baseboard", **where)
    site.gauge("ceems_redfish_power_current_watts", 700, chassis="HGX", **where)
    # Without DRAM, and without any meter.
    where = site.node("old", "old1")
    site.counter("ceems_rapl_package_joules_total", 90, index="0", path="/p/intel-rapl:0", **where)
    where = site.node("old", "vm1")
    site.counter("ceems_estimated_energy_joules_total", 60, domain="package", model="linear", **where)
    site.node("no meter", "none1")
    where = site.node("parts", "parts1")
    for chip, sensor in (("amdgpu", "power1"), ("pmbus", "power1"), ("pmbus", "power2")):
        site.gauge("ceems_hwmon_power_current_watts", 70, chip=chip, chip_name=chip, sensor=sensor, index="0", **where)
    for provider, code, country, grams in (("rte", "FR", "France", 33), ("emaps", "FR", "France", 45), ("owid", "FR", "France", 56), ("owid", "DE", "Germany", 380),
                                           ("global", "ZZ", "World", 445), ("wt", "CAISO_NORTH", "CAISO_NORTH", 450)):
        for host in ("old1", "vm1"):
            site.gauge("ceems_emissions_gCo2_kWh", grams, job="old", instance=f"{host}:9010", provider=provider, provider_name=provider.upper(),
                       country_code=code, country=country)


class Prometheus:
    def __init__(self, directory: pathlib.Path, rules: str = "") -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = directory / "prometheus.yml"
        config.write_text(json.dumps({"global": {"scrape_interval": f"{STEP}s", "evaluation_interval": "1s"}, "rule_files": [rules] if rules else [],
                                      "scrape_configs": [{"job_name": "bmc", "scrape_interval": "20s", "static_configs": [{"targets": ["127.0.0.1:9"]}]}]}))
        self.daemon = Daemon("prometheus", [find_prometheus(), f"--config.file={config}", f"--storage.tsdb.path={directory / 'tsdb'}",
                                            f"--web.listen-address=127.0.0.1:{port}", "--query.lookback-delta=10m", "--log.level=warn"], directory)
        self.daemon.wait_for(self.url + "/-/ready", 60)

    def ask(self, path: str, **parameters: object) -> object:
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=30) as answer:
            return json.load(answer)["data"]

    def query(self, promql: str, ago: float = 0) -> list[tuple[dict[str, str], float]]:
        return [(one["metric"], float(one["value"][1])) for one in self.ask("query", query=promql, time=time.time() - ago)["result"]]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    directory = tmp_path_factory.mktemp("site")
    made = Site()
    fill(made)
    made.write(directory / "samples.om")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", str(directory / "samples.om"), str(directory / "tsdb")], check=True)
    prometheus = Prometheus(directory)
    # Blocks and targets are found by and by.
    deadline = time.monotonic() + 60
    while not prometheus.query("ceems_cpu_count") or not prometheus.ask("targets")["activeTargets"]:
        assert time.monotonic() < deadline, prometheus.daemon.log_tail()
        time.sleep(0.2)
    yield prometheus
    prometheus.daemon.stop()


def create(site: Prometheus, directory: pathlib.Path, *flags: str, what: str = "create-recording-rules") -> subprocess.CompletedProcess:
    return subprocess.run([TOOL, "tsdb", what, f"--url={site.url}", *flags], cwd=directory, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def rules_of(path: pathlib.Path) -> str:
    check = subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", str(path)], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stderr + check.stdout
    return path.read_text()


CHASSIS = "--redfish.chassis=beside=Baseboard"


def test_rules_are_chosen_from_what_is_scraped(site, tmp_path):
    made = create(site, tmp_path, "--country-code=fr", CHASSIS)
    assert made.returncode == 0, made.stderr
    files = {path.name: rules_of(path) for path in (tmp_path / "rules").iterdir()}
    assert set(made.stdout.splitlines()) == {f"rules/{name}" for name in files}
    assert set(files) == {"cray.rules", "bmc.rules", "gpu_nodes.rules", "beside.rules", "old.rules", "dcgm-gpu_nodes-gpu.rules", "dcgm-beside-gpu.rules"}

    def sources(name: str) -> list[str]:
        return re.findall(r'record: instance:ceems_host_power_watts:pue\n(?:.*\n)*?          source: "(.*)"', files[name])

    assert sources("cray.rules") == ["cray"]
    assert sources("bmc.rules") == ["ipmi", "rapl"]
    assert sources("gpu_nodes.rules") == ["redfish"]
    assert sources("old.rules") == ["rapl", "power-model"]
    assert "gpu nodes: host power contains GPUs" in made.stderr and "beside: host power does not contain GPUs" in made.stderr
    assert "DCGM_FI_DEV_POWER_USAGE" in files["gpu_nodes.rules"] and "DCGM" not in files["beside.rules"]
    # Four scrape intervals: the job's own where there are targets, else the server's.
    assert "[1m20s]" in files["bmc.rules"] and "[1m]" in files["old.rules"]
    assert "compute-unit-io-rules-cray" in files["cray.rules"] and "network-rules" not in files["cray.rules"] and "io-rules" not in files["bmc.rules"]
    for name in ("cray.rules", "dcgm-beside-gpu.rules"):
        providers = set(re.findall(r'provider="(\w+)",country_code="(\w+)"', files[name]))
        assert providers == {("rte", "FR"), ("emaps", "FR"), ("owid", "FR"), ("global", "ZZ")}


def test_a_country_that_nobody_tells_of_has_the_factor_of_the_table(site, tmp_path):
    made = create(site, tmp_path, "--country-code=PL", "--disable-providers", CHASSIS)
    assert made.returncode == 0, made.stderr
    assert re.search(r"PL: \d+(\.\d+)? g/kWh of Our World in Data is used", made.stderr)
    assert 'provider: "owid"' in rules_of(tmp_path / "rules/bmc.rules")


def test_a_factor_or_a_source_can_be_given(site, tmp_path):
    assert create(site, tmp_path, "--emission-factor=50", "--output-dir=a", CHASSIS).returncode == 0
    assert 'provider: "custom"' in rules_of(tmp_path / "a/bmc.rules")
    assert create(site, tmp_path, "--emission-source=wt/CAISO_NORTH", "--output-dir=b", CHASSIS).returncode == 0
    assert 'provider="wt",country_code="CAISO_NORTH"' in rules_of(tmp_path / "b/bmc.rules")
    both = create(site, tmp_path, "--emission-factor=50", "--country-code=FR", CHASSIS)
    assert both.returncode == 1 and "exclude each other" in both.stderr


def test_nobody_is_asked_without_a_terminal(site, tmp_path):
    made = create(site, tmp_path)
    assert made.returncode == 1
    assert "beside: has more than one chassis; say --redfish.chassis=beside=NAME" in made.stderr
    assert not (tmp_path / "rules").exists()
    unknown = create(site, tmp_path, "--redfish.chassis=beside=Nope")
    assert unknown.returncode == 1 and "it has Baseboard, HGX" in unknown.stderr


def test_meters_of_parts_are_not_taken_for_those_of_a_host(site, tmp_path):
    made = create(site, tmp_path, CHASSIS)
    assert "parts: no rules, since its only meters are of parts of hosts: amdgpu, pmbus" in made.stderr and not (tmp_path / "rules/parts.rules").exists()
    made = create(site, tmp_path, CHASSIS, "--hwmon.chip=parts=pmbus/power1")
    assert made.returncode == 0, made.stderr
    rules = rules_of(tmp_path / "rules/parts.rules")
    assert 'chip_name="pmbus",sensor="power1",job="parts"' in rules and "amdgpu" not in rules


def test_whoever_sits_at_the_terminal_is_asked(site, tmp_path):
    terminal, other = pty.openpty()
    os.write(terminal, b"0,1\n")
    made = subprocess.run([TOOL, "tsdb", "create-recording-rules", f"--url={site.url}"], cwd=tmp_path, capture_output=True, text=True, check=False, stdin=other)
    assert made.returncode == 0, made.stderr
    assert "beside has more than one chassis." in made.stderr and "[1]: HGX" in made.stderr
    assert 'chassis=~"Baseboard|HGX"' in rules_of(tmp_path / "rules/beside.rules")


def test_gpus_can_be_decided_by_hand(site, tmp_path):
    made = create(site, tmp_path, CHASSIS, "--gpu-power-in-host-power=no", "--gpu-power-in-host-power=beside=yes")
    assert made.returncode == 0, made.stderr
    assert "DCGM" not in rules_of(tmp_path / "rules/gpu_nodes.rules") and "DCGM" in rules_of(tmp_path / "rules/beside.rules")


def test_a_server_evaluates_what_was_written(site, tmp_path):
    """The same samples once more, up to now, with the rules: each host is accounted once, and units and rest make it up."""
    made = create(site, tmp_path, "--country-code=FR", CHASSIS)
    assert made.returncode == 0, made.stderr
    directory = tmp_path / "server"
    directory.mkdir()
    again = Site()
    fill(again)
    again.write(directory / "samples.om")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", str(directory / "samples.om"), str(directory / "tsdb")], check=True)
    prometheus = Prometheus(directory, str(tmp_path / "rules/*.rules"))
    try:
        deadline = time.monotonic() + 90
        while len(prometheus.query("uuid:ceems_host_emissions_g_s:pue")) < 72 or len(prometheus.query("uuid:ceems_gpu_power_watts:pue")) < 5:
            assert time.monotonic() < deadline, prometheus.ask("rules")
            time.sleep(0.2)
        rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
        assert [rule for rule in rules if rule["health"] == "err"] == []
        power = {labels["instance"]: (labels["source"], value) for labels, value in prometheus.query("instance:ceems_host_power_watts:pue")}
        expected = {"cray1:9010": ("cray", 650), "cray2:9010": ("cray", 650), "bmc1:9010": ("ipmi", 400), "bmc2:9010": ("ipmi", 400),
                    "gpu1:9010": ("redfish", 350), "gpu2:9010": ("redfish", 350), "big1:9010": ("redfish", 1500), "old1:9010": ("rapl", 90), "vm1:9010": ("power-model", 60)}
        assert {host: source for host, (source, _) in power.items()} == {host: source for host, (source, _) in expected.items()}
        for host, (_, watts) in expected.items():
            # The meter's mean and what GPUs draw now differ while GPUs change.
            tolerance = 420 if host.startswith("gpu") else 10
            assert abs(power[host][1] - watts) <= tolerance, (host, power[host])
        # Of an instant whose evaluation is over.
        left = prometheus.query("abs(sum by (job, instance) (uuid:ceems_host_power_watts:pue) + on (job, instance) sum by (job, instance) "
                                "(instance:ceems_host_unattributed_power_watts:pue) - on (job, instance) sum by (job, instance) (instance:ceems_host_power_watts:pue)) > 1e-6", ago=2)
        assert left == []
        units = prometheus.query("count by (provider) (uuid:ceems_host_emissions_g_s:pue)")
        assert {labels["provider"]: count for labels, count in units} == {provider: 18 for provider in ("rte", "emaps", "owid", "global")}
        queries = create(prometheus, tmp_path, what="create-ceems-tsdb-updater-queries")
        assert queries.returncode == 0 and queries.stderr == "Queries for TSDB updater:\n"
        assert set(re.findall(r"^    (\w+_total):", queries.stdout, re.M)) == {"rte_total", "emaps_total", "owid_total", "global_total", "bytes_total"}
        assert "  total_io_read_stats: {}\n" in queries.stdout and "uuid:ceems_gpu_power_watts:pue" in queries.stdout
        # Rules of whole jobs are evaluated once a minute.
        while not (jobs := {labels["job"] for labels, _ in prometheus.query("job:ceems_gpu_power_watts:pue")}):
            assert time.monotonic() < deadline, prometheus.ask("rules")
            time.sleep(0.5)
        assert jobs == {"dcgm"}
    finally:
        prometheus.daemon.stop()


def test_relabelling_is_for_exporters_of_gpus(site, tmp_path):
    made = create(site, tmp_path, what="create-relabel-configs")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith('scrape_configs:\n  - job_name: "dcgm"\n    metric_relabel_configs:\n')
    config = tmp_path / "prometheus.yml"
    config.write_text(made.stdout)
    check = subprocess.run(["promtool", "check", "config", str(config)], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stderr


def test_errors_say_what_is_wrong_once(site, tmp_path):
    for flags, words in ((["--url=http://127.0.0.1:9"], "127.0.0.1:9"), (["--start=2030-01-01T00:00:00Z", "--end=1"], "--start: must be before --end"),
                         (["--start=yesterday"], "yesterday: no time"), (["--end=1000"], "no scrape job has a meter"), (["--pue=0"], "pue"),
                         (["--gpu-power-in-host-power=maybe"], "none of yes, no, auto")):
        made = subprocess.run([TOOL, "tsdb", "create-recording-rules", *([] if flags[0].startswith("--url") else [f"--url={site.url}"]), *flags], cwd=tmp_path,
                              capture_output=True, text=True, check=False)
        assert made.returncode == 1 and made.stdout == ""
        assert words in made.stderr and len(made.stderr.splitlines()) == 1, made.stderr

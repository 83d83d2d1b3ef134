"""A TSDB that fails, and an API server that is killed: nothing is lost, nothing counts twice, the next tick recovers."""

import os
import pathlib
import shutil
import sys
import tempfile
import time

import pytest

from conftest import generic_config
from flaky import FlakyProxy
from stack import cgroups
from stack.ceems import Stack

SPIN = "while True: pass"
MODES = ("error", "truncated", "garbage", "hangup")


def spin(stack) -> dict:
    return next((u for u in stack.units() if u["uuid"] == "spin"), {})


def energy_kwh(stack) -> float:
    return spin(stack).get("total_cpu_energy_usage_kwh", {}).get("total", 0)


def wait_until(seconds, what, condition):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.5)
    pytest.fail(f"not within {seconds} s: {what}")


class Site:
    """A unit that spins, measured by one exporter and one Prometheus for several API servers: what all of them wait for is waited for once."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.parent = cgroups.make_parent(f"ceems-e2e-{os.getpid()}")
        self.stacks = {"measured": Stack(directory / "measured", generic=generic_config(self.parent.name))}
        self.proxies: dict[str, FlakyProxy] = {}

    def start(self) -> None:
        measured = self.stacks["measured"]
        measured.start_exporter()
        measured.start_prometheus()
        self.started = time.time()
        self.parent.spawn("spin", [sys.executable, "-c", SPIN])
        self.killed = self._serve("killed", measured.prometheus_url)
        for mode in MODES:
            proxy = self.proxies[mode] = FlakyProxy(measured.prometheus_url)
            self._serve(mode, proxy.url)
        wait_until(60, "first energy", lambda: all(energy_kwh(stack) > 0 for name, stack in self.stacks.items() if name != "measured"))
        for mode, proxy in self.proxies.items():
            proxy.requests, proxy.mode = 0, mode

    def _serve(self, name: str, tsdb_url: str) -> Stack:
        stack = self.stacks[name] = Stack(self.directory / name, update_seconds=5)
        stack.prometheus_url, stack.exporter_url = self.stacks["measured"].prometheus_url, self.stacks["measured"].exporter_url
        stack.start_api_server(tsdb_url=tsdb_url)
        return stack

    def energy_is_what_was_recorded(self, stack: Stack) -> bool:
        """What the rules recorded since the unit started, up to its last update."""
        unit = spin(stack)
        end = unit["started_at_ts"] / 1000 + unit["total_time_seconds"]["walltime"]
        query = f'sum(sum_over_time(uuid:ceems_host_power_watts:pue{{uuid="spin"}}[{int(end - self.started)}s:1s]))'
        recorded = float(stack.query(query, end)[0]["value"][1])
        return unit["total_cpu_energy_usage_kwh"]["total"] * 3.6e6 == pytest.approx(recorded, rel=0.08)

    def stop(self) -> None:
        for stack in reversed(self.stacks.values()):
            stack.stop()
        for proxy in self.proxies.values():
            proxy.close()
        self.parent.remove()


@pytest.fixture(scope="module")
def site():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ceems-e2e-"))
    directory.chmod(0o755)
    made = Site(directory)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def recovering(site):
    """Queries of every mode failed for a while; now they are answered again."""
    for mode, proxy in site.proxies.items():
        wait_until(60, f"failing queries with {mode}", lambda proxy=proxy: proxy.requests >= 6)
    for mode, proxy in site.proxies.items():
        assert proxy.url in site.stacks[mode].daemons["api"].log.read_text(), mode
        proxy.mode = "pass"
    return site


def test_a_killed_server_goes_on_where_it_was(site):
    for pause in (0.3, 1.1, 2.3, 4.7):
        time.sleep(pause)
        site.killed.daemons["api"].kill()
        site.killed.start_api_server()
    before = energy_kwh(site.killed)
    wait_until(60, "updates after the last start", lambda: energy_kwh(site.killed) > before)
    wait_until(20, "energy is what was recorded", lambda: site.energy_is_what_was_recorded(site.killed))


@pytest.mark.parametrize("mode", MODES)
def test_windows_that_failed_are_made_up_for(recovering, mode):
    stack = recovering.stacks[mode]
    assert stack.daemons["api"].alive()
    before = energy_kwh(stack)
    wait_until(90, "recovery", lambda: energy_kwh(stack) > before)
    wait_until(90, "energy is what was recorded", lambda: recovering.energy_is_what_was_recorded(stack))

"""A TSDB that fails, and an API server that is killed: nothing is lost, nothing counts twice, the next tick recovers."""

import sys
import time

import pytest

from flaky import FlakyProxy

SPIN = "while True: pass"


def energy_kwh(stack, uuid):
    unit = next((u for u in stack.units() if u["uuid"] == uuid), {})
    return unit.get("total_cpu_energy_usage_kwh", {}).get("total", 0)


def wait_until(seconds, what, condition):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.5)
    pytest.fail(f"not within {seconds} s: {what}")


def recorded_joules(stack, uuid, since):
    """What the rules recorded for that unit since then, up to its last update."""
    unit = next(u for u in stack.units() if u["uuid"] == uuid)
    end = unit["started_at_ts"] / 1000 + unit["total_time_seconds"]["walltime"]
    query = f'sum(sum_over_time(uuid:ceems_host_power_watts:pue{{uuid="{uuid}"}}[{int(end - since)}s:1s]))'
    return float(stack.query(query, end)[0]["value"][1]), unit


@pytest.mark.parametrize("mode", ["error", "truncated", "garbage", "hangup"])
def test_windows_that_failed_are_made_up_for(stack, parent, mode):
    stack.start_exporter()
    stack.start_prometheus()
    proxy = FlakyProxy(stack.prometheus_url)
    try:
        api = stack.start_api_server(tsdb_url=proxy.url)
        started = time.time()
        parent.spawn("spin", [sys.executable, "-c", SPIN])
        wait_until(60, "first energy", lambda: energy_kwh(stack, "spin") > 0)
        proxy.mode = mode
        seen = proxy.requests
        wait_until(60, "failing queries", lambda: proxy.requests >= seen + 3)
        time.sleep(12)
        assert api.alive()
        assert proxy.url in api.log.read_text()
        proxy.mode = "pass"
        before = energy_kwh(stack, "spin")
        wait_until(90, "recovery", lambda: energy_kwh(stack, "spin") > before)
        time.sleep(12)
        truth, unit = recorded_joules(stack, "spin", started)
        assert unit["total_cpu_energy_usage_kwh"]["total"] * 3.6e6 == pytest.approx(truth, rel=0.08)
    finally:
        proxy.close()


def test_a_killed_server_goes_on_where_it_was(stack, parent):
    stack.start()
    started = time.time()
    parent.spawn("spin", [sys.executable, "-c", SPIN])
    wait_until(60, "first energy", lambda: energy_kwh(stack, "spin") > 0)
    for pause in (0.3, 1.1, 2.3, 4.7):
        time.sleep(pause)
        stack.daemons["api"].kill()
        stack.start_api_server()
    before = energy_kwh(stack, "spin")
    wait_until(60, "updates after the last start", lambda: energy_kwh(stack, "spin") > before)
    time.sleep(6)
    truth, unit = recorded_joules(stack, "spin", started)
    assert unit["total_cpu_energy_usage_kwh"]["total"] * 3.6e6 == pytest.approx(truth, rel=0.08)

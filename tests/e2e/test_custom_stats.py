"""Numbers of a site's own, from a Prometheus: sums, averages with weights of their own, smallest and largest values."""

import time

import pytest

from test_units import wait_until

CPUS = "sum by (uuid) (ceems_compute_unit_cpus{uuid=~`{{.UUIDs}}`})"
QUERIES = f"""\
queries:
  total_custom_stats:
    windows: '{CPUS} * 0 + 1'
  avg_custom_stats:
    by_time: '{CPUS}'
    by_cpu_time: '{CPUS}'
    below_zero: '{CPUS} * 0 - 1'
  min_custom_stats:
    cpus: '{CPUS}'
    below_zero: '-{CPUS}'
  max_custom_stats:
    cpus: '{CPUS}'
    below_zero: '-{CPUS}'
"""
CPUS_OF = {"narrow": 1, "wide": 2}


@pytest.fixture
def measured(stack, parent):
    """Two units, of one CPU and of two, that have run and ended."""
    stack.updater_settings = QUERIES
    stack.data_settings = "avg_custom_stats_weights: {by_cpu_time: alloc_cputime}"
    running = {}
    for name, cpus in CPUS_OF.items():
        group, process = parent.spawn(name, ["sleep", "3600"])
        group.write("cpuset.cpus", f"0-{cpus - 1}")
        running[name] = (group, process)
    stack.start()
    wait_until(60, "both have numbers", lambda: sum("avg_custom_stats" in unit for unit in stack.units()) == len(CPUS_OF))
    # One runs longer than the other.
    for name, (group, process) in running.items():
        time.sleep(6)
        process.kill()
        process.wait()
        group.remove()
        wait_until(60, f"{name} has ended", lambda: any(unit["uuid"] == name and unit.get("ended_at_ts", 0) > 0 for unit in stack.units()))
    return stack, {unit["uuid"]: unit for unit in stack.units()}


def mean(units, weight):
    weights = {name: units[name]["total_time_seconds"][weight] for name in CPUS_OF}
    return sum(CPUS_OF[name] * seconds for name, seconds in weights.items()) / sum(weights.values())


def test_custom_stats_are_those_of_units_put_together(measured):
    stack, units = measured
    for name, cpus in CPUS_OF.items():
        assert units[name]["total_custom_stats"]["windows"] >= 1
        assert units[name]["avg_custom_stats"] == pytest.approx({"by_time": cpus, "by_cpu_time": cpus, "below_zero": 0})
        assert units[name]["min_custom_stats"] == units[name]["max_custom_stats"] == {"cpus": cpus, "below_zero": -cpus}
    assert mean(units, "alloc_cputime") > mean(units, "walltime") + 0.05  # the weights tell
    now = int(time.time())
    windows = f"from={now - 86400}&to={now + 86400}"
    # Rows of users and days keep a mean and its time, which counts the end of a unit that has no sample any more too.
    for query, tolerance in {f"current/admin?{windows}": 1e-6, f"current/admin?{windows}&experimental": 0.02, "global/admin": 0.02}.items():
        (usage,) = stack.api(f"/api/v1/usage/{query}")["data"]
        assert usage["username"] == "alice"
        assert usage["total_custom_stats"]["windows"] == sum(unit["total_custom_stats"]["windows"] for unit in units.values())
        assert usage["avg_custom_stats"]["by_time"] == pytest.approx(mean(units, "walltime"), abs=tolerance), query
        assert usage["avg_custom_stats"]["by_cpu_time"] == pytest.approx(mean(units, "alloc_cputime"), abs=tolerance), query
        assert usage["min_custom_stats"] == {"cpus": 1, "below_zero": -2}
        assert usage["max_custom_stats"] == {"cpus": 2, "below_zero": -1}

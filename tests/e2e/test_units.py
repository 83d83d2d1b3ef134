"""Units of known shape: what API and cacct say, against the cgroup's own counters and against the node."""

import csv
import io
import sys
import time

import pytest

import metrics

SPIN_SECONDS = 30
SPIN = f"""
import time
end = time.monotonic() + {SPIN_SECONDS}
while time.monotonic() < end: pass
time.sleep(3600)
"""
HOG = """
import time
held = bytearray(256 << 20)
for i in range(0, len(held), 4096): held[i] = 1
time.sleep(3600)
"""


def wait_until(seconds: float, what: str, condition):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.5)
    pytest.fail(f"not within {seconds} s: {what}")


@pytest.fixture
def measured(stack, parent):
    """One core for 30 s, an idle unit and a memory hog, run to their end and aggregated."""
    stack.start()
    spin, spinning = parent.spawn("spin", [sys.executable, "-c", SPIN])
    started = time.time()
    idle, _ = parent.spawn("idle", ["sleep", "3600"])
    hog, _ = parent.spawn("hog", [sys.executable, "-c", HOG])
    time.sleep(SPIN_SECONDS + 5)
    page = stack.metrics()
    truth = {"spin_cpu_seconds": spin.cpu_seconds(), "hog_bytes": hog.memory_bytes(), "started": started, "page": page}
    spinning.kill()
    spinning.wait()
    spin.remove()
    truth["ended"] = time.time()
    unit = wait_until(60, "the unit has ended", lambda: next(
        (u for u in stack.units() if u["uuid"] == "spin" and u.get("ended_at_ts", 0) > 0), None))
    truth["unit"] = unit
    wait_until(30, "a last update", lambda: next(
        (u for u in stack.units() if u["uuid"] == "hog" and u.get("total_cpu_energy_usage_kwh")), None))
    truth["units"] = {u["uuid"]: u for u in stack.units()}
    return stack, truth


def test_says_what_the_cgroups_counters_say(measured):
    stack, truth = measured
    page = truth["page"]
    # The exporter, now.
    seconds = metrics.of_unit(page, "ceems_compute_unit_cpu_user_seconds_total", "spin") + metrics.of_unit(
        page, "ceems_compute_unit_cpu_system_seconds_total", "spin")
    assert seconds == pytest.approx(truth["spin_cpu_seconds"], abs=0.2)
    assert metrics.of_unit(page, "ceems_compute_unit_memory_used_bytes", "hog") == pytest.approx(truth["hog_bytes"], rel=0.05)
    assert metrics.value(page, "ceems_compute_units", manager="e2e") == 3
    owner = next(labels for labels, _ in metrics.parse(page)["ceems_compute_unit_info"] if labels["uuid"] == "spin")
    assert (owner["user"], owner["project"]) == ("alice", "tests")

    # The API server, of the whole life.
    unit = truth["unit"]
    lifetime = truth["ended"] - truth["started"]
    assert (unit["username"], unit["project"]) == ("alice", "tests")
    assert unit["total_time_seconds"]["walltime"] == pytest.approx(lifetime, abs=4)
    cpus = unit["allocation"]["cpus"]
    cpu_seconds = unit["avg_cpu_usage"]["global"] / 100 * cpus * unit["total_time_seconds"]["walltime"]
    assert cpu_seconds == pytest.approx(truth["spin_cpu_seconds"], rel=0.1)
    assert unit["total_cpu_energy_usage_kwh"]["total"] > 0
    assert unit["total_cpu_emissions_gms"]["global_total"] > 0

    # The idle unit is nearly free, the hog holds memory.
    units = truth["units"]
    assert units["idle"]["avg_cpu_usage"]["global"] < 1
    assert units["idle"]["total_cpu_energy_usage_kwh"]["total"] < unit["total_cpu_energy_usage_kwh"]["total"] / 20
    total = metrics.of_unit(page, "ceems_compute_unit_memory_total_bytes", "hog")
    assert units["hog"]["avg_cpu_mem_usage"]["global"] == pytest.approx(100 * truth["hog_bytes"] / total, rel=0.1)

    # Power: what the units took and what nobody took is what the node took, at every instant and over the whole time.
    at = truth["ended"]
    window = f"[{int(at - truth['started'])}s:1s]"
    node = float(stack.query(f"sum(sum_over_time(instance:ceems_host_power_watts:pue{window}))", at)[0]["value"][1])
    used = float(stack.query(f"sum(sum_over_time(uuid:ceems_host_power_watts:pue{window}))", at)[0]["value"][1])
    rest = float(stack.query(f"sum(sum_over_time(instance:ceems_host_unattributed_power_watts:pue{window}))", at)[0]["value"][1])
    assert used + rest == pytest.approx(node, rel=0.01)
    assert rest >= 0

    # Energy in the database is the integral of that power.
    joules = float(stack.query(f'sum(sum_over_time(uuid:ceems_host_power_watts:pue{{uuid="spin"}}{window}))', at)[0]["value"][1])
    assert unit["total_cpu_energy_usage_kwh"]["total"] * 3.6e6 == pytest.approx(joules, rel=0.05)
    # And the meter's own counter agrees with the power, while the load is steady.
    steady = truth["started"] + SPIN_SECONDS - 2
    watts = float(stack.query("sum(avg_over_time(instance:ceems_host_power_watts:pue[20s]))", steady)[0]["value"][1])
    meter = float(stack.query("sum(rate(ceems_estimated_energy_joules_total[20s]))", steady)[0]["value"][1])
    assert watts == pytest.approx(meter, rel=0.1)

    # cacct says what the API says.
    table = list(csv.DictReader(io.StringIO(stack.cacct("--running", "--csv", "--user", "alice"))))
    assert {row["Job ID"] for row in table} >= {"idle", "hog"}

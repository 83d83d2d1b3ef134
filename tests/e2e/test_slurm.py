"""Jobs of known shape on a real SLURM: what API and cacct say, against sacct, the cgroups' own counters and the node."""

import csv
import io
import time
import types

import pytest

import slurm_jobs
from slurm_jobs import HOLD, LIAR, SPIN, cpu_seconds, kwh, wait_until
from stack import people

SPIN_SECONDS = 30


# What a user may call a job: more columns, another owner, quotes, two lines.
ODD_NAME = 'a|b|bob|chem|COMPLETED "é\\ 2\n999|x'
# Whose, on which account, what it does, its sbatch flags.
SHAPES = {
    "spin": ("ann", "chem", f"{SPIN % SPIN_SECONDS}; sleep 2", "--ntasks=1"),
    "idle": ("bob", "chem", "srun --overcommit sleep 15", "--ntasks=4", "--overcommit"),
    "hog": ("cid", "bio", HOLD % (256, 20), "--mem=400"),
    "short": ("ann", "bio", "sleep 2"),
    "oom": ("bob", "chem", HOLD % (300, 60), "--mem=40"),
    "failed": ("cid", "bio", "sleep 1; exit 3"),
    "cancelled": ("ann", "chem", "sleep 600"),
    "requeued": ("bob", "chem", f'[ -n "$SLURM_RESTART_COUNT" ] || sleep 600; {SPIN % 5}; sleep 1', "--requeue"),
    "steps": ("ann", "chem", f'srun sh -c "{SPIN % 3}"; srun sleep 3; srun sh -c "{SPIN % 3}"; sleep 1', "--ntasks=1"),
    "left": ("ann", "bio", f"{SPIN % 12}; sleep 1"),
    "right": ("bob", "chem", f"{SPIN % 12}; sleep 1"),
    "liar": ("bob", "chem", LIAR, "--mem=200"),
    "odd": ("ann", "bio", "sleep 1", f"--job-name={ODD_NAME}"),
    "array": ("cid", "bio", "sleep 1", "--array=1-50", "--mem=20"),
}


def submit(slurm, name: str, user: str, account: str, script: str, *flags: str) -> str:
    return slurm.submit(user, account, script, f"--job-name={name}", *flags)


def submit_all(slurm) -> dict[str, str]:
    """Everything that runs beside each other; ids by name."""
    jobs: dict[str, str] = {}
    for name, (user, account, script, *flags) in SHAPES.items():
        jobs[name] = submit(slurm, name, user, account, script % {"victim": jobs["spin"]} if name == "liar" else script, *flags)
    return jobs


@pytest.fixture(scope="module")
def finished(lab):
    """All jobs ended, aggregated, and with them what is true of them."""
    slurm = lab.slurm
    watcher = slurm_jobs.Watcher(slurm)
    started = time.time()
    jobs = submit_all(slurm)
    for name in ("cancelled", "requeued"):
        wait_until(60, f"{name} runs", lambda name=name: slurm_jobs.state(slurm, jobs[name]) == "RUNNING")
    time.sleep(3)  # they shall have run for a while
    cancelled = people.run_as("ann", ["scancel", jobs["cancelled"]])
    assert cancelled.returncode == 0, cancelled.stderr
    slurm_jobs.requeue(slurm, jobs["requeued"])
    wait_until(120, "all jobs ended", lambda: not slurm.queued())
    watcher.stop()
    ended = time.time()
    lab.check()
    # One more that nobody measures.
    lab.ceems.daemons["exporter"].stop()
    jobs["unseen"] = submit(slurm, "unseen", "cid", "bio", "sleep 2")
    wait_until(30, "the unseen job ended", lambda: slurm_jobs.state(slurm, jobs["unseen"]) == "COMPLETED")
    lab.ceems.start_exporter()
    try:
        wait_until(60, "API server and sacct agree", lambda: not slurm_jobs.differences(lab.ceems, slurm_jobs.truth(slurm)))
        wait_until(60, "the last energy", lambda: all(kwh(slurm_jobs.units(lab.ceems)[jobs[name]][-1]) > 0 for name in ("spin", "right", "requeued")))
    except pytest.fail.Exception:
        print(slurm_jobs.differences(lab.ceems, slurm_jobs.truth(slurm)), jobs)
        raise
    time.sleep(2 * lab.ceems.update)  # aggregates of the last window
    found, rows = slurm_jobs.units(lab.ceems), slurm_jobs.truth(slurm)
    return types.SimpleNamespace(jobs=jobs, rows=rows, seen=watcher.seen, started=started, ended=ended, all=found,
                                 units={name: found[job][-1] for name, job in jobs.items() if job in found})


def test_every_job_is_there_once_with_its_owner_state_and_times(lab, finished):
    assert slurm_jobs.differences(lab.ceems, finished.rows) == []
    states = {name: finished.units[name]["state"] for name in finished.units}
    assert states["cancelled"] == f"CANCELLED by {people.USERS['ann']}"
    assert {name: states[name] for name in ("spin", "idle", "hog", "short", "requeued", "steps", "liar", "unseen")} == dict.fromkeys(
        ("spin", "idle", "hog", "short", "requeued", "steps", "liar", "unseen"), "COMPLETED")
    assert [unit["state"] for unit in finished.all[finished.jobs["requeued"]]] == ["REQUEUED", "COMPLETED"]
    assert states["failed"] == "FAILED"
    assert states["oom"] == "OUT_OF_MEMORY"
    assert finished.units["failed"]["tags"]["exit_code"] == "3:0"
    assert finished.units["odd"]["name"] == ODD_NAME.replace('"', "`")  # SLURM's own doing


def test_an_array_is_as_many_units_as_it_has_tasks(finished):
    tasks = [units for units in finished.all.values() if units[0]["name"] == "array"]
    assert len(tasks) == 50
    assert all(len(units) == 1 and units[0]["state"] == "COMPLETED" for units in tasks)


# A job's first and last moments lie between scrapes, which counts for more in a short one.
@pytest.mark.parametrize(("name", "within"), [("spin", 0.1), ("steps", 0.35), ("left", 0.35), ("right", 0.35), ("liar", 0.35)])
def test_cpu_time_is_what_the_cgroup_counted(finished, name, within):
    seen = finished.seen[finished.jobs[name]]
    assert seen.cpu_seconds > 0.5
    assert cpu_seconds(finished.units[name]) == pytest.approx(seen.cpu_seconds, rel=within)
    assert kwh(finished.units[name]) > 0
    assert finished.units[name]["total_cpu_emissions_gms"]["global_total"] > 0


def test_memory_is_what_the_cgroup_held(finished):
    seen = finished.seen[finished.jobs["hog"]]
    assert seen.memory_bytes >= 256 << 20
    assert finished.units["hog"]["avg_cpu_mem_usage"]["global"] == pytest.approx(100 * seen.memory_bytes / (400 << 20), rel=0.15)


def test_idle_tasks_are_nearly_free(finished):
    assert finished.units["idle"]["avg_cpu_usage"]["global"] < 10
    assert kwh(finished.units["idle"]) < kwh(finished.units["spin"]) / 10


def test_energy_that_nobody_observed_is_absent(finished):
    unseen = finished.units["unseen"]
    assert unseen["total_time_seconds"]["walltime"] == pytest.approx(2, abs=1)
    for key in ("total_cpu_energy_usage_kwh", "total_cpu_emissions_gms", "avg_cpu_usage"):
        assert not unseen.get(key), unseen
    assert finished.units["short"]["total_time_seconds"]["walltime"] == pytest.approx(2, abs=1)


def test_units_and_the_rest_are_the_node(lab, finished):
    window = f"[{int(finished.ended - finished.started)}s:1s]"

    def joules(query: str) -> float:
        return float(lab.ceems.query(f"sum(sum_over_time({query}{window}))", finished.ended)[0]["value"][1])
    node, rest = joules("instance:ceems_host_power_watts:pue"), joules("instance:ceems_host_unattributed_power_watts:pue")
    assert joules("uuid:ceems_host_power_watts:pue") + rest == pytest.approx(node, rel=0.01)
    assert 0 <= rest < node
    # What the database has is what the rules recorded.
    for name in ("spin", "right", "steps"):
        recorded = joules(f'uuid:ceems_host_power_watts:pue{{uuid="{finished.jobs[name]}"}}')
        assert kwh(finished.units[name]) * 3.6e6 == pytest.approx(recorded, rel=0.08)


def test_the_energy_of_a_requeued_job_is_divided_where_it_starts_again(lab, finished):
    job = finished.jobs["requeued"]
    first, second = finished.all[job]
    starts = [unit["started_at_ts"] / 1000 for unit in (first, second)]

    def recorded(after: float, until: float) -> float:
        query = f'sum(sum_over_time(uuid:ceems_host_power_watts:pue{{uuid="{job}"}}[{int((until - after) * 1000) - 1}ms]))'
        samples = lab.ceems.query(query, until)
        return float(samples[0]["value"][1]) if samples else 0
    # The first only slept.
    assert kwh(first) * 3.6e6 == pytest.approx(recorded(starts[0], starts[1]), rel=0.2, abs=0.1)
    assert kwh(second) * 3.6e6 == pytest.approx(recorded(starts[1], finished.ended), rel=0.08)


def test_lies_in_the_environment_change_nobody_elses_unit(lab, finished):
    victim, liar = finished.units["spin"], finished.units["liar"]
    assert (victim["username"], liar["username"]) == ("ann", "bob")
    known = {job for job, _ in finished.rows}
    labels = lab.ceems.query(f"count by (uuid) (last_over_time(ceems_compute_unit_cpu_user_seconds_total[{int(time.time() - finished.started)}s]))")
    assert {sample["metric"]["uuid"] for sample in labels} <= known
    # The power of both is their own: as much as each cgroup's CPU time.
    per_second = {name: kwh(finished.units[name]) / finished.seen[finished.jobs[name]].cpu_seconds for name in ("spin", "liar", "right")}
    assert per_second["liar"] == pytest.approx(per_second["right"], rel=0.5)
    assert per_second["spin"] == pytest.approx(per_second["right"], rel=0.5)


def jobs_in(table: str) -> list[dict[str, str]]:
    """Rows of cacct's CSV without the second line of its head, which tells apart values of one field."""
    return [row for row in csv.DictReader(io.StringIO(table)) if row["Job ID"]]


@pytest.mark.parametrize("user", people.USERS)
def test_cacct_says_to_each_user_what_sacct_says(lab, finished, user):
    done = lab.cacct(user, "--csv", "--no-summary", "--format=jobid,account,user,elapsed,state,hostenergy")
    assert done.returncode == 0, done.stderr
    table = [(row["Job ID"], row["Account"], row["User"], row["State"], row["Elapsed"]) for row in jobs_in(done.stdout)]
    expected = [(job, row["account"], user, row["state"], time.strftime("%H:%M:%S", time.gmtime(int(row["elapsedraw"]))))
                for (job, _), row in finished.rows.items() if row["user"] == user]
    assert sorted(table) == sorted(expected)
    others = {job for (job, _), row in finished.rows.items() if row["user"] != user}
    asked = lab.cacct(user, "--csv", "--no-summary", f"--job={','.join(others)}")
    assert jobs_in(asked.stdout) == []
    assert lab.cacct(user, "--user=all").returncode == 1

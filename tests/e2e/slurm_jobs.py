"""Jobs of known shape on a real SLURM, and what is true of them: what SLURM's accounting says and what the cgroups counted."""

import contextlib
import dataclasses
import subprocess
import threading
import time

import pytest

SPIN = "timeout %d sh -c 'while :; do :; done'; true"
HOLD = """python3 -c '
import time
held = bytearray(%d << 20)
for i in range(0, len(held), 4096): held[i] = 1
time.sleep(%d)'"""
# Three processes that say they are another's job, nobody's, and more than anybody cares to read.
LIAR = """\
env SLURM_JOB_ID=%(victim)s SLURM_JOB_UID=0 SLURM_JOB_USER=root timeout 12 sh -c 'while :; do :; done' &
env -i /bin/sleep 12 &
env SLURM_JOB_ID=999999999999999999999999 SLURM_JOB_USER='x"y\\z' /bin/sleep 12 &
python3 -c '
import os
os.execve("/bin/sleep", ["sleep", "12"], {"V%%d" %% i: "SLURM_JOB_ID=1" * 8000 for i in range(10)})' &
wait
true"""


def wait_until(seconds: float, what: str, condition):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.3)
    pytest.fail(f"not within {seconds} s: {what}")


@dataclasses.dataclass
class Seen:
    """The last and the largest that a job's cgroup counted while it was there."""

    cpu_seconds: float = 0
    memory_bytes: int = 0


class Watcher:
    """Reads the cgroups of jobs for as long as they run."""

    def __init__(self, slurm):
        self.seen: dict[str, Seen] = {}
        self._slurm = slurm
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.25):
            for tree in self._slurm.trees():
                for path in (*tree.glob("job_*"), *tree.glob("uid_*/job_*")):
                    job = path.name.removeprefix("job_")
                    group = self._slurm.group(job)
                    entry = self.seen.setdefault(job, Seen())
                    with contextlib.suppress(OSError):
                        entry.cpu_seconds = max(entry.cpu_seconds, group.cpu_seconds())
                    with contextlib.suppress(OSError):
                        entry.memory_bytes = max(entry.memory_bytes, group.memory_bytes())

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


def state(slurm, job: str) -> str:
    rows = slurm.sacct("--allocations", f"--jobs={job}", fields="state")
    return rows[-1]["state"] if rows else ""


def control(*words: str) -> None:
    subprocess.run(["scontrol", *words], check=True, capture_output=True)


def requeue(slurm, job: str) -> None:
    """Ends its first run and starts the second at once; SLURM itself would wait for two minutes."""
    control("requeue", job)

    def started_again() -> bool:
        shown = subprocess.run(["scontrol", "show", "job", job], check=True, capture_output=True, text=True).stdout
        if "JobState=PENDING" in shown:
            subprocess.run(["scontrol", "update", f"JobId={job}", "StartTime=now"], check=False, capture_output=True)
        return "Restarts=1 " in shown and any(f"JobState={state}" in shown for state in ("RUNNING", "COMPLETED"))
    wait_until(60, "the requeued job runs again", started_again)


def units(stack) -> dict[str, list[dict]]:
    """All rows that the API server has, by job, in the order of their starts."""
    found: dict[str, list[dict]] = {}
    answer = stack.api(f"/api/v1/units/admin?cluster_id=here&running=1&from={int(time.time()) - 3600}&to={int(time.time()) + 60}")
    for unit in answer["data"]:
        found.setdefault(unit["uuid"], []).append(unit)
    for runs in found.values():
        runs.sort(key=lambda unit: unit["started_at_ts"])
    return found


Run = tuple[str, int]  # a job and when it started: a job that is requeued runs several times


def truth(slurm, *flags: str) -> dict[Run, dict[str, str]]:
    """What sacct says of every run of every allocation."""
    return {(row["jobidraw"], int(row["start"])): row for row in slurm.sacct("--allocations", "--duplicates", *flags)}


def differences(stack, rows: dict[Run, dict[str, str]], only_these: bool = True) -> list[str]:
    """In what the API server's units differ from sacct's rows; empty if in nothing."""
    found: dict[Run, list[dict]] = {}
    for runs in units(stack).values():
        for unit in runs:
            found.setdefault((unit["uuid"], unit["started_at_ts"] // 1000), []).append(unit)
    wrong = []
    for run, row in rows.items():
        if len(found.get(run, [])) != 1:
            wrong.append(f"{run}: {len(found.get(run, []))} units")
            continue
        unit = found[run][0]
        says = {"user": unit["username"], "account": unit["project"], "state": unit["state"], "end": unit.get("ended_at_ts", 0) / 1000,
                "elapsedraw": unit["total_time_seconds"].get("walltime", 0)}
        for key, value in says.items():
            expected = row[key] if isinstance(value, str) else float(row[key]) if row[key].isdigit() else 0
            if value != expected and not (key == "elapsedraw" and abs(value - expected) <= 1):
                wrong.append(f"{run}: {key} is {value}, sacct says {row[key]}")
    if only_these:
        wrong += [f"{run}: sacct knows no such run" for run in found if run not in rows]
    return wrong


def cpu_seconds(unit: dict) -> float:
    return unit.get("avg_cpu_usage", {}).get("global", 0) / 100 * unit["allocation"]["cpus"] * unit["total_time_seconds"]["walltime"]


def kwh(unit: dict) -> float:
    return unit.get("total_cpu_energy_usage_kwh", {}).get("total", 0)

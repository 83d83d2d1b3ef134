"""What an API server tells an administrator of the units of cluster `here`."""

import time
import urllib.error


def units_since(server, seconds: float) -> list[dict]:
    """Those that ran in the last `seconds`, with each run of an id."""
    now = int(time.time())
    try:
        return server.api(f"/api/v1/units/admin?cluster_id=here&running=1&from={int(now - seconds)}&to={now + 60}")["data"]
    except urllib.error.HTTPError as error:
        if error.code != 403:
            raise
        return []  # nobody is an administrator before the first update


def one_each(units: list[dict], key: str) -> dict[str, dict]:
    """By their `key`, which no two of them share."""
    found = {unit[key]: unit for unit in units}
    assert len(found) == len(units)
    return found


def walltime(*units: dict) -> float:
    return sum(unit["total_time_seconds"]["walltime"] for unit in units)


def used_walltime(server) -> dict[tuple[str, str], float]:
    """By user and project, of all time."""
    answer = server.api("/api/v1/usage/global/admin")["data"]
    return {(entry["username"], entry["project"]): walltime(entry) for entry in answer}


def local_text(seconds: float) -> str:
    """A time as update_from takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))

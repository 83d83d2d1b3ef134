"""An API server before OpenStack's own Keystone and Nova: whatever they do with a server, its seconds are those of its history."""

import calendar
import sqlite3
import time

import pytest

from openstack_cloud import Cloud
from seen_units import local_text, units_since, walltime
from slurm_jobs import wait_until
from stack.ceems import Stack

CLUSTER = """\
manager: openstack
extra_config:
  api_service_endpoints:
    compute: {compute}
    identity: {identity}
  auth:
    identity:
      methods: [application_credential]
      application_credential: {{id: {id}, secret: {secret}}}
"""


@pytest.fixture
def cloud(directory):
    made = Cloud(directory / "cloud")
    yield made
    made.close()


@pytest.fixture
def server(cloud, tsdb, directory):
    made = Stack(directory, cluster=CLUSTER.format(compute=cloud.compute, identity=cloud.identity, **cloud.add_credential()), update_seconds=2)
    made.prometheus_url = tsdb.url
    yield made
    made.stop()


def runs(server) -> dict[str, list[dict]]:
    """Units by the name of their server, the first first."""
    found: dict[str, list[dict]] = {}
    for unit in sorted(units_since(server, 3600), key=lambda unit: unit["started_at_ts"]):
        found.setdefault(unit["name"], []).append(unit)
    return found


def seconds(text: str) -> int:
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def test_servers_of_a_real_cloud(cloud, server):
    sky, sea = cloud.add_project("sky"), cloud.add_project("sea")
    away = cloud.add_domain("away")
    cloud.add_user("ann", [sky])
    cloud.add_user("bob", [sky, sea])
    cloud.add_user("cid", [])
    cloud.add_user("ann", [cloud.add_project("sky", away)], away)
    ids = {name: cloud.launch(name, user, project, flavor) for name, user, project, flavor in (
        ("plain", "ann", "sky", "small"), ("stopped", "ann", "sky", "small"), ("resized", "bob", "sea", "small"), ("short", "bob", "sky", "large"),
        ("impossible", "bob", "sky", "vast"))}
    impossible = ids.pop("impossible")
    launched = {name: seconds(cloud.wait_for(identity, "ACTIVE")["OS-SRV-USG:launched_at"]) for name, identity in ids.items()}
    assert cloud.wait_for(impossible, "ERROR")["OS-SRV-USG:launched_at"] is None
    server.update_from = local_text(min(launched.values()) - 60)
    server.start_api_server()
    # Nova tells three in a page.
    wait_until(120, "all servers are units", lambda: runs(server).keys() == ids.keys())
    now = {name: units[0] for name, units in runs(server).items()}
    assert {name: unit["started_at_ts"] for name, unit in now.items()} == {name: at * 1000 for name, at in launched.items()}
    assert {name: (unit["username"], unit["project"]) for name, unit in now.items()} == {
        "plain": ("ann", "sky"), "stopped": ("ann", "sky"), "resized": ("bob", "sea"), "short": ("bob", "sky")}
    assert now["short"]["allocation"] == {"disk": 1, "extra_specs": {}, "mem": 128, "name": "large", "swap": 0, "vcpus": 2}
    users = {user["name"]: user.get("projects", []) for user in server.api("/api/v1/users/admin")["data"]}
    assert users == {"admin": ["admin"], "ann": ["sky"], "bob": ["sea", "sky"], "cid": [], f"ann@{away}": [f"sky@{away}"]}

    cloud.delete(ids["short"])
    cloud.act(ids["stopped"], "os-stop")
    cloud.act(ids["resized"], "resize", {"flavorRef": cloud.flavors["large"]})
    cloud.void_tokens()
    cloud.wait_for(ids["resized"], "VERIFY_RESIZE")
    cloud.act(ids["resized"], "confirmResize")
    cloud.wait_for(ids["stopped"], "SHUTOFF")
    cloud.act(ids["stopped"], "os-start")
    again = seconds(cloud.wait_for(ids["resized"], "ACTIVE")["OS-SRV-USG:launched_at"])
    cloud.wait_for(ids["stopped"], "ACTIVE")
    cloud.delete(impossible)
    for name in ("plain", "stopped", "resized"):
        cloud.delete(ids[name])
    deleted = {name: seconds(cloud.wait_for(identity, "DELETED")["OS-SRV-USG:terminated_at"]) for name, identity in ids.items()}
    wait_until(120, "all have ended", lambda: all(units[-1].get("ended_at_ts") for units in runs(server).values()))
    now = runs(server)
    assert now.keys() == ids.keys()
    assert {name: units[-1]["ended_at_ts"] for name, units in now.items()} == {name: at * 1000 for name, at in deleted.items()}
    # A stop lasts from when it was done until a start began.
    stop, start = (next(action for action in cloud.history(ids["stopped"]) if action["action"] == name) for name in ("stop", "start"))
    stood_still = seconds(start["start_time"]) - seconds(stop["updated_at"])
    assert {name: walltime(*units) for name, units in now.items()} == {
        name: deleted[name] - launched[name] - (stood_still if name == "stopped" else 0) for name in ids}
    # What has another flavor now is another unit.
    assert [(unit["started_at_ts"], unit["allocation"]["vcpus"]) for unit in now["resized"]] == [
        (launched["resized"] * 1000, 1), (again * 1000, 2)]
    assert [len(now[name]) for name in ("plain", "stopped", "short")] == [1, 1, 1]
    with sqlite3.connect(f"file:{server.directory / 'data/ceems.db'}?mode=ro", uri=True) as database:
        assert not any("secret-host" in str(row) for row in database.execute("select * from units"))

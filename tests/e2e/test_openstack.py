"""An API server before a cloud: servers, owners and times are the cloud's, whatever the cloud answers in between."""

import sqlite3
import time

import pytest

from openstack_server import Cloud
from seen_units import local_text, one_each, units_since, used_walltime, walltime
from slurm_jobs import wait_until
from stack.ceems import Stack

CLUSTER = """\
manager: openstack
web: {{timeout: 5s}}
extra_config:
  api_service_endpoints:
    compute: {url}/compute/v2.1
    identity: {url}/identity
  auth:
    identity:
      methods: [application_credential]
      application_credential: {{id: ceems, secret: s3cret}}
"""
AGO = 1800


@pytest.fixture
def cloud():
    made = Cloud()
    made.add_user("u-ann", "ann", ["p-sky"])
    made.add_user("u-bob", "bob", ["p-sky", "p-sea"])
    made.add_user("u-cid", "cid", [])
    yield made
    made.close()


@pytest.fixture
def server(cloud, tsdb, directory):
    made = Stack(directory, cluster=CLUSTER.format(url=cloud.url), update_seconds=1)
    made.update_from = local_text(time.time() - 2 * AGO)
    made.prometheus_url = tsdb.url
    yield made
    made.stop()


def rows(server) -> dict[str, dict]:
    return one_each(units_since(server, 3 * AGO), "uuid")


def wait_for_windows(cloud, count: int = 2) -> None:
    """Until the cloud has been asked that often for its servers from now on."""
    def asked() -> int:
        return sum("servers/detail?all_tenants=true&limit" in line or "auth/tokens" in line for line in cloud.asked)
    before = asked()
    wait_until(60, "the cloud is asked again", lambda: asked() >= before + count)


def test_servers_of_a_cloud(cloud, server):
    launched = int(time.time()) - AGO
    for number in range(8):
        cloud.launch(f"s{number}", "u-ann" if number % 2 else "u-bob", "p-sky" if number < 6 else "p-sea", launched)
    cloud.act("s2", "stop", launched + 600, "SHUTOFF")
    cloud.act("s2", "start", launched + 1200, "ACTIVE")
    cloud.act("s2", "os-reset-meta", launched + 1300)
    cloud.delete("s3", launched + 900)
    server.start_api_server()
    wait_until(60, "all servers are units", lambda: len(rows(server)) == 8)
    now = rows(server)
    assert walltime(now["s3"]) == 900
    assert (now["s3"]["state"], now["s3"]["ended_at_ts"]) == ("DELETED", (launched + 900) * 1000)
    assert walltime(now["s1"]) - walltime(now["s2"]) == 600
    assert (now["s1"]["username"], now["s1"]["project"], now["s0"]["username"], now["s6"]["project"]) == ("ann", "sky", "bob", "sea")
    assert now["s1"]["allocation"] == {"disk": 10, "extra_specs": {}, "mem": 1024, "name": "m1.small", "swap": 0, "vcpus": 2}
    # Who belongs to what.
    users = {user["name"]: user.get("projects", []) for user in server.api("/api/v1/users/admin")["data"]}
    assert users == {"ann": ["sky"], "bob": ["sea", "sky"], "cid": []}
    assert {unit["uuid"] for unit in server.api("/api/v1/units?running=1", user="ann")["data"]} >= {"s1", "s5", "s7"}
    with sqlite3.connect(f"file:{server.directory / 'data/ceems.db'}?mode=ro", uri=True) as database:
        assert not any("secret-host" in str(row) for row in database.execute("select * from units"))

    # Whatever the cloud answers meanwhile, no second is lost and none counts twice.
    ends = {}
    for number, mode in enumerate(("garbage", "half", "error", "unauthorized", "hang-up")):
        cloud.mode = mode
        ends[f"s{number}"] = ends.get(f"s{number}", int(time.time()))
        if number != 3:
            cloud.delete(f"s{number}", ends[f"s{number}"])
        wait_for_windows(cloud)
        cloud.mode = "pass"
        wait_for_windows(cloud, 1)
    # All tokens are void, and the server starts anew.
    cloud.tokens.clear()
    ends["s5"] = int(time.time())
    cloud.delete("s5", ends["s5"])
    server.daemons["api"].kill()
    server.start_api_server()
    # A user and a project that nobody knew before.
    cloud.add_user("u-new", "dee", ["p-new"])
    cloud.launch("s8", "u-new", "p-new")
    ends["s6"] = ends["s7"] = int(time.time())
    cloud.delete("s6", ends["s6"])
    cloud.delete("s7", ends["s7"])
    wait_until(90, "what was deleted has ended", lambda: all(rows(server)[name].get("ended_at_ts") for name in ends))
    now = rows(server)
    lost = {"s2": 600}
    for name, end in ends.items():
        expected = 900 if name == "s3" else end - launched - lost.get(name, 0)
        assert walltime(now[name]) == expected, name
    wait_until(60, "the new server has an owner", lambda: rows(server).get("s8", {}).get("username") == "dee")
    # What users used is what their servers used.
    used = used_walltime(server)
    assert used["ann", "sky"] == sum(walltime(now[name]) for name in ("s1", "s3", "s5"))
    assert used["bob", "sea"] == walltime(now["s6"])


def test_a_cloud_whose_clock_is_an_hour_off(cloud, server):
    """Times are the cloud's own: what it took from its launch to its deletion adds up all the same."""
    cloud.clock = -3600
    server.update_from = local_text(time.time() - 3 * AGO)
    launched = int(cloud.now()) - 300
    cloud.launch("late", "u-ann", "p-sky", launched)
    server.start_api_server()
    wait_until(60, "the server is a unit", lambda: "late" in rows(server))
    end = int(cloud.now())
    cloud.delete("late", end)
    wait_until(60, "it has ended", lambda: "late" in rows(server) and rows(server)["late"].get("ended_at_ts"))
    assert walltime(rows(server)["late"]) == end - launched

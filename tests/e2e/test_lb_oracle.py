"""The load balancer beside servers that hold only what a user owns: whatever is asked, the answer is the one that they give, or a refusal."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import pytest

from stack.ceems import BINARIES
from tenants import DAY, HOUR, NOW, UNITS, Api, Balancer, Tsdb, ask, lb_config, make_database, owners

GENERATOR = str(BINARIES.parent / "tests" / "promql_queries")
QUERIES = int(os.environ.get("ORACLE_QUERIES") or 2000)


class World:
    def __init__(self, directory: pathlib.Path):
        make_database(directory / "data" / "ceems.db")
        # With what one user has on the cluster that requests name; the second one without what is nobody's.
        own = {user: [unit for unit in UNITS if user in owners(unit) and unit.cluster == "hpc"] for user in ("ann", "cid")}
        self.servers = {"all": Tsdb("all", directory, UNITS), "ann": Tsdb("ann", directory, own["ann"]), "cid": Tsdb("cid", directory, own["cid"], unitless=False)}
        for server in self.servers.values():
            server.wait()
        self.balancers = {name: Balancer(f"lb-{name}", directory, lb_config(directory / "data", {"hpc": [self.servers[server].url], "cloud": [self.servers[server].url]},
                                                                               access=f"max_staleness: 1y\nunitless_metrics: {unitless}"))
                          for name, server, unitless in (("all", "all", "['a:b:rate5m']"), ("ann", "ann", "['a:b:rate5m']"), ("strict", "all", "[]"))}

        # Without the database, and with what the first one answers.
        self.api = Api("api", directory)
        config = lb_config(None, {cluster: [self.servers["all"].url] for cluster in ("hpc", "cloud")}, access="max_staleness: 1y\nunitless_metrics: ['a:b:rate5m']")
        self.balancers["remote"] = Balancer("lb-remote", directory, f"{config}ceems_api_server:\n  web: {{url: '{self.api.url}'}}\n")

    def stop(self) -> None:
        for one in [*self.balancers.values(), *self.servers.values(), self.api]:
            one.stop()


@pytest.fixture(scope="module")
def world():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ceems-oracle-"))
    directory.chmod(0o755)
    made = World(directory)
    yield made
    made.stop()
    shutil.rmtree(directory)


class Asker:
    """Many requests over one connection. Answers come as status and canonical text."""

    def __init__(self, port: int, user: str):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Grafana-User": user, "X-Ceems-Cluster-Id": "hpc"}

    def __call__(self, path: str, parameters: list[tuple[str, str | bytes]]) -> tuple[int, str]:
        self.connection.request("POST", path, body=urllib.parse.urlencode(parameters), headers=self.headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            return response.status, ""
        data = json.loads(body)["data"]
        if isinstance(data, dict) and isinstance(data.get("result"), list) and data["result"] and isinstance(data["result"][0], dict):
            data["result"].sort(key=lambda one: json.dumps(one["metric"], sort_keys=True))
        return response.status, json.dumps(data, sort_keys=True)


def random_requests(kind: str, count: int, seed: int) -> list[tuple[str, list[tuple[str, bytes | str]]]]:
    made = subprocess.run([GENERATOR, kind, str(count), str(seed)], check=True, capture_output=True).stdout.split(b"\0")[:-1]
    choose = random.Random(seed)
    requests = []
    for query in made:
        if b"1y2w" in query or b"2w" in query and b"500ms" in query:
            continue  # half a minute of work for a server, and nothing that shorter ranges do not show
        if choose.random() < 0.6:
            time = NOW - choose.choice([0, 0, HOUR, DAY, 2 * DAY, 2 * DAY - HOUR // 2])
            requests.append(("/api/v1/query", [("query", query), ("time", str(time))]))
        else:
            end = NOW - choose.choice([0, HOUR, DAY])
            requests.append(("/api/v1/query_range", [("query", query), ("start", str(end - choose.choice([0, 600, HOUR, DAY]))), ("end", str(end)),
                                                     ("step", choose.choice(["60", "5m", "1h"]))]))
    return requests


def answers(port: int, user: str, requests: list) -> list[tuple[int, str]]:
    asker = Asker(port, user)
    return [asker(path, parameters) for path, parameters in requests]


def compare(ports: list[int], user: str, requests: list) -> list[tuple]:
    with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
        return list(zip(requests, *pool.map(lambda port: answers(port, user, requests), ports), strict=True))


def numbers_apart(text: str) -> tuple[list[float], str]:
    found = re.findall(r'"([-+0-9.eE]+|NaN|[-+]Inf)"', text)
    return [float(number) for number in found], re.sub(r'"([-+0-9.eE]+|NaN|[-+]Inf)"', "#", text)


def same(one: tuple) -> bool:
    """Servers add numbers up in an order of their own, and choose among equals by it."""
    if re.search(rb"(?i)(top|bottom)k", one[0][1][0][1]) and one[1][0] == one[2][0]:
        return True
    (status, text), (other_status, other) = one[1], one[2]
    if status != other_status or text == other:
        return status == other_status
    (numbers, rest), (other_numbers, other_rest) = numbers_apart(text), numbers_apart(other)
    return rest == other_rest and numbers == pytest.approx(other_numbers, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(("kind", "seed"), [("tenant", 1), ("tenant", 2)])
def test_no_answer_depends_on_what_its_reader_does_not_own(world, kind, seed):
    """With the samples of everybody behind it and with the reader's alone, the load balancer answers the same."""
    seed = int(os.environ.get("ORACLE_SEED") or 0) * 1000 + seed
    requests = random_requests(kind, QUERIES // 2, seed)
    found = compare([world.balancers["all"].port, world.balancers["ann"].port], "ann", requests)
    assert [one for one in found if not same(one)] == []
    passed = [one for one in found if one[1][0] == 200]
    full = [one for one in passed if one[1][1].count("uuid") > 0]
    assert len(passed) > len(found) / 4
    assert len(full) > len(found) / 25


def test_every_answer_is_the_one_of_a_server_of_ones_own(world):
    """To a user whose ids nobody else had the load balancer gives all that there is."""
    requests = random_requests("tenant", QUERIES, 3)
    for path, parameters in requests:
        parameters[0] = ("query", parameters[0][1].replace(b'"7', b'"22').replace(b'"1', b'"22').replace(b"|1", b"|22"))
    found = compare([world.balancers["strict"].port, world.servers["cid"].port], "cid", requests)
    assert [one for one in found if not same(one) and one[1][0] != 403] == []
    assert sum(one[1][0] == 200 for one in found) > len(found) / 3


def test_without_the_database_every_answer_is_the_same(world):
    requests = random_requests("tenant", QUERIES // 4, 4)
    found = compare([world.balancers["all"].port, world.balancers["remote"].port], "ann", requests)
    assert [one for one in found if not same(one)] == []
    assert sum(one[1][0] == 200 for one in found) > len(found) / 4


OWN = "up{uuid=\"1\"}"
HOSTILE = [
    'up{uuid="3"}', 'up{uuid=~"1|3"}', 'up', '{__name__=~".+"}', '{uuid!="1",job="a"}', f'{OWN} or up', f'{OWN} or up{{uuid="3"}}', f'count({OWN} or up) by (uuid)',
    'up{uuid="1"} # or\n or up{uuid="3"}', 'up{uuid=~"1", uuid=~".*"}', 'up{uuid=~".*"}', 'up{uuid=~"|3"}', 'up{uuid!~"1"}', 'up{uuid=""}',
    "up{uuid='3'}", 'up{uuid=`3`}', 'up{uuid="\\x33"}', 'up{uuid="\\u0033"}', 'up{ uuid = "3" }', 'up{uuid = "1",\nuuid=~"[13]"}',
    f'topk(scalar(max(up{{uuid="3"}})), {OWN})', f'quantile(scalar(up{{uuid="3"}}), {OWN})', 'vector(scalar(up{uuid="3"}))', 'absent(up{uuid="3"})',
    'absent_over_time(up{uuid="3"}[5m])', f'{OWN} * on() group_left(owner) up{{uuid="3"}}', f'{OWN} and on() up{{uuid="3"}}',
    f'label_replace({OWN}, "uuid", "3", "", "") * on(uuid) up', f'label_replace({OWN}, "uuid", "3", "", "") + on(uuid) group_left(owner) up{{owner="bio"}}',
    'max_over_time(up[1d:5m])', f'max_over_time(({OWN} or up{{uuid="3"}})[1h:5m])', 'rate(joules_total[5m])', 'sum(rate(joules_total{uuid="3"}[5m]))',
    'up{uuid="7"} offset 36h', f'up{{uuid="7"}} @ {NOW - DAY - HOUR}', f'max_over_time(up{{uuid="7"}}[3d])', f'last_over_time(up{{uuid="7"}}[1h] offset 26h)',
    f'max_over_time(up{{uuid="7"}}[1h:5m] offset 26h)', 'up{uuid="7"} offset 24h', f'up{{uuid="7"}} @ end() offset -1s', 'up{uuid="8",ceems_id="cloud"}', 'up{uuid="8",ceems_id=~"cloud|hpc"}',
    'up{uuid="8",ceems_id=""}', 'up{uuid="8",ceems_id!="hpc"}', 'up{uuid=~"8",ceems_id=~".*"}', 'up{ceems_id="cloud"}', '{ceems_id=~"cloud|hpc"}',
    'up{service_name="3"}', 'watts{service_name=~".*"}', 'watts{service_name="3",uuid="1"}', 'watts{gpuuuid="g3"}', 'watts{gpuuuid="g3",uuid!="1"}',
    'watts{service_name!="1",uuid=~".*"}', 'count_values("v", up)', 'sum(watts) by (uuid)', 'group by (owner) (watts)', 'sort(up)', 'timestamp(up)',
    'histogram_quantile(0.9, rate(joules_total[10m]))', 'up{uuid=~"(?i)3"}', 'up{uuid=~"[[:digit:]]"}', 'up{uuid=~"1|a\\\\.b\\\\(c"}', 'up{uuid="a.b(c"}',
]


def in_order(found: tuple[int, dict]) -> tuple[int, dict]:
    data = found[1].get("data")
    if isinstance(data, dict) and isinstance(data.get("result"), list):
        data["result"].sort(key=str)
    return found


@pytest.mark.parametrize("query", HOSTILE)
def test_cunning_queries_tell_nothing(world, query):
    for path, parameters in (("/api/v1/query", {"query": query, "time": NOW}),
                             ("/api/v1/query_range", {"query": query, "start": NOW - 3 * HOUR, "end": NOW, "step": 600}),
                             ("/api/v1/query_range", {"query": query, "start": NOW - 3 * DAY, "end": NOW, "step": "6h"}),
                             ("/api/v1/query_exemplars", {"query": query, "start": NOW - DAY, "end": NOW})):
        status, answer = in_order(ask(world.balancers["all"].url, path, parameters))
        assert (status, answer) == in_order(ask(world.balancers["ann"].url, path, parameters))
        assert status in (200, 403, 422) and not {"bio", "cloud", "a.b(c"} & set(strings(answer)), answer
        if status == 200 and path == "/api/v1/query":
            assert {one["metric"].get("owner", "chem") for one in answer["data"]["result"]} <= {"chem"}


@pytest.mark.parametrize("selector", [None, "up", '{__name__=~".+"}', '{uuid="3"}', '{uuid!=""}', '{ceems_id="cloud"}', '{owner="bio"}', 'watts{uuid=~"[0-9]"}'])
def test_lists_tell_nothing(world, selector):
    for times in ({}, {"start": NOW - HOUR, "end": NOW}, {"start": NOW - 2 * DAY, "end": NOW - DAY}):
        for path in ("/api/v1/labels", "/api/v1/label/uuid/values", "/api/v1/label/owner/values", "/api/v1/label/__name__/values", "/api/v1/series"):
            parameters = {**times, **({"match[]": selector} if selector else {})}
            status, answer = ask(world.balancers["all"].url, path, parameters)
            assert (status, answer) == ask(world.balancers["ann"].url, path, parameters)
            if path == "/api/v1/series" and not selector:
                assert status == 400
                continue
            assert status == (403 if selector == '{uuid="3"}' else 200), answer
            assert not {"bio", "cloud", "3", "21"} & set(strings(answer))


DASHBOARDS = [line for line in (pathlib.Path(__file__).parent.parent / "data" / "lb" / "dashboard_queries.txt").read_text().splitlines() if not line.startswith("#")]


def dashboard_query(line: str, matchers: str) -> str:
    return line.replace("$X", matchers).replace("$__range", "3h")


@pytest.mark.parametrize("path", ["/api/v1/query", "/api/v1/query_range"])
def test_dashboards_of_units_work_for_their_owners_alone(world, path):
    times = {"time": NOW} if path.endswith("query") else {"start": NOW - 3 * HOUR, "end": NOW, "step": 60}
    for line in DASHBOARDS:
        for user, own, others in (("ann", ['uuid="1"', 'uuid=~"1|8"', 'uuid = "8"'], ['uuid="3"', 'uuid="22"']), ("cid", ['uuid="22"', "uuid='23'", 'uuid=~"22|23"'], ['uuid="1"'])):
            for matchers in own:
                asked = {"query": dashboard_query(line, matchers), **times}
                status, answer = in_order(ask(world.balancers["all"].url, path, asked, user=user))
                assert status == 200, asked
                # Labels and numbers are those of a server that holds nothing else.
                assert answer["data"] == in_order(ask(world.servers[user].url, path, {"query": dashboard_query(line, f"{matchers},ceems_id=~'hpc|'"), **times}))[1]["data"], asked
            for matchers in others:
                assert ask(world.balancers["all"].url, path, {"query": dashboard_query(line, matchers), **times}, user=user)[0] == 403


def strings(value) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in [key, *strings(one)]]
    return [text for one in value for text in strings(one)] if isinstance(value, list) else []


def test_a_user_sees_all_that_is_theirs(world):
    url = world.balancers["all"].url
    status, answer = ask(url, "/api/v1/query", {"query": "sum(watts) by (uuid)", "time": NOW})
    assert status == 200 and sorted(one["metric"]["uuid"] for one in answer["data"]["result"]) == ["1", "7", "8"]
    status, answer = ask(url, "/api/v1/query", {"query": 'watts{uuid="8"}', "time": NOW})
    assert status == 200 and {one["metric"]["ceems_id"] for one in answer["data"]["result"]} == {"hpc"}
    status, answer = ask(url, "/api/v1/label/uuid/values", {"start": NOW - 2 * DAY, "end": NOW})
    # 7 was somebody else's in the same block of the TSDB.
    assert (status, answer["data"]) == (200, ["1", "2", "8"])
    status, answer = ask(url, "/api/v1/query", {"query": 'watts{uuid="7"}', "time": NOW})
    assert status == 200 and len(answer["data"]["result"]) == 4
    status, answer = ask(url, "/api/v1/query", {"query": "up", "time": NOW}, user="cid")
    assert {one["metric"]["uuid"] for one in answer["data"]["result"]} == {"22", "23"}
    status, answer = ask(url, "/api/v1/query", {"query": "a:b:rate5m", "time": NOW}, user="cid")
    assert [one["metric"]["country"] for one in answer["data"]["result"]] == ["FR"]
    status, answer = ask(url, "/api/v1/query", {"query": 'watts{uuid="8"}', "time": NOW}, user="bob", cluster="cloud")
    assert status == 200 and {one["metric"].get("ceems_id") for one in answer["data"]["result"]} == {"cloud"}

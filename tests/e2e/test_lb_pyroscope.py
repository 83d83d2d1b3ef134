"""The load balancer before servers of profiles: users see the profiles of their units, in every way that they can be asked for."""

import gzip
import http.client
import json
import os
import pathlib
import random
import shutil
import socket
import tempfile

import pytest

import profile_api
from profile_server import CPU, ProfileServer
from tenants import DAY, HOUR, NOW, UNITS, Balancer, ask, lb_config, make_database, owners

REQUESTS = int(os.environ.get("ORACLE_QUERIES") or 2000) // 4
STACKTRACES = profile_api.PATH + "SelectMergeStacktraces"


def pyroscope_config(data: pathlib.Path | None, url: str, access: str = "max_staleness: 1y") -> str:
    return lb_config(data, {"hpc": [url], "cloud": [url]}, access=access).replace("tsdb:", "pyroscope:")


class World:
    def __init__(self, directory: pathlib.Path):
        self.directory, self.data = directory, directory / "data"
        make_database(self.data / "ceems.db")
        own = {user: [unit for unit in UNITS if user in owners(unit) and unit.cluster == "hpc"] for user in ("ann", "cid")}
        self.servers = {(name, together): ProfileServer(units, together)
                        for name, units in (("all", UNITS), *own.items()) for together in (False, True)}
        self.balancers = {key: Balancer(f"lb-{key[0]}-{key[1]}", directory, pyroscope_config(self.data, server.url), [f"--audit.log={directory}/audit.log"])
                          for key, server in self.servers.items() if key[0] != "cid"}
        self.server, self.balancer = self.servers["all", True], self.balancers["all", True]
        self.url = self.balancer.url

    def stop(self) -> None:
        for one in [*self.balancers.values(), *self.servers.values()]:
            one.stop()


@pytest.fixture(scope="module")
def world():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ceems-profiles-"))
    directory.chmod(0o755)
    made = World(directory)
    yield made
    made.stop()
    shutil.rmtree(directory)


class Client:
    """One user's calls over one connection. Answers come as status and what the message says, or the error."""

    def __init__(self, url: str, user: str = "ann", cluster: str = "hpc"):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        self.fields = {"X-Grafana-User": user, "X-Ceems-Cluster-Id": cluster}

    def raw(self, path: str, body: bytes, kind: str | None, method: str = "POST", **fields: str) -> tuple[int, dict[str, str], bytes]:
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        self.connection.request(method, path, body=body, headers={**self.fields, **({"Content-Type": kind} if kind else {}), **named})
        response = self.connection.getresponse()
        answer = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            answer = gzip.decompress(answer)
        return response.status, dict(response.headers), answer

    def __call__(self, method: str, fields: dict, kind: str = "application/proto", zipped: bool = False, accept: str = "identity") -> tuple[int, dict]:
        body = json.dumps(fields).encode() if kind == "application/json" else \
            profile_api.serialize(profile_api.from_dict(profile_api.request_type(method), fields))
        more = {"Content_Encoding": "gzip"} if zipped else {}
        status, headers, answer = self.raw(profile_api.PATH + method, gzip.compress(body) if zipped else body, kind, Accept_Encoding=accept, **more)
        if status != 200:
            return status, json.loads(answer)
        sent = headers["Content-Type"]
        assert sent == ("application/json" if kind == "application/json" else "application/proto")
        return status, profile_api.as_dict(profile_api.decode(profile_api.answer_type(method), answer, sent))


def window(start: int, end: int) -> dict:
    return {"start": start * 1000, "end": end * 1000}


def random_selector(choose: random.Random) -> str:
    ids = sorted({unit.uuid for unit in UNITS} | {"99", ""})
    quoted = lambda text: json.dumps(text)  # noqa: E731
    matchers = []
    for _ in range(choose.choice([0, 1, 1, 1, 2, 3])):
        label = choose.choice(["service_name"] * 4 + ["hostname", "ceems_id", "__profile_type__", "uuid", "only_bio", "__name__"])
        operator = choose.choice(["=", "=", "=~", "=~", "!=", "!~"])
        if operator in ("=", "!="):
            value = choose.choice({"ceems_id": ["hpc", "cloud", "far", ""], "hostname": ["n1", "n2", ""], "only_bio": ["yes", ""], "__name__": ["process_cpu", "memory"],
                                   "__profile_type__": [CPU, "x"]}.get(label, ids))
        else:
            value = choose.choice(["|".join(choose.sample([one for one in ids if one.isalnum()], choose.randint(1, 4))), ".*", ".+", "", "[0-9]+", "1|", "n.", "hpc|cloud", "hpc", "(?i)HPC", ".*chem.*"])
        matchers.append(f"{label}{choose.choice(['', ' '])}{operator}{quoted(value)}")
    name = choose.choice(["", "", "", "", "process_cpu"])
    return name + "{" + choose.choice([",", ", "]).join(one for one in matchers if not (name and one.startswith("__name__"))) + "}"


def random_window(choose: random.Random) -> dict:
    end = NOW - choose.choice([0, 600, HOUR, DAY, 2 * DAY, 2 * DAY - HOUR // 2])
    return window(end - choose.choice([0, 600, HOUR, 6 * HOUR, DAY]), end)


def random_select(choose: random.Random, extras: list[str]) -> dict:
    fields = {"profileTypeID": choose.choice([CPU, CPU, "memory:alloc_space:bytes:space:bytes", "mutex:delay_bio:ns:contentions:count"]),
              "labelSelector": random_selector(choose), **random_window(choose)}
    values = {
        "maxNodes": lambda: choose.choice([0, 10, 2048]),
        "format": lambda: choose.choice(["PROFILE_FORMAT_FLAMEGRAPH", "PROFILE_FORMAT_TREE"]),
        "stackTraceSelector": lambda: {"callSite": [{"name": "main"}, {"name": choose.choice(["work", "hpc-bio", "x"])}]},
        "profileIdSelector": lambda: [f"{unit.cluster}/{unit.uuid}/{unit.start}/process_cpu/{choose.randint(0, 400)}" for unit in choose.sample(UNITS, 5)],
        "spanSelector": lambda: choose.sample(["span0", "span1", "span2"], 2),
        "groupBy": lambda: choose.sample(["service_name", "hostname", "only_bio", "ceems_id"], choose.randint(0, 3)),
        "limit": lambda: 10,
        "exemplarType": lambda: "EXEMPLAR_TYPE_INDIVIDUAL",
        "queryType": lambda: "HEATMAP_QUERY_TYPE_INDIVIDUAL",
        "aggregation": lambda: "TIME_SERIES_AGGREGATION_TYPE_SUM",
    }
    fields.update({name: values[name]() for name in extras if choose.random() < 0.25})
    return fields


def random_request(choose: random.Random) -> tuple[str, dict]:
    method = choose.choice(["SelectMergeStacktraces"] * 3 + ["SelectMergeSpanProfile", "SelectMergeProfile", "SelectSeries", "SelectHeatmap", "Diff",
                                                             "ProfileTypes", "LabelNames", "LabelValues", "Series"])
    merged = ["maxNodes", "format", "stackTraceSelector", "profileIdSelector", "spanSelector"]
    step = {"step": choose.choice([15, 600, 3600.5])}
    lists = {"matchers": [random_selector(choose) for _ in range(choose.choice([0, 1, 1, 2]))], **random_window(choose)}
    requests = {
        "SelectMergeStacktraces": lambda: random_select(choose, merged),
        "SelectMergeSpanProfile": lambda: {**random_select(choose, ["maxNodes", "format"]), "spanSelector": ["span1"]},
        "SelectMergeProfile": lambda: random_select(choose, ["maxNodes", "stackTraceSelector", "profileIdSelector"]),
        "SelectSeries": lambda: {**random_select(choose, ["groupBy", "limit", "exemplarType", "aggregation", "stackTraceSelector"]), **step},
        "SelectHeatmap": lambda: {**random_select(choose, ["groupBy", "limit", "exemplarType", "queryType"]), **step},
        "Diff": lambda: {"left": random_select(choose, merged), "right": random_select(choose, merged)},
        "ProfileTypes": lambda: random_window(choose),
        "LabelNames": lambda: lists,
        "LabelValues": lambda: {"name": choose.choice(["service_name", "hostname", "ceems_id", "__profile_type__"]), **lists},
        "Series": lambda: {"labelNames": choose.choice([[], ["service_name", "__profile_type__"], ["hostname"]]), **lists},
    }
    return method, requests[method]()


@pytest.mark.parametrize("together", [False, True])
def test_no_answer_depends_on_profiles_of_others(world, together):
    """With the profiles of everybody behind it and with the reader's alone, the load balancer answers the same."""
    choose = random.Random(int(os.environ.get("ORACLE_SEED") or 0) * 2 + together)
    clients = [Client(world.balancers[name, together].url) for name in ("all", "ann")]
    answered = 0
    for _ in range(REQUESTS):
        method, fields = random_request(choose)
        how = {"kind": choose.choice(["application/proto", "application/protobuf", "application/json"]), "zipped": choose.random() < 0.3,
               "accept": choose.choice(["identity", "gzip"])}
        found, wanted = (client(method, fields, **how) for client in clients)
        assert found == wanted, (method, fields, how)
        answered += found[0] == 200 and bool(found[1])
    assert answered > REQUESTS // 4


@pytest.mark.parametrize("together", [False, True])
def test_who_owns_ids_alone_gets_what_a_server_of_their_own_says(world, together):
    choose = random.Random(int(os.environ.get("ORACLE_SEED") or 0) * 2 + together + 100)
    through, direct = Client(world.balancers["all", together].url, "cid"), Client(world.servers["cid", together].url)
    answered = refused = 0
    for _ in range(REQUESTS):
        method, fields = random_request(choose)
        if "ceems_id" in json.dumps(fields):
            continue  # the server knows one cluster only
        kind = choose.choice(["application/proto", "application/json"])
        found, wanted = through(method, fields, kind), direct(method, fields, kind)
        if found[0] == 403:
            assert "service_name" in json.dumps(fields)
            refused += 1
            continue
        assert found == wanted, (method, fields)
        answered += found[0] == 200 and bool(found[1])
    assert answered > REQUESTS // 8 and refused > 0


def test_every_dashboard_call_works_for_its_owner(world):
    """The calls of Grafana's data source, in the order of its query editor."""
    client = Client(world.url)
    around = window(NOW - HOUR, NOW)
    status, types = client("ProfileTypes", around)
    assert status == 200 and [one["ID"] for one in types["profileTypes"]] == ["memory:alloc_space:bytes:space:bytes", CPU]
    assert types["profileTypes"][1] == {"ID": CPU, "name": "process_cpu", "sampleType": "cpu", "sampleUnit": "nanoseconds", "periodType": "cpu", "periodUnit": "nanoseconds"}
    assert client("ProfileTypes", {"start": 1000, "end": 4000}) == (200, {})  # the test of a data source
    assert client("ProfileTypes", {})[0] == 200
    assert client("LabelNames", {"matchers": ["{}"], **around})[1]["names"] == ["__name__", "__profile_type__", "ceems_id", "hostname", "only_chem", "service_name"]
    assert client("LabelValues", {"name": "service_name", "matchers": ["{}"], **around})[1]["names"] == ["1", "8"]
    panel = {"profileTypeID": CPU, "labelSelector": '{service_name="1"}', **around}
    status, profile = client("SelectMergeStacktraces", {**panel, "maxNodes": 2048})
    assert status == 200 and "hpc-chem-" in " ".join(profile["flamegraph"]["names"]) and profile["flamegraph"]["total"] > "0"
    status, series = client("SelectSeries", {**panel, "step": 15})
    assert status == 200 and len(series["series"][0]["points"]) == 6


def test_says_who_may_ask_what(world):
    panel = {"profileTypeID": CPU, "labelSelector": '{service_name="3"}', **window(NOW - HOUR, NOW)}
    body = json.dumps(panel).encode()
    client = Client(world.url)
    assert client("SelectMergeStacktraces", panel) == (403, {"status": "error", "data": None, "errorType": "forbidden",
                                                             "error": "user do not have permissions to view unit metrics",
                                                             "code": "permission_denied", "message": "user do not have permissions to view unit metrics"})
    assert Client(world.url, "bob")("SelectMergeStacktraces", panel)[0] == 200
    assert Client(world.url, "root")("SelectMergeStacktraces", panel)[0] == 200
    assert client("GetProfileStats", {})[0] == 403 and Client(world.url, "root")("GetProfileStats", {}) == (200, {"dataIngested": True})
    for path, kind, method, status in [
        (STACKTRACES, "application/json", "PUT", 403), (STACKTRACES, None, "GET", 403), ("/pyroscope/render", None, "GET", 403),
        ("/push.v1.PusherService/Push", "application/proto", "POST", 403), ("/querier.v1.QuerierService/AnalyzeQuery", "application/json", "POST", 403),
        ("/" + STACKTRACES, "application/json", "POST", 403), (STACKTRACES.replace("/Select", "%2fSelect"), "application/json", "POST", 403),
        (STACKTRACES, "application/grpc", "POST", 400), (STACKTRACES, "application/connect+proto", "POST", 400), (STACKTRACES, "text/plain", "POST", 400),
        (STACKTRACES, None, "POST", 400), (STACKTRACES + "?encoding=json", "application/json", "POST", 400), (STACKTRACES, "application/proto", "POST", 400),
    ]:
        found, _, answer = client.raw(path, body, kind, method)
        assert (found, json.loads(answer)["status"]) == (status, "error"), (path, kind, method)
    assert client("SelectMergeStacktraces", {**panel, "async": {"requestId": "x"}})[0] == 400
    assert ask(world.url, "/api/v1/query", {"query": "up"}, post=True)[0] == 403


def test_without_access_control_everything_passes(world):
    balancer = Balancer("lb-open", world.directory, pyroscope_config(None, world.server.url))
    try:
        assert Client(balancer.url)("GetProfileStats", {}) == (200, {"dataIngested": True})
        assert len(Client(balancer.url)("ProfileTypes", window(NOW - HOUR, NOW))[1]["profileTypes"]) > 2
    finally:
        balancer.stop()


def test_sends_on_only_what_it_wrote_itself(world):
    client = Client(world.url)
    fields = {"X_Scope_OrgID": "other", "Authorization": "Basic eA==", "Cookie": "a=b", "Connect_Protocol_Version": "9", "X_Ceems_Logged_User": "root",
              "Connect_Timeout_Ms": "30000", "Content_Encoding": "gzip", "Accept_Encoding": "gzip"}
    body = gzip.compress(json.dumps({"matchers": ["{}"], **window(NOW - HOUR, NOW)}).encode())
    assert client.raw(profile_api.PATH + "LabelNames/", body, "application/json; charset=utf-8", **fields)[0] == 200
    path, sent = world.server.asked[-1]
    assert path == profile_api.PATH + "LabelNames"
    assert {name: sent.get(name) for name in ("Content-Type", "Content-Encoding", "Connect-Protocol-Version", "Connect-Timeout-Ms", "Accept-Encoding", "X-Ceems-Logged-User")} == {
        "Content-Type": "application/json", "Content-Encoding": None, "Connect-Protocol-Version": "1", "Connect-Timeout-Ms": "30000", "Accept-Encoding": "gzip",
        "X-Ceems-Logged-User": "ann"}
    assert not {"X-Scope-OrgID", "Authorization", "Cookie"} & sent.keys()
    client.raw(profile_api.PATH + "LabelNames", b"{}", "application/json", Connect_Timeout_Ms="1s")
    assert "Connect-Timeout-Ms" not in world.server.asked[-1][1]


def test_large_and_broken_bodies_are_refused(world):
    client = Client(world.url)
    assert client.raw(STACKTRACES, b"x" * (1 << 20) + b"x", "application/json")[0] == 413
    client = Client(world.url)
    bomb = gzip.compress(b" " * (64 << 20))
    assert len(bomb) < 1 << 20
    status, _, answer = client.raw(STACKTRACES, bomb, "application/json", Content_Encoding="gzip")
    assert (status, json.loads(answer)["error"]) == (413, "the body is too large")
    for body, coding in [(b"no gzip", "gzip"), (gzip.compress(b"{}")[:-4], "gzip"), (b"{}", "br"), (b"{}", "gzip, gzip")]:
        assert client.raw(STACKTRACES, body, "application/json", Content_Encoding=coding)[0] == 400


def test_errors_of_servers_quote_no_labels(world):
    panel = {"profileTypeID": "x", "labelSelector": '{service_name="1"}', **window(NOW - HOUR, NOW)}
    assert Client(world.url)("SelectMergeStacktraces", panel) == (400, {
        "status": "error", "data": None, "errorType": "invalid_argument", "error": "no profile type", "code": "invalid_argument", "message": "no profile type"})
    assert Client(world.url)("LabelNames", {"matchers": ['{service_name="1",hostname=~"\\\\p{Greek}"}'], **window(NOW - HOUR, NOW)})[0] == 400


def test_asks_the_next_server_when_one_is_gone(world):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        dead = f"http://127.0.0.1:{gone.getsockname()[1]}"
    config = lb_config(world.data, {"hpc": [dead, world.server.url]}, access="max_staleness: 1y").replace("tsdb:", "pyroscope:")
    balancer = Balancer("lb-two", world.directory, config)
    try:
        for user in ("ann", "root"):
            for kind in ("application/proto", "application/json"):
                assert Client(balancer.url, user)("LabelNames", {"matchers": ["{}"], **window(NOW - HOUR, NOW)}, kind)[0] == 200
    finally:
        balancer.stop()


def test_no_ownership_no_service(world):
    balancer = Balancer("lb-none", world.directory, pyroscope_config(world.directory / "missing", world.server.url))
    try:
        assert Client(balancer.url)("LabelNames", {})[0] == 503
    finally:
        balancer.stop()


def test_tells_what_it_did(world):
    log = world.directory / "audit.log"
    before = len(log.read_text().splitlines()) if log.exists() else 0
    refused = world.balancer.metric('ceems_lb_refusals_total{kind="pyroscope",reason="forbidden"}')
    client = Client(world.url)
    client("ProfileTypes", window(NOW - HOUR, NOW))
    client("SelectMergeStacktraces", {"labelSelector": '{service_name="3"}', **window(NOW - HOUR, NOW)}, zipped=True)
    client.raw(STACKTRACES, b"\xff\xfe", "application/proto")
    Client(world.url, "root").raw(STACKTRACES, b"\xff\xfe", "application/proto")
    lines = [json.loads(line) for line in log.read_text().splitlines()[before:]]
    assert [(line["user"], line["decision"], line["target"].removeprefix(profile_api.PATH)) for line in lines] == [
        ("ann", "allowed", "LabelValues"), ("ann", "user do not have permissions to view unit metrics", "SelectMergeStacktraces"),
        ("ann", "SelectMergeStacktracesRequest: the message is cut", "SelectMergeStacktraces"), ("root", "passed", "SelectMergeStacktraces")]
    assert json.loads(lines[0]["form"])["name"] == "__profile_type__" and json.loads(lines[1]["form"])["labelSelector"] == '{service_name="3"}'
    assert lines[2]["form"] == lines[3]["form"] == "2 bytes that are no text"
    assert world.balancer.metric('ceems_lb_refusals_total{kind="pyroscope",reason="forbidden"}') == refused + 1
    assert world.balancer.metric('ceems_lb_requests_total{cluster="hpc",code="200",kind="pyroscope"}') > 0
    assert world.balancer.metric('ceems_lb_decisions_total{kind="pyroscope",source="memory"}') > 0

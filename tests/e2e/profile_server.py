"""A server with the API of Pyroscope's queries over profiles in memory: selectors, times and answers as Pyroscope has them."""

import collections
import dataclasses
import gzip
import http.server
import json
import re
import threading

import profile_api
from tenants import DAY, NOW, UNITS, Unit

CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds"
STEP_MS = 600_000
DAY_MS = DAY * 1000


@dataclasses.dataclass(frozen=True)
class Profile:
    labels: tuple[tuple[str, str], ...]
    time: int  # ms
    stacks: tuple[tuple[str, int], ...]  # "main;f", value
    identifier: str
    span: str


def profiles_of(units: list[Unit]) -> list[Profile]:
    """One of each of two or three types every ten minutes of each unit's time. Names of functions tell whose it is."""
    made = []
    for unit in units:
        place = UNITS.index(unit)
        owner = f"{unit.cluster}-{unit.project}-{unit.start}"
        types = [CPU, "memory:alloc_space:bytes:space:bytes"] + ([f"mutex:delay_{unit.project}:ns:contentions:count"] if place % 2 else [])
        for kind in types:
            name = kind.split(":")[0]
            labels = {"__name__": name, "__profile_type__": kind, "service_name": unit.uuid, "hostname": f"n{len(unit.uuid)}", f"only_{unit.project}": "yes"}
            if unit.labelled:
                labels["ceems_id"] = unit.cluster
            pairs = tuple(sorted(labels.items()))
            for number, time in enumerate(range(unit.start * 1000, (unit.end or NOW) * 1000, STEP_MS)):
                stacks = (("main;work", 1000 + number), (f"main;{owner}", 10 + place), (f"main;{owner};leaf", number % 7))
                made.append(Profile(pairs, time, stacks, f"{unit.cluster}/{unit.uuid}/{unit.start}/{name}/{number}", f"span{number % 3}"))
    return made


class BadRequest(Exception):
    pass


MATCHER = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")\s*(,|$)')


def parse(selector: str) -> list[tuple[str, str, str]]:
    name, brace, rest = selector.partition("{")
    if not brace or not rest.rstrip().endswith("}"):
        raise BadRequest(f"cannot parse {selector}")
    found = [("__name__", "=", name.strip())] if name.strip() else []
    rest = rest.rstrip()[:-1]
    while rest.strip():
        match = MATCHER.match(rest)
        if not match:
            raise BadRequest(f"cannot parse {selector}")
        found.append((match[1], match[2], json.loads(match[3])))
        rest = rest[match.end():]
    return found


def passes(labels: dict[str, str], matchers: list[tuple[str, str, str]]) -> bool:
    for name, operator, wanted in matchers:
        value = labels.get(name, "")
        if operator in ("=", "!="):
            matched = value == wanted
        else:
            try:
                matched = re.fullmatch(re.sub(r"\\x\{([0-9A-F]+)\}", lambda code: f"\\U{int(code[1], 16):08x}", wanted), value, re.DOTALL) is not None
            except re.error as error:
                raise BadRequest(str(error)) from None
        if matched == operator.startswith("!"):
            return False
    return True


def tree_of(stacks: dict[str, int]) -> dict:
    root = {"name": "total", "self": 0, "children": {}}
    for stack, value in stacks.items():
        node = root
        for name in stack.split(";"):
            node = node["children"].setdefault(name, {"name": name, "self": 0, "children": {}})
        node["self"] += value
    return root


def total(node: dict) -> int:
    return node["self"] + sum(total(child) for child in node["children"].values())


def fill_flamegraph(graph, stacks: dict[str, int]) -> None:
    """Level by level, each node as offset from the one before, total, own value and index of its name."""
    names: list[str] = []
    level = [(0, tree_of(stacks))]
    while level:
        below, values, end = [], graph.levels.add().values, 0
        for start, node in level:
            if node["name"] not in names:
                names.append(node["name"])
            whole = total(node)
            values.extend([start - end, whole, node["self"], names.index(node["name"])])
            end = start + whole
            graph.max_self = max(graph.max_self, node["self"])
            offset = start
            for _, child in sorted(node["children"].items()):
                below.append((offset, child))
                offset += total(child)
        level = below
    graph.names.extend(names)
    graph.total = sum(stacks.values())


class ProfileServer(http.server.ThreadingHTTPServer):
    """`together`: all selectors of a list must pass (as newer servers have it), else one of them."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, units: list[Unit], together: bool):
        super().__init__(("127.0.0.1", 0), Handler)
        self.together = together
        self.series: dict[tuple, list[Profile]] = collections.defaultdict(list)
        for profile in profiles_of(units):
            self.series[profile.labels].append(profile)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    # What a list of labels is made of: whole days.
    def listed(self, request) -> list[dict[str, str]]:
        if request.end < request.start or not request.end:
            raise BadRequest("no time range")
        selectors = [parse(selector) for selector in request.matchers]
        found = []
        for labels, profiles in sorted(self.series.items()):
            known = dict(labels)
            results = [passes(known, selector) for selector in selectors]
            days = range(request.start // DAY_MS, request.end // DAY_MS + 1)
            if (all(results) if self.together or not results else any(results)) and any(profile.time // DAY_MS in days for profile in profiles):
                found.append(known)
        return found

    def selected(self, request, start: int) -> list[tuple[dict[str, str], Profile]]:
        if request.end < request.start:
            raise BadRequest("start must be before end")
        if len(request.profile_typeID.split(":")) not in (5, 6):
            raise BadRequest("no profile type")
        matchers = parse(request.label_selector) + [("__profile_type__", "=", ":".join(request.profile_typeID.split(":")[:5]))]
        found = []
        for labels, profiles in sorted(self.series.items()):
            known = dict(labels)
            if passes(known, matchers):
                found += [(known, profile) for profile in profiles if start <= profile.time <= request.end]
        for field, attribute in (("profile_id_selector", "identifier"), ("span_selector", "span")):
            wanted = list(getattr(request, field, []))
            if wanted:
                found = [(known, profile) for known, profile in found if getattr(profile, attribute) in wanted]
        return found

    def merged(self, request) -> dict[str, int]:
        site = [location.name for location in request.stack_trace_selector.call_site] if hasattr(request, "stack_trace_selector") else []
        stacks: dict[str, int] = collections.Counter()
        for _, profile in self.selected(request, request.start):
            for stack, value in profile.stacks:
                if stack.split(";")[:len(site)] == site:
                    stacks[stack] += value
        return dict(sorted(stacks.items()))

    def points(self, request) -> dict[tuple, dict[int, list[Profile]]]:
        if request.step <= 0:
            raise BadRequest("step must be above zero")
        step = int(request.step * 1000)
        grouped: dict[tuple, dict[int, list[Profile]]] = collections.defaultdict(lambda: collections.defaultdict(list))
        for known, profile in self.selected(request, request.start - step):
            group = tuple((name, known[name]) for name in sorted(request.group_by) if name in known)
            grouped[group][request.start + -((request.start - profile.time) // step) * step].append(profile)
        return grouped

    def ProfileTypes(self, request, answer) -> None:
        days = range(request.start // DAY_MS, request.end // DAY_MS + 1)
        types = {dict(labels)["__profile_type__"] for labels, profiles in self.series.items() if any(profile.time // DAY_MS in days for profile in profiles)}
        for kind in sorted(types):
            name, sample, unit, period, period_unit = kind.split(":")
            answer.profile_types.add(ID=kind, name=name, sample_type=sample, sample_unit=unit, period_type=period, period_unit=period_unit)

    def LabelNames(self, request, answer) -> None:
        answer.names.extend(sorted({name for labels in self.listed(request) for name in labels}))

    def LabelValues(self, request, answer) -> None:
        answer.names.extend(sorted({labels[request.name] for labels in self.listed(request) if request.name in labels}))

    def Series(self, request, answer) -> None:
        sets = {tuple(sorted((name, value) for name, value in labels.items() if not request.label_names or name in request.label_names)) for labels in self.listed(request)}
        for pairs in sorted(sets):
            labels = answer.labels_set.add().labels
            for name, value in pairs:
                labels.add(name=name, value=value)

    def SelectMergeStacktraces(self, request, answer) -> None:
        fill_flamegraph(answer.flamegraph, self.merged(request))

    SelectMergeSpanProfile = SelectMergeStacktraces

    def SelectMergeProfile(self, request, answer) -> None:
        stacks = self.merged(request)
        answer.string_table.extend(["", *stacks])
        for number, value in enumerate(stacks.values()):
            answer.sample.add(location_id=[number + 1], value=[value])
        answer.time_nanos = request.end * 1_000_000

    def SelectSeries(self, request, answer) -> None:
        for group, points in sorted(self.points(request).items()):
            series = answer.series.add()
            for name, value in group:
                series.labels.add(name=name, value=value)
            for time, profiles in sorted(points.items()):
                series.points.add(value=sum(value for profile in profiles for _, value in profile.stacks), timestamp=time)

    def SelectHeatmap(self, request, answer) -> None:
        for group, points in sorted(self.points(request).items()):
            series = answer.series.add()
            for name, value in group:
                series.labels.add(name=name, value=value)
            for time, profiles in sorted(points.items()):
                series.slots.add(timestamp=time, y_min=[0], counts=[len(profiles)])

    def Diff(self, request, answer) -> None:
        left, right = self.merged(request.left), self.merged(request.right)
        fill_flamegraph(answer.flamegraph, {stack: left.get(stack, 0) + right.get(stack, 0) for stack in sorted(left | right)})
        answer.flamegraph.leftTicks, answer.flamegraph.rightTicks = sum(left.values()), sum(right.values())

    def GetProfileStats(self, request, answer) -> None:
        answer.data_ingested = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        self.send(200, b"ready\n", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "")
        method = self.path.removeprefix(profile_api.PATH)
        self.server.asked.append((self.path, dict(self.headers)))
        if method == self.path or not hasattr(ProfileServer, method):
            self.send(404, b"404 page not found\n", "text/plain")
            return
        if kind not in ("application/proto", "application/json"):
            self.send(415, b"", "text/plain")
            return
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        try:
            answer = profile_api.Message(profile_api.answer_type(method))
            getattr(self.server, method)(profile_api.decode(profile_api.request_type(method), body, kind), answer)
        except (BadRequest, profile_api.Malformed) as error:
            self.send(400, json.dumps({"code": "invalid_argument", "message": str(error)}).encode(), "application/json")
            return
        self.send(200, profile_api.encode(answer, kind), kind)

    def send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args) -> None:
        pass

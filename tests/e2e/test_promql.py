"""Our PromQL beside Prometheus' own: the server that Debian has for the grammar of its time, the grammar of Prometheus' editor for what is newer."""

import concurrent.futures
import http.client
import json
import pathlib
import re
import subprocess
import urllib.parse

import pytest

from stack.ceems import BINARIES, SOURCE, find_prometheus
from stack.processes import Daemon, free_port

TOOL = str(BINARIES / "ceems_tool")
GENERATOR = str(BINARIES.parent / "tests" / "promql_queries")
DATA = SOURCE / "tests/data/promql"
# What the editor's grammar does not know, though the servers do.
BEYOND_THE_EDITOR = re.compile(rb"offset|holt_winters|integral|m[ai][nx]\(|0[xX]_|0X|\d\.(?!\d)|[^a-z](STEP|RANGE)", re.S)


class Server:
    """/api/v1/format_query of a Prometheus that holds nothing."""

    def __init__(self, directory: pathlib.Path):
        self.port = free_port()
        config = directory / "prometheus.yml"
        config.write_text("global: {}\n")
        command = [find_prometheus(), f"--config.file={config}", f"--storage.tsdb.path={directory / 'tsdb'}",
                   f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]
        self.daemon = Daemon("prometheus", command, directory)
        self.daemon.wait_for(f"http://127.0.0.1:{self.port}/-/ready", 60)

    def _ask(self, queries: list[bytes]) -> list[str | None]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        answers = []
        for query in queries:
            connection.request("POST", "/api/v1/format_query", body="query=" + urllib.parse.quote_from_bytes(query, safe=""),
                               headers={"Content-Type": "application/x-www-form-urlencoded"})
            answer = json.loads(connection.getresponse().read())
            assert answer["status"] == "success" or answer["errorType"] == "bad_data", answer
            answers.append(answer.get("data"))
        connection.close()
        return answers

    def format(self, queries: list[bytes]) -> list[str | None]:
        """The server's text for each query; None for those that it refuses."""
        halves = [queries[: len(queries) // 2], queries[len(queries) // 2 :]]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return [answer for answers in pool.map(self._ask, halves) for answer in answers]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("promql"))
    yield made
    made.daemon.stop()


def run(command: list[str], data: bytes = b"") -> subprocess.CompletedProcess:
    return subprocess.run(command, input=data, capture_output=True, check=False)


def ours(queries: list[bytes]) -> list[bytes | None]:
    """Our text for each query; None for those that we refuse."""
    done = run([TOOL, "promql", "format", "--null"], b"".join(query + b"\0" for query in queries))
    texts = done.stdout.split(b"\0")[:-1]
    assert len(texts) == len(queries), done.stderr[-2000:]
    return [text or None for text in texts]


def editor(queries: list[bytes]) -> list[bool]:
    """Whether the editor's grammar takes each query."""
    done = run(["node", str(SOURCE / "tests/promql/lezer/parse.mjs"), str(SOURCE / "build/lezer")], b"".join(query + b"\0" for query in queries))
    assert done.returncode == 0 and len(done.stdout) == len(queries), done.stderr.decode()[-2000:]
    return [sign == "+" for sign in done.stdout.decode()]


def random_queries(kind: str, count: int, seed: int) -> list[bytes]:
    done = run([GENERATOR, kind, str(count), str(seed)])
    assert done.returncode == 0
    return done.stdout.split(b"\0")[:-1]


def cases(file: str) -> list[tuple[str, bytes]]:
    """What stands in front of each query in a table, and the query."""
    found = []
    for line in (DATA / file).read_text().splitlines():
        mark, _, text = line.partition(" ")
        if not line or mark in ("#", "=", ":"):
            continue
        for sign, byte in (("⏎", "\n"), ("⇥", "\t"), ("␍", "\r"), ("␁", "\x01")):
            text = text.replace(sign, byte)
        found.append((mark, text.encode()))
    assert len(found) > 200
    return found


def test_the_server_reads_the_same_in_our_text(server):
    table = cases("valid.txt")
    queries = [query for _, query in table]
    taken, again = server.format(queries), server.format(ours(queries))
    assert [(mark, query) for (mark, query), text in zip(table, taken, strict=True) if (text is not None) != mark.startswith("2")] == []
    assert [(query, a, b) for query, a, b in zip(queries, taken, again, strict=True) if a is not None and a != b] == []


def test_the_server_refuses_what_we_refuse(server):
    queries = [query for _, query in cases("invalid.txt")]
    assert [(query, text) for query, text in zip(queries, server.format(queries), strict=True) if text is not None] == []
    assert [query for query, text in zip(queries, ours(queries), strict=True) if text is not None] == []


def test_the_editor_takes_what_we_take():
    table = cases("valid.txt")
    queries = [query for _, query in table]
    assert [(mark, query) for (mark, query), taken in zip(table, editor(queries), strict=True) if taken == mark.endswith("!")] == []
    known = [query for mark, query in table if not mark.endswith("!")]
    texts = ours(known)
    assert [text for text, taken in zip(texts, editor(texts), strict=True) if not taken] == []


def test_the_editor_refuses_what_is_no_matter_of_types():
    table = cases("invalid.txt")
    assert [(mark, query) for (mark, query), taken in zip(table, editor([query for _, query in table]), strict=True) if taken != (mark == "t")] == []


def test_the_server_reads_random_queries_the_same_in_our_text(server):
    queries = random_queries("old", 3000, 20261126)
    texts = ours(queries)
    assert None not in texts
    taken = server.format(queries)
    assert None not in taken
    assert [(query, a, b) for query, a, b in zip(queries, taken, server.format(texts), strict=True) if a != b] == []


def test_the_server_refuses_the_same_random_queries(server):
    queries = random_queries("broken", 4000, 20261126)
    texts, taken = ours(queries), server.format(queries)
    both = [(query, text, a) for query, text, a in zip(queries, texts, taken, strict=True) if text is not None and a is not None]
    assert len(both) > 300
    assert [(query, a) for query, text, a in zip(queries, texts, taken, strict=True) if text is None and a is not None] == []
    again = server.format([text for _, text, _ in both])
    assert [(query, a, b) for (query, _, a), b in zip(both, again, strict=True) if a != b] == []
    # What only we take has to be of a newer grammar.
    newer = [query for query, text, a in zip(queries, texts, taken, strict=True) if text is not None and a is None and not BEYOND_THE_EDITOR.search(query)]
    assert [query for query, known in zip(newer, editor(newer), strict=True) if not known] == []


def test_the_editor_takes_random_queries_of_the_newest_grammar():
    queries = random_queries("editor", 4000, 20261126)
    texts = ours(queries)
    assert None not in texts
    assert [query for query, taken in zip(queries, editor(queries), strict=True) if not taken] == []
    assert [(query, text) for query, text, taken in zip(queries, texts, editor(texts), strict=True) if not taken] == []


def test_formats_a_query_from_an_argument_or_from_standard_input():
    assert run([TOOL, "promql", "format", "sum(rate(up[300])) by (job)"]).stdout == b"sum by (job) (rate(up[5m]))\n"
    assert run([TOOL, "promql", "format"], b"sum(\n  up # all of them\n)\n").stdout == b"sum(up)\n"
    assert run([TOOL, "promql", "format", "--", "-up"]).stdout == b"-up\n"


def test_checks_a_query_without_a_word():
    done = run([TOOL, "promql", "check", "up"])
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("command", ["check", "format"])
def test_points_at_what_is_wrong(command):
    done = run([TOOL, "promql", command, 'sum(up{job="a"} @)'])
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == "1:18: parse error: unexpected ')', expected a time, start() or end()\n" 'sum(up{job="a"} @)\n' + " " * 17 + "^\n"


def test_says_which_of_many_queries_are_wrong():
    done = run([TOOL, "promql", "format", "--null"], b"up\0up{\0-(up)\0")
    assert (done.returncode, done.stdout) == (1, b"up\0\0-(up)\0")
    assert done.stderr.startswith(b"1:4: parse error: ")
    assert run([TOOL, "promql", "check", "--null"], b"up\0down").returncode == 0


def test_takes_one_query():
    for arguments in (["up", "down"], ["--null", "up"]):
        done = run([TOOL, "promql", "format", *arguments])
        assert done.returncode == 1 and done.stdout == b"" and b"error: " in done.stderr

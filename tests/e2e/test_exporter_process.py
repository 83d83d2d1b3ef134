"""The exporter as an operator meets it: exposition, TLS, authentication, privileges, mistakes."""

import concurrent.futures
import re
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest

import metrics
from stack.ceems import BINARIES
from stack.processes import Daemon, free_port

EXPORTER = str(BINARIES / "ceems_exporter")


@pytest.fixture
def start(directory):
    daemons = []

    def go(*flags: str, port: int | None = None, wait: bool = True, scheme: str = "http", prefix: tuple[str, ...] = ()) -> tuple[Daemon, str]:
        port = port or free_port()
        daemon = Daemon(f"exporter{len(daemons)}", [*prefix, EXPORTER, f"--web.listen-address=127.0.0.1:{port}", *flags], directory)
        daemons.append(daemon)
        url = f"{scheme}://127.0.0.1:{port}"
        if wait:
            daemon.wait_for(url + "/health")
        return daemon, url

    yield go
    for daemon in daemons:
        daemon.stop()


def get(url: str, **headers: str) -> tuple[int, dict, bytes]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_exposition_pleases_promtool(start, parent, directory):
    config = directory / "generic.yml"
    config.write_text(f"generic:\n  - name: e2e\n    pattern: ^/{parent.name}/(?P<id>[a-z]+)$\n    user: alice\n    project: p\n")
    parent.spawn("job", ["sleep", "60"])
    _, url = start("--collector.generic", f"--collector.generic.config.file={config}", "--collector.emissions", "--collector.power-model",
                   "--collector.meminfo.all-stats")
    status, headers, body = get(url + "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4; charset=utf-8")
    check = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, check=False)
    # Names that dashboards know are kept even where the linter would choose others; a broken exposition is "error while linting".
    assert b"error while linting" not in check.stderr, check.stderr.decode()
    lines = body.decode().splitlines()
    families = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert families == sorted(families) and len(families) == len(set(families))
    samples = [line.rsplit(" ", 1)[0] for line in lines if not line.startswith("#")]
    assert len(samples) == len(set(samples))
    for name in ("ceems_exporter_build_info", "ceems_scrape_collector_success", "process_cpu_seconds_total", "ceems_cpu_seconds_total",
                 "ceems_meminfo_MemTotal_bytes", "ceems_emissions_gCo2_kWh", "ceems_estimated_energy_joules_total", "ceems_compute_units"):
        assert name in families


def test_compresses_what_it_says_in_plain(start):
    import gzip
    _, url = start("--web.disable-exporter-metrics", "--no-collector.cpu")
    _, headers, body = get(url + "/metrics", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert b"ceems_meminfo_MemTotal_bytes" in gzip.decompress(body)
    _, headers, body = get(url + "/metrics", Accept_Encoding="gzip;q=0")
    assert "Content-Encoding" not in headers and body.startswith(b"# HELP")


def test_answers_its_routes(start):
    _, url = start()
    status, headers, body = get(url + "/health")
    assert (status, body) == (200, b"CEEMS Exporter is healthy")
    assert headers["X-Content-Type-Options"] == "nosniff"
    status, headers, body = get(url + "/")
    assert status == 200 and "text/html" in headers["Content-Type"] and b"ceems_exporter" in body and b'"/metrics"' in body
    assert get(url + "/metrics/")[0] == 404
    assert get(url + "/nothing")[0] == 404


def test_serves_many_scrapers_at_once(start):
    _, url = start()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: get(url + "/metrics")[0], range(200)))
    assert set(answers) == {200}
    assert metrics.value(get(url + "/metrics")[2].decode(), "promhttp_metric_handler_requests_total", code="200") >= 200


def test_speaks_tls_and_asks_for_a_password(start, directory):
    made = subprocess.run([str(BINARIES / "ceems_tool"), "config", "create-web-config", "--tls", "--tls.host=127.0.0.1", "--tls.host=localhost",
                           f"--output-dir={directory}/web"], capture_output=True, text=True, check=True)
    password = re.search(r"plain text password for basic auth is (\S+)", made.stdout + made.stderr).group(1).rstrip(".,")
    port = free_port()
    start(f"--web.config.file={directory}/web/web-config.yml", port=port, wait=False)
    context = ssl.create_default_context(cafile=f"{directory}/web/cert.pem")
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
    url = f"https://127.0.0.1:{port}/metrics"

    def status(credentials: str | None) -> int:
        import base64
        headers = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()} if credentials else {}
        for _ in range(100):
            try:
                return opener.open(urllib.request.Request(url, headers=headers), timeout=5).status
            except urllib.error.HTTPError as error:
                return error.code
            except urllib.error.URLError:
                import time
                time.sleep(0.1)
        raise AssertionError("no answer")

    assert status(f"ceems:{password}") == 200
    assert status("ceems:wrong") == 401
    assert status("mallory:wrong") == 401
    assert status(None) == 401


def test_gives_up_root(start):
    daemon, url = start()
    get(url + "/metrics")
    status = open(f"/proc/{daemon.pid}/status").read()
    assert re.search(r"^Uid:\t(\d+)\t\1\t\1\t\1$", status, re.M).group(1) != "0"
    assert re.search(r"^CapEff:\t0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.M)
    assert "\nGroups:\t0 " not in status


def test_runs_as_an_ordinary_user(start):
    _, url = start(prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    assert metrics.value(get(url + "/metrics")[2].decode(), "ceems_scrape_collector_success", collector="cpu") == 1


def test_ends_with_status_0_when_asked_to(start):
    daemon, _ = start()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(10) == 0


def test_refuses_a_port_that_is_taken(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        daemon, _ = start(port=port, wait=False)
        assert daemon.process.wait(10) == 1
        assert f"127.0.0.1:{port}" in daemon.log_tail()


@pytest.mark.parametrize(("text", "words"), [
    ("generic:\n  - name: a\n    pattern: '('\n", ["generic.yml:3", "pattern"]),
    ("generic:\n  - name: a\n    presett: docker\n", ["generic.yml:3", "presett"]),
    ("generic:\n  - name: [a]\n    preset: docker\n", ["generic.yml:2", "name"]),
    ("generic:\n  - name: a\n    preset: dockre\n", ["generic.yml:3", "dockre"]),
    ("generic:\n  - name: a\n    preset: docker\n    user: '{nobody}'\n", ["generic.yml:4", "nobody"]),
    ("generic: {a: b\n", ["generic.yml:"]),
])
def test_says_what_is_wrong_with_a_configuration(directory, text, words):
    path = directory / "generic.yml"
    path.write_text(text)
    done = subprocess.run([EXPORTER, "--collector.generic", f"--collector.generic.config.file={path}", "--config.check"],
                          capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr + done.stdout


@pytest.mark.parametrize(("flags", "word"), [
    (["--nonsense"], "nonsense"),
    (["--collector.cpu=true"], "collector.cpu"),
    (["--web.telemetry-path=/a", "--web.telemetry-path=/b"], "web.telemetry-path"),
    (["--log.level=loud"], "loud"),
    (["stray"], "stray"),
])
def test_refuses_a_wrong_command_line(flags, word):
    done = subprocess.run([EXPORTER, *flags], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1 and word in done.stderr
    assert re.match(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", done.stderr)


def test_says_its_version_on_stdout():
    done = subprocess.run([EXPORTER, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ceems_exporter, version ")

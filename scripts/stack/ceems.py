"""Exporter, Prometheus and API server wired together on loopback, in a directory of their own."""

import base64
import getpass
import json
import os
import pathlib
import re
import shutil
import subprocess
import textwrap
import time
import urllib.parse
import urllib.request

from .processes import Daemon, Failed, free_port

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("CEEMS_BIN", SOURCE / "build/release/bin"))


def current_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.geteuid())


def find_prometheus() -> str:
    found = os.environ.get("PROMETHEUS") or shutil.which("prometheus")
    if not found:
        raise Failed("prometheus is not installed (scripts/setup run installs it; PROMETHEUS=/path names another)")
    return found


class Stack:
    def __init__(self, directory: pathlib.Path, *, generic: str | None = None, cluster: str = "manager: generic", interval_seconds: int = 1,
                 update_seconds: int = 10, exporter_flags: list[str] | None = None):
        """`generic` configures the exporter's generic collector, `cluster` is YAML that says what the API server asks for units."""
        self.directory = directory
        self.cluster = cluster
        self.interval = interval_seconds
        self.update = update_seconds
        self.exporter_port, self.prometheus_port, self.api_port = free_port(), free_port(), free_port()
        self.exporter_url = f"http://127.0.0.1:{self.exporter_port}"
        self.prometheus_url = f"http://127.0.0.1:{self.prometheus_port}"
        self.api_url = f"http://127.0.0.1:{self.api_port}"
        self.exporter_flags = exporter_flags or []
        self.api_flags: list[str] = []
        self.api_environment: dict[str, str] = {}
        self.data_settings = ""  # more of ceems_api_server.data, as YAML
        self.updater_settings = ""  # extra_config of the updater, likewise
        self.password = ""  # of the API server; "" if it asks for none
        self.daemons: dict[str, Daemon] = {}
        self.user = current_user()
        self.limit_descriptors = 0  # 0: as we have them
        # From now on: going through the hours since midnight takes a second each.
        self.update_from = time.strftime("%Y-%m-%dT%H:%M:%S")
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)  # the servers give up root and still find their files
        if generic is not None:
            path = self._write("generic.yml", generic)
            self.exporter_flags += ["--collector.generic", f"--collector.generic.config.file={path}"]

    def _write(self, name: str, text: str) -> pathlib.Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    # -- the three servers ----------------------------------------------------------------------

    def start_exporter(self) -> Daemon:
        command = [str(BINARIES / "ceems_exporter"), f"--web.listen-address=127.0.0.1:{self.exporter_port}",
                   "--collector.emissions", "--collector.emissions.provider=global", "--collector.emissions.provider=owid",
                   "--collector.power-model", *self.exporter_flags]
        if self.limit_descriptors:
            command = ["prlimit", f"--nofile={self.limit_descriptors}:{self.limit_descriptors}", *command]
        daemon = self.daemons["exporter"] = Daemon("exporter", command, self.directory)
        daemon.wait_for(self.exporter_url + "/health")
        return daemon

    def start_prometheus(self) -> Daemon:
        rules = self.directory / "rules"
        subprocess.run([str(BINARIES / "ceems_tool"), "rules", "render", f"--output-dir={rules}", "--job=ceems",
                        f"--rate-window={4 * self.interval}s", f"--eval-interval={self.interval}s"],
                       check=True, capture_output=True)
        config = self._write("prometheus.yml", f"""\
global:
  scrape_interval: {self.interval}s
  scrape_timeout: {self.interval}s
  evaluation_interval: {self.interval}s
rule_files: ["{rules}/*.rules"]
scrape_configs:
  - job_name: ceems
    static_configs: [{{targets: ["127.0.0.1:{self.exporter_port}"]}}]
""")
        command = [find_prometheus(), f"--config.file={config}", f"--storage.tsdb.path={self.directory / 'tsdb'}",
                   f"--web.listen-address=127.0.0.1:{self.prometheus_port}", "--log.level=warn"]
        daemon = self.daemons["prometheus"] = Daemon("prometheus", command, self.directory)
        daemon.wait_for(self.prometheus_url + "/-/ready", 60)
        # It is ready some seconds before it first scrapes.
        deadline = time.monotonic() + 30
        while not self.query("up == 1"):
            if time.monotonic() > deadline:
                raise Failed(f"prometheus does not scrape the exporter:\n{daemon.log_tail()}")
            time.sleep(0.2)
        return daemon

    def write_api_config(self, tsdb_url: str | None = None) -> pathlib.Path:
        return self._write("api.yml", f"""\
ceems_api_server:
  data:
    path: {self.directory / 'data'}
    update_interval: {self.update}s
    max_update_interval: 1h
    update_from: {self.update_from}
{textwrap.indent(self.data_settings.rstrip(), "    ")}
  admin:
    users: ["{self.user}"]
clusters:
  - id: here
{textwrap.indent(self.cluster.rstrip(), "    ")}
    updaters: [prometheus]
updaters:
  - id: prometheus
    updater: tsdb
    web:
      url: {tsdb_url or self.prometheus_url}
    extra_config:
{textwrap.indent(self.updater_settings.rstrip(), "      ")}
""")

    def protect(self) -> None:
        """From its next start on, the API server answers only those who know its password: nobody can ask it in another's name."""
        web = self.directory / "web"
        made = subprocess.run([str(BINARIES / "ceems_tool"), "config", "create-web-config", f"--output-dir={web}"], check=True, capture_output=True, text=True)
        self.password = re.search(r"password for basic auth is (\S+)", made.stderr).group(1)
        self.api_flags.append(f"--web.config.file={web / 'web-config.yml'}")

    @property
    def api_headers(self) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"ceems:{self.password}".encode()).decode()} if self.password else {}

    def start_api_server(self, tsdb_url: str | None = None) -> Daemon:
        config = self.write_api_config(tsdb_url)
        command = [str(BINARIES / "ceems_api_server"), f"--config.file={config}",
                   f"--web.listen-address=127.0.0.1:{self.api_port}", f"--security.run-as-user={self.user}",
                   *self.api_flags]
        daemon = self.daemons["api"] = Daemon("api", command, self.directory, self.api_environment)
        daemon.wait_for(self.api_url + "/health", headers=self.api_headers)
        return daemon

    def start(self) -> None:
        self.start_exporter()
        self.start_prometheus()
        self.start_api_server()

    def stop(self) -> None:
        for daemon in reversed(self.daemons.values()):
            daemon.stop()

    # -- asking them ----------------------------------------------------------------------------

    def cacct_config(self) -> str:
        password = f", basic_auth: {{username: ceems, password: {self.password}}}" if self.password else ""
        return f"""\
ceems_api_server:
  cluster_id: here
  web: {{url: "{self.api_url}"{password}}}
"""

    def write_cacct_config(self) -> pathlib.Path:
        path = self._write("cacct.yml", self.cacct_config())
        if self.password:
            path.chmod(0o600)
        return path

    def cacct(self, *flags: str, check: bool = True) -> str:
        command = [str(BINARIES / "cacct"), f"--config.file={self.write_cacct_config()}", *flags]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise Failed(f"cacct: {done.stderr.strip()}")
        return done.stdout

    def units(self) -> list[dict]:
        """Every unit that the API server knows to run, or to have ended lately."""
        answer = self.api("/api/v1/units/admin?running=1&cluster_id=here")
        return answer["data"]

    def api(self, path: str, user: str | None = None) -> dict:
        request = urllib.request.Request(self.api_url + path, headers={"X-Grafana-User": user or self.user, **self.api_headers})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def query(self, promql: str, at: float | None = None) -> list[dict]:
        parameters = {"query": promql} | ({"time": str(at)} if at is not None else {})
        url = f"{self.prometheus_url}/api/v1/query?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]["result"]

    def metrics(self) -> str:
        with urllib.request.urlopen(self.exporter_url + "/metrics", timeout=10) as answer:
            return answer.read().decode()

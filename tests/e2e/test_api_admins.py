"""Administrators out of teams of Grafana, and backups, as the running server has them."""

import contextlib
import http.server
import json
import sqlite3
import threading
import time
import urllib.request

from slurm_jobs import wait_until
from stack.ceems import BINARIES
from stack.processes import Daemon, free_port
from tenants import ask


class Grafana:
    """Answers for teams what it is told, and refuses who has no token."""

    def __init__(self):
        self.teams: dict[str, list[str]] = {}
        self.status = 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                team = self.path.removeprefix("/api/teams/").removesuffix("/members")
                status = outer.status if self.headers["Authorization"] == "Bearer token-7" else 401
                known = team in outer.teams
                body = json.dumps([{"login": login} for login in outer.teams[team]] if known else {"message": "Team not found"}).encode()
                self.send_response(status if known or status != 200 else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@contextlib.contextmanager
def api_server(directory, grafana: str):
    (directory / "token").write_text("token-7\n")
    config = directory / "api.yml"
    config.write_text(f"""
ceems_api_server:
  data: {{path: {directory}/data, backup_path: {directory}/backups, update_interval: 1s}}
  admin:
    users: [root, eve]
    grafana: {{url: '{grafana}', teams_ids: [3, ops], authorization: {{credentials_file: token}}}}
""")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    daemon = Daemon("api", [str(BINARIES / "ceems_api_server"), f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--web.metrics"], directory)
    try:
        daemon.wait_for(url + "/health")
        yield url, daemon
    finally:
        daemon.stop()


def admins(url: str) -> dict[str, str]:
    status, answer = ask(url, "/api/v1/users/admin", [("role", "admin")], user="root")
    return {row["name"]: row["tags"][0] for row in answer["data"]} if status == 200 else {}


def metric(url: str, name: str) -> float:
    page = urllib.request.urlopen(url + "/metrics").read().decode()
    return next(float(line.split()[-1]) for line in page.splitlines() if line.startswith(name + " "))


def test_members_of_teams_are_administrators(directory):
    grafana = Grafana()
    grafana.teams = {"3": ["ann", "eve"], "ops": ["bob"]}
    with api_server(directory, grafana.url) as (url, _):
        wait_until(20, "Grafana's administrators are known", lambda: admins(url).keys() >= {"ann", "bob"})
        assert admins(url) == {"root": "ceems", "ceems-int-svc": "ceems", "ann": "grafana", "bob": "grafana", "eve": "grafana"}
        assert ask(url, "/api/v1/clusters/admin", user="bob")[0] == 200
        assert ask(url, "/api/v1/clusters/admin", user="cid")[0] == 403

        # What cannot be asked stays as it was.
        grafana.status = 500
        failures = metric(url, "ceems_api_server_grafana_failures_total")
        wait_until(20, "Grafana was asked in vain", lambda: metric(url, "ceems_api_server_grafana_failures_total") >= failures + 2)
        assert admins(url).keys() == {"root", "ceems-int-svc", "ann", "bob", "eve"}

        # Who leaves the team is none any more, unless the configuration names him.
        grafana.teams = {"3": ["cid"]}
        grafana.status = 200
        wait_until(20, "bob, of a team that is gone, is no administrator", lambda: ask(url, "/api/v1/clusters/admin", user="bob")[0] == 403)
        assert admins(url) == {"root": "ceems", "ceems-int-svc": "ceems", "cid": "grafana", "eve": "ceems"}
    grafana.server.shutdown()


def test_a_server_starts_without_grafana_and_makes_its_first_backup(directory):
    with api_server(directory, f"http://127.0.0.1:{free_port()}") as (url, daemon):
        wait_until(20, "a backup is made", lambda: metric(url, "ceems_api_server_last_backup_timestamp_seconds") > time.time() - 60)
        assert admins(url).keys() == {"root", "eve", "ceems-int-svc"}
        assert "token-7" not in daemon.log.read_text()
        (backup,) = (directory / "backups").glob("ceems-*.db")
        assert backup.stat().st_mode & 0o137 == 0
        with sqlite3.connect(f"file:{backup}?mode=ro", uri=True) as database:
            assert database.execute("pragma integrity_check").fetchone()[0] == "ok"
            assert database.execute("select version, dirty from schema_migrations").fetchone() == (10, 0)

"""The exporter before a Redfish service that is well, ends sessions, hangs, and sends too much."""

import contextlib
import http.server
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "scripts")]
sys.dont_write_bytecode = True

from stack.ceems import BINARIES  # noqa: E402

PAGES = {
    "/redfish/v1/": {"Chassis": {"@odata.id": "/redfish/v1/Chassis"}, "Links": {"Sessions": {"@odata.id": "/redfish/v1/SessionService/Sessions"}}},
    "/redfish/v1/Chassis": {"Members": [{"@odata.id": "/redfish/v1/Chassis/System.Embedded.1"}]},
    "/redfish/v1/Chassis/System.Embedded.1": {"Id": "System.Embedded.1", "Power": {"@odata.id": "/redfish/v1/Chassis/System.Embedded.1/Power"}},
    "/redfish/v1/Chassis/System.Embedded.1/Power": {"PowerControl": [{"MemberId": "PowerControl", "PowerConsumedWatts": 410,
                                                                      "PowerMetrics": {"MinConsumedWatts": 200, "AverageConsumedWatts": None}}]},
}


class Bmc(http.server.ThreadingHTTPServer):
    daemon_threads = True
    fault = ""
    sessions = 0
    agents: set[str] = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bmc

    def answer(self, status: int, body: bytes, **fields: str) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        account = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert account == {"UserName": "monitor", "Password": "secret"}
        self.server.sessions += 1
        self.answer(201, b"{}", X_Auth_Token="token", Location="/redfish/v1/SessionService/Sessions/1")

    def do_DELETE(self) -> None:
        self.server.sessions -= 1
        self.answer(204, b"")

    def do_GET(self) -> None:
        self.server.agents.add(self.headers["User-Agent"])
        if self.server.fault == "hang":
            time.sleep(60)
        if self.server.fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        if self.server.fault == "flood":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(1 << 14):
                    self.wfile.write(b" " * (1 << 16))
            self.close_connection = True
            return
        if self.path != "/redfish/v1/" and self.headers["X-Auth-Token"] != "token":
            self.answer(401, b"{}")
        elif self.path in PAGES:
            self.answer(200, json.dumps(PAGES[self.path]).encode())
        else:
            self.answer(404, b"{}")

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def exporter(directory: pathlib.Path, bmc: Bmc) -> Iterator[str]:
    config = directory / "redfish.yml"
    config.write_text(f"redfish_collector: {{protocol: http, hostname: 127.0.0.1, port: {bmc.server_address[1]}, username: monitor, password: secret, timeout: 500}}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen([BINARIES / "ceems_exporter", "--collector.disable-defaults", "--collector.redfish", f"--collector.redfish.config.file={config}",
                                f"--web.listen-address={address}"], env={**os.environ, "NODE_NAME": "n1"}, stderr=subprocess.DEVNULL)
    try:
        yield f"http://{address}/metrics"
    finally:
        process.terminate()
        assert process.wait(20) == 0


def page_with(url: str, text: str) -> str:
    page = ""
    for _ in range(200):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
            page = answer.read().decode()
            if text in page:
                return page
        time.sleep(0.1)
    raise AssertionError(f"{text} is not in:\n{page}")


def serve(fault: str) -> Bmc:
    bmc = Bmc(("127.0.0.1", 0), Handler)
    bmc.fault = fault
    threading.Thread(target=bmc.serve_forever, daemon=True).start()
    return bmc


def test_reads_the_chassis_and_leaves_no_session(tmp_path: pathlib.Path) -> None:
    bmc = serve("")
    with exporter(tmp_path, bmc) as url:
        page = page_with(url, "ceems_redfish")
        assert 'ceems_redfish_power_current_watts{chassis="System_Embedded_1",hostname="n1"} 410\n' in page
        assert "power_avg_watts" not in page
        assert 'ceems_scrape_collector_success{collector="redfish"} 1\n' in page
    assert all(agent.startswith("ceems_exporter/") for agent in bmc.agents)
    assert bmc.sessions == 0


def test_counts_errors_of_a_bmc_that_hangs_resets_or_floods(tmp_path: pathlib.Path) -> None:
    for fault in ("hang", "reset", "flood"):
        with exporter(tmp_path, serve(fault)) as url:
            page = page_with(url, 'ceems_exporter_source_errors_total{source="redfish"} 1\n')
            assert 'ceems_scrape_collector_success{collector="redfish"} 0\n' in page

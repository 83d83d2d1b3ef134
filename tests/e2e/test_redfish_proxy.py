"""redfish_proxy between exporters and BMCs with TLS: what passes, what doesn't, and how hard BMCs are worked."""

import asyncio
import collections
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from bmc_server import CHASSIS, SESSIONS, Bmc, Room, certificate
from stack.ceems import BINARIES
from stack.processes import Daemon, free_port

LOGIN = json.dumps({"UserName": "monitor", "Password": "secret"}).encode()


@contextlib.contextmanager
def proxy(directory: pathlib.Path, config: object, *flags: str) -> Iterator[tuple[Daemon, str]]:
    (directory / "proxy.yml").write_text(json.dumps({"redfish_proxy": config}))
    port = free_port()
    daemon = Daemon("redfish_proxy", [str(BINARIES / "redfish_proxy"), f"--config.file={directory}/proxy.yml", f"--web.listen-address=127.0.0.1:{port}",
                                      "--web.metrics", *flags], directory)
    try:
        daemon.wait_for(f"http://127.0.0.1:{port}/health")
        yield daemon, f"http://127.0.0.1:{port}"
    finally:
        daemon.process.terminate()
        assert daemon.process.wait(20) == 0, daemon.log_tail()


def ask(url: str, method: str = "GET", body: bytes | None = None, **fields: str) -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in fields.items()}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read().decode()


@contextlib.contextmanager
def nginx(directory: pathlib.Path, upstream: str) -> Iterator[str]:
    port = free_port()
    config = directory / "nginx.conf"
    config.write_text(f"""\
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location = /up {{ return 200 up; }}
    location / {{ proxy_pass {upstream}; proxy_set_header X-Real-IP $remote_addr; proxy_http_version 1.1; }}
  }}
}}
""")
    daemon = Daemon("nginx", [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(config), "-p", str(directory)], directory)
    try:
        daemon.wait_for(f"http://127.0.0.1:{port}/up")
        yield f"http://127.0.0.1:{port}"
    finally:
        daemon.process.terminate()
        daemon.process.wait(20)


@contextlib.contextmanager
def exporter(directory: pathlib.Path, **config: object) -> Iterator[str]:
    (directory / "redfish.yml").write_text(json.dumps({"redfish_collector": {"username": "monitor", "password": "secret", **config}}))
    port = free_port()
    daemon = Daemon("ceems_exporter", [str(BINARIES / "ceems_exporter"), "--collector.disable-defaults", "--collector.redfish",
                                       f"--collector.redfish.config.file={directory}/redfish.yml", f"--web.listen-address=127.0.0.1:{port}"],
                    directory, {"NODE_NAME": "n1"})
    try:
        daemon.wait_for(f"http://127.0.0.1:{port}/metrics")
        yield f"http://127.0.0.1:{port}/metrics"
    finally:
        daemon.process.terminate()
        assert daemon.process.wait(20) == 0


def page_with(url: str, text: str) -> str:
    for _ in range(200):
        page = ask(url)[2]
        if text in page:
            return page
        time.sleep(0.1)
    raise AssertionError(f"{text} is not in:\n{page}")


def test_an_exporter_reads_power_through_nginx_and_the_proxy(directory: pathlib.Path) -> None:
    bmc = Bmc()
    tls = certificate(directory)
    with Room([bmc], tls):
        config = {"targets": [{"host_ip_addrs": ["127.0.0.1"], "url": f"https://localhost:{bmc.port}"}], "tls_config": {"ca_file": tls.name}}
        with proxy(directory, config, "--web.trusted-proxy=127.0.0.1") as (_, url), nginx(directory, url) as front:
            with exporter(directory, hostname="nowhere.invalid", external_url=front) as metrics:
                page = page_with(metrics, "ceems_redfish_power")
                assert 'ceems_redfish_power_current_watts{chassis="1",hostname="n1"} 410\n' in page
                assert 'redfish_proxy_bmc_requests_total{fault="none"}' in ask(url + "/metrics")[2]
        assert bmc.tokens == {}, "the session was ended"
    for _, _, fields in bmc.requests:
        assert not {"x-redfish-url", "x-real-ip", "x-forwarded-for", "authorization"} & set(fields), fields
        assert fields["user-agent"] == "ceems/redfish_proxy"
        assert fields["host"] == f"localhost:{bmc.port}"


def test_a_session_that_ends_is_renewed(directory: pathlib.Path) -> None:
    bmc = Bmc()
    with Room([bmc]):
        url = f"http://127.0.0.1:{bmc.port}"
        with proxy(directory, {"targets": [{"url": url}], "cache": "0s"}) as (_, front):
            _, fields, _ = ask(front + SESSIONS, "POST", LOGIN, X_Redfish_Url=url)
            bmc.tokens.clear()
            assert ask(front + CHASSIS, X_Redfish_Url=url, X_Auth_Token=fields["X-Auth-Token"])[0] == 401
            _, again, _ = ask(front + SESSIONS, "POST", LOGIN, X_Redfish_Url=url)
            assert again["X-Auth-Token"] != fields["X-Auth-Token"]
            assert ask(front + CHASSIS, X_Redfish_Url=url, X_Auth_Token=again["X-Auth-Token"])[0] == 200


def test_reaches_nothing_but_the_bmcs_that_it_was_told_of(directory: pathlib.Path) -> None:
    known, stranger = Bmc(), Bmc()
    with Room([known, stranger]):
        config = {"targets": [{"host_ip_addrs": ["192.0.2.7"], "url": f"http://127.0.0.1:{known.port}"}]}
        with proxy(directory, config) as (_, url):
            other = f"http://127.0.0.1:{stranger.port}"
            assert ask(url + "/redfish/v1/", X_Redfish_Url=other)[0] == 403
            assert ask(url + "/redfish/v1/", X_Redfish_Url="http://169.254.169.254:80")[0] == 403
            assert ask(url + "/redfish/v1/")[0] == 400
            assert ask(url + "/redfish/v1/", X_Real_IP="192.0.2.7")[0] == 400, "nobody said that this client may speak for others"
            here = f"http://127.0.0.1:{known.port}"
            assert ask(url + "/redfish/v1/", X_Redfish_Url=here)[0] == 200
            assert ask(url + "/redfish/v1/")[0] == 400, "what a request named is forgotten"
            for path in ("/redfish/v1/Systems", "/redfish/v1/Chassis/../Systems", "/redfish/v1/Chassis/%2e%2e/Systems", "/"):
                assert ask(url + path, X_Redfish_Url=here)[0] == 403, path
            for method in ("PATCH", "PUT", "POST", "DELETE"):
                assert ask(f"{url}{CHASSIS}/1/Power", method, b"{}", X_Redfish_Url=here)[0] == 405, method
        assert stranger.requests == []
        assert [path for _, path, _ in known.requests] == ["/redfish/v1/"]


def test_checks_certificates(directory: pathlib.Path) -> None:
    bmc = Bmc()
    with Room([bmc], certificate(directory)):
        url = f"https://localhost:{bmc.port}"
        with proxy(directory, {"targets": [{"url": url}]}) as (_, front):
            assert ask(front + "/redfish/v1/", X_Redfish_Url=url)[0] == 502
        with proxy(directory, {"targets": [{"url": url}], "insecure_skip_verify": True}) as (_, front):
            assert ask(front + "/redfish/v1/", X_Redfish_Url=url)[0] == 200


def test_reads_its_configuration_again(directory: pathlib.Path) -> None:
    bmc = Bmc()
    with Room([bmc]):
        url = f"http://127.0.0.1:{bmc.port}"
        with proxy(directory, {"allowed_target_urls": ["http://elsewhere:80"]}) as (daemon, front):
            assert ask(front + "/redfish/v1/", X_Redfish_Url=url)[0] == 403
            (directory / "proxy.yml").write_text(json.dumps({"redfish_proxy": {"allowed_target_urls": [url]}}))
            os.kill(daemon.pid, signal.SIGHUP)
            for _ in range(200):
                if ask(front + "/redfish/v1/", X_Redfish_Url=url)[0] == 200:
                    break
                time.sleep(0.05)
            assert ask(front + "/redfish/v1/", X_Redfish_Url=url)[0] == 200
            (directory / "proxy.yml").write_text("redfish_proxy: {}")
            os.kill(daemon.pid, signal.SIGHUP)
            page_with(front + "/metrics", "redfish_proxy_config_last_reload_successful 0\n")
            assert ask(front + "/redfish/v1/", X_Redfish_Url=url)[0] == 200


@pytest.mark.parametrize(("config", "word"), [
    ({}, "no BMC is named"),
    ({"targets": [{"url": "bmc"}]}, "url"),
    ({"allowed_target_urls": ["("]}, "("),
    ({"targets": [{"url": "https://bmc"}], "tls_config": {"ca_file": "absent.pem"}}, "absent.pem"),
    ({"targets": [{"url": "https://bmc"}], "target": []}, "unknown key"),
])
def test_says_what_is_wrong_with_a_configuration(directory: pathlib.Path, config: object, word: str) -> None:
    (directory / "proxy.yml").write_text(json.dumps({"redfish_proxy": config}))
    done = subprocess.run([BINARIES / "redfish_proxy", f"--config.file={directory}/proxy.yml", "--config.check"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert word in done.stderr


async def exchange(port: int, method: str, path: str, fields: dict[str, str], body: bytes = b"") -> tuple[int, dict[str, str]]:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**fields, "Content-Length": str(len(body)), "Connection": "close"}.items())
    head = b""
    while not head:
        # On a busy machine this client may take so long to write that the proxy has closed the connection, as it does.
        with contextlib.suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"{method} {path} HTTP/1.1\r\nHost: proxy\r\n{lines}\r\n".encode() + body)
            head, _, _ = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
    status, *rest = head.decode().split("\r\n")
    return int(status.split(" ")[1]), {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}


async def node(port: int, bmc: Bmc) -> collections.Counter[int]:
    """What an exporter asks at its start."""
    seen: collections.Counter[int] = collections.Counter()
    fields = {"X-Redfish-Url": f"http://127.0.0.1:{bmc.port}", "Accept": "application/json"}
    status, _ = await exchange(port, "GET", "/redfish/v1/", fields)
    seen[status] += 1
    if status != 200:
        return seen
    status, given = await exchange(port, "POST", SESSIONS, fields, LOGIN)
    seen[status] += 1
    fields["X-Auth-Token"] = given.get("x-auth-token", "")
    for path in (CHASSIS, f"{CHASSIS}/1", f"{CHASSIS}/1/Power"):
        status, _ = await exchange(port, "GET", path, fields)
        seen[status] += 1
    return seen


def test_a_thousand_nodes_at_once_do_not_overrun_the_bmcs(directory: pathlib.Path) -> None:
    bmcs = [Bmc(delay=0.02) for _ in range(20)]
    hanging = bmcs[0]
    hanging.hangs = True
    with Room(bmcs):
        config = {"targets": [{"url": f"http://127.0.0.1:{bmc.port}"} for bmc in bmcs], "limits": {"timeout": "3s", "wait": "60s"}}
        with proxy(directory, config) as (_, url):
            port = int(url.rsplit(":", 1)[1])

            async def all_of_them() -> list[collections.Counter[int]]:
                return await asyncio.gather(*(node(port, bmcs[i % len(bmcs)]) for i in range(1000)))

            seen = asyncio.run(all_of_them())
            page = ask(url + "/metrics")[2]
    for i, statuses in enumerate(seen):
        if bmcs[i % len(bmcs)] is hanging:
            assert sum(statuses.values()) == 1, statuses
            assert set(statuses) <= {502, 503, 504}, statuses
        else:
            assert statuses == {200: 4, 201: 1}, statuses
    for bmc in bmcs:
        assert bmc.most_at_once <= 2
        assert bmc.logins <= 1
        # 50 nodes ask five things each.
        assert len(bmc.requests) < 50, len(bmc.requests)
    assert "redfish_proxy_requests_waiting 0\n" in page
    assert "redfish_proxy_bmc_requests_in_flight 0\n" in page

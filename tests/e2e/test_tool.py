"""ceems_tool as an administrator uses it: make a web configuration, check it, break it, see that a server answers."""

import os
import re
import subprocess
import time

import pytest

from stack.ceems import BINARIES
from stack.processes import Daemon, free_port

TOOL = str(BINARIES / "ceems_tool")


def tool(*arguments: str, directory) -> subprocess.CompletedProcess:
    return subprocess.run([TOOL, *arguments], cwd=directory, capture_output=True, text=True, check=False)


def healthy_soon(daemon: Daemon, *ask: str, directory) -> str:
    """Asks until the server that was just started answers; what the tool said then."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and daemon.alive():
        answer = tool(*ask, directory=directory)
        if answer.returncode == 0:
            return answer.stderr
        time.sleep(0.1)
    return daemon.log_tail()


@pytest.fixture
def web(directory):
    """A web configuration with a certificate for loopback; the directory and the password."""
    made = tool("config", "create-web-config", "--tls", "--tls.host=localhost", "--tls.host=127.0.0.1", "--output-dir=web", directory=directory)
    assert made.returncode == 0, made.stderr
    password = re.search(r"plain text password for basic auth is ([a-zA-Z0-9]{24})\nstore ", made.stderr)
    assert password, made.stderr
    return directory / "web", password.group(1)


def test_secrets_are_for_their_owner_only(web):
    folder, password = web
    modes = {name: os.stat(folder / name).st_mode & 0o777 for name in ("", "web-config.yml", "key.pem", "cert.pem")}
    assert modes == {"": 0o700, "web-config.yml": 0o600, "key.pem": 0o600, "cert.pem": 0o644}
    assert password not in (folder / "web-config.yml").read_text()


def test_a_server_takes_what_was_made(web, directory):
    folder, password = web
    assert tool("check", "web-config", "web/web-config.yml", directory=directory).returncode == 0
    port = free_port()
    daemon = Daemon("exporter", [str(BINARIES / "ceems_exporter"), f"--web.listen-address=127.0.0.1:{port}",
                                 f"--web.config.file={folder / 'web-config.yml'}"], directory)
    try:
        client = folder / "client.yml"
        client.write_text(f"basic_auth: {{username: ceems, password: {password}}}\ntls_config: {{ca_file: cert.pem}}\n")
        ask = ["check", "api-healthy", f"--http.config.file={client}", f"--url=https://localhost:{port}"]
        assert "  SUCCESS:  CEEMS Exporter is healthy" in healthy_soon(daemon, *ask, directory=directory)
        client.write_text("basic_auth: {username: ceems, password: wrong}\ntls_config: {ca_file: cert.pem}\n")
        refused = tool(*ask, directory=directory)
        assert refused.returncode == 1 and "status 401" in refused.stderr
        client.write_text(f"basic_auth: {{username: ceems, password: {password}}}\n")
        unknown = tool(*ask, directory=directory)
        assert unknown.returncode == 1 and "certificate" in unknown.stderr
    finally:
        daemon.stop()


@pytest.mark.parametrize(("change", "reason"), [
    (("key_file: key.pem", "key_file: keys.pem"), "web/keys.pem"),
    (("key_file", "keyfile"), "web-config.yml:3: tls_server_config.keyfile: unknown key, did you mean 'key_file'?"),
    (("cert.pem", "key.pem"), "no certificate"),
    (("  key_file: key.pem\n", ""), "web-config.yml:1: tls_server_config: the certificate's key is missing"),
    (("$2b$10", "$2b$99"), "web-config.yml:5: basic_auth_users.ceems: not a bcrypt hash"),
    (("cert_file: ", "cert_file: '"), "text in quotes is never closed"),
])
def test_says_what_is_wrong_with_a_file(web, directory, change, reason):
    folder, _ = web
    file = folder / "web-config.yml"
    text = file.read_text()
    assert change[0] in text
    file.write_text(text.replace(*change))
    checked = tool("check", "web-config", "web/web-config.yml", directory=directory)
    assert checked.returncode == 1
    assert checked.stderr.startswith("web/web-config.yml FAILED: ")
    assert reason in checked.stderr


def test_every_file_is_judged(web, directory):
    checked = tool("check", "web-config", "absent.yml", "web/web-config.yml", directory=directory)
    assert checked.returncode == 1
    assert "absent.yml FAILED: " in checked.stderr and "web/web-config.yml SUCCESS" in checked.stderr


def test_mistakes_on_the_command_line_end_with_one_stamped_line(directory):
    for arguments in ([], ["chek"], ["check"], ["check", "web-config"], ["check", "web-config", "--bogus"]):
        done = tool(*arguments, directory=directory)
        assert done.returncode == 1 and done.stdout == ""
        assert re.fullmatch(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ceems_tool[a-z -]*: error: .*\n", done.stderr), done.stderr
    assert tool("--help", directory=directory).stdout.startswith("usage: ceems_tool ")
    assert tool("--version", directory=directory).stdout.startswith("ceems_tool, version ")

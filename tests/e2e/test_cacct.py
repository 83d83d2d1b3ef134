"""cacct as three users call it: each sees their own units, whatever they type and however it is installed."""

import csv
import http.server
import io
import os
import pathlib
import shutil
import tempfile
import threading
import time

import pytest

from stack import cgroups, people
from stack.ceems import Stack
from stack.installed import FOR_EVERYBODY, SET_GROUP_ID, SET_USER_ID, install_cacct
from stack.private_mounts import OwnEtc, PrivateMounts

FORBIDDEN = "forbidden. It is likely that the user is attempting to view statistics of others\n"
UNITS = [f"{user}-{kind}" for user in people.USERS for kind in ("running", "ended")]


def wait_until(seconds, what, condition):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.2)


@pytest.fixture(scope="module")
def machine():
    """A running and an ended unit of each user, and an API server that asks for a password."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ceems-e2e-"))
    directory.chmod(0o755)
    parent = cgroups.make_parent(f"ceems-e2e-{os.getpid()}")
    mounts = PrivateMounts()
    stack = Stack(directory / "ceems", update_seconds=2, generic=f"""\
generic:
  - name: e2e
    pattern: ^/{parent.name}/(?P<id>(?P<who>[a-z]+)-[a-z]+)$
    user: "{{who}}"
    project: tests
""")
    try:
        OwnEtc(directory, people.EVERYBODY, ("ceems",)).enter(mounts)
        (directory / "bin").mkdir()
        mounts.allow_set_user_id(directory / "bin")
        stack.protect()
        stack.start()
        groups = {name: parent.spawn(name, ["sleep", "3600"])[0] for name in UNITS}
        wait_until(60, "all units are known", lambda: {unit["uuid"] for unit in stack.units()} == set(UNITS))
        for name, group in groups.items():
            if name.endswith("ended"):
                group.remove()
        wait_until(60, "three have ended", lambda: sum(unit.get("ended_at_ts", 0) > 0 for unit in stack.units()) == 3)
        yield directory, stack
    finally:
        stack.stop()
        parent.remove()
        mounts.undo()
        shutil.rmtree(directory)


@pytest.fixture(scope="module", params=[SET_USER_ID, SET_GROUP_ID, FOR_EVERYBODY], ids=["set-user-id", "set-group-id", "for-everybody"])
def cacct(machine, request):
    """Calls it as a user; the fixture's `lent` says whether the configuration is more than its callers may read."""
    directory, stack = machine
    program = install_cacct(stack, directory / "bin", request.param)

    def call(user: str, *flags: str, **environment: str):
        return people.run_as(user, [str(program), *flags], env=environment)

    call.lent = request.param is not FOR_EVERYBODY
    call.stack = stack
    yield call


@pytest.fixture
def home(machine):
    """A directory where a user may keep a configuration of their own."""
    path = pathlib.Path(tempfile.mkdtemp(dir=machine[0]))
    path.chmod(0o755)
    (path / "ceems").mkdir()
    return path


def seen(done) -> set[str]:
    """The units in a table of any style."""
    return {unit for unit in UNITS if unit in done.stdout}


def own(user: str, kind: str = "") -> set[str]:
    return {unit for unit in UNITS if unit.startswith(user + "-") and unit.endswith(kind)}


@pytest.mark.parametrize("user", people.USERS)
def test_shows_the_caller_their_own_units(cacct, user):
    ended = cacct(user, "--csv", "--format=jobid,user,elapsed,state")
    assert ended.returncode == 0, ended.stderr
    rows = [row for row in csv.DictReader(io.StringIO(ended.stdout)) if row["Job ID"] in UNITS]
    assert [(row["Job ID"], row["User"]) for row in rows] == [(f"{user}-ended", user)]
    assert seen(cacct(user, "--running", "--csv")) == own(user, "running")


ENDED, BOTH, NONE = {"ann-ended"}, {"ann-ended", "ann-running"}, set()


@pytest.mark.parametrize(("flags", "expected"), [
    (["--long"], ENDED), (["--csv"], ENDED), (["--html"], ENDED), (["--markdown"], ENDED), (["--json"], ENDED), (["--noheader", "--csv"], ENDED),
    (["--no-summary", "--csv"], ENDED), (["--account=tests", "--csv"], ENDED), (["--starttime=1971-01-01", "--csv"], ENDED),
    (["--job=" + ",".join(UNITS), "--csv"], BOTH), (["--job=bob-ended", "--csv"], NONE), (["--job=bob-ended&user=bob", "--csv"], NONE),
    (["--account=tests&user=bob&user=cid", "--csv"], NONE), (["--job=%", "--csv"], NONE), (["--user=ann", "--csv"], ENDED), (["--user=ann,", "--csv"], ENDED),
    (["--user=", "--csv"], ENDED),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_no_flag_shows_units_of_others(cacct, flags, expected):
    done = cacct("ann", *flags)
    assert done.returncode == 0, done.stderr
    # The text table wraps its cells.
    assert seen(done) == expected if flags != ["--long"] else "bob" not in done.stdout and "cid" not in done.stdout and "ann" in done.stdout


@pytest.mark.parametrize("flags", [["--user=bob"], ["--user=ann,bob"], ["--user=all"], ["--user=all", "--account=tests"], ["--user=root"],
                                   ["--user=bob", "--job=bob-ended"]], ids=" ".join)
def test_asking_for_others_is_forbidden(cacct, flags):
    done = cacct("ann", *flags)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", FORBIDDEN)


def test_the_environment_does_not_say_who_calls(cacct, home):
    lies = {"USER": "bob", "LOGNAME": "bob", "USERNAME": "bob", "SUDO_USER": "bob", "SUDO_UID": str(people.USERS["bob"]), "HOME": str(home),
            "XDG_CONFIG_HOME": str(home), "LD_PRELOAD": "/nonexistent.so", "TZ": "/etc/ceems/config.yml"}
    (home / "ceems/config.yml").write_text(
        f"ceems_api_server: {{user_header_name: X-Other, web: {{url: '{cacct.stack.api_url}', http_headers: {{X-Grafana-User: {{values: [bob]}}}}}}}}\n")
    done = cacct("ann", "--csv", **lies)
    assert done.returncode == 0, done.stderr
    assert seen(done) == {"ann-ended"}


def test_the_lent_configuration_is_not_shown(cacct):
    if not cacct.lent:
        assert cacct("ann", "--config.check").returncode == 0
        return
    for flags in (["--config.check"], ["--config.file=/etc/ceems/config.yml"], ["--config.check", "--config.file=/etc/ceems/config.yml"],
                  ["@/etc/ceems/config.yml"]):
        done = cacct("ann", *flags)
        assert done.returncode == 1, flags
        assert "ermission denied" in done.stderr, done.stderr
        assert cacct.stack.password not in done.stdout + done.stderr


def test_a_broken_lent_configuration_tells_callers_nothing(machine, cacct):
    path = pathlib.Path("/etc/ceems/config.yml")
    text = path.read_text()
    try:
        path.write_text(text.replace("web: {", "web: {pasword_of_the_site: "))
        done = cacct("ann")
        assert done.returncode == 1
        if cacct.lent:
            assert done.stderr == ("cacct: error: /etc/ceems/config.yml: the configuration cannot be used; "
                                   "an administrator can see why with cacct --config.check\n")
    finally:
        path.write_text(text)


def test_a_configuration_of_ones_own_gets_nothing_of_the_lent_one(cacct, home):
    """Neither the password nor the rights: the request that goes to the caller's own server is the caller's."""
    asked = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_args):
            pass

        def do_GET(self):
            asked.append(dict(self.headers))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status":"success","data":[]}')

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        config = home / "mine.yml"
        config.write_text(f"ceems_api_server: {{web: {{url: 'http://127.0.0.1:{server.server_address[1]}'}}}}\n")
        done = cacct("ann", f"--config.file={config}")
        assert done.returncode == 0, done.stderr
        assert len(asked) == 1
        assert "Authorization" not in asked[0]
        assert asked[0]["X-Grafana-User"] == "ann"
        # A file that it names is read with the caller's rights too.
        config.write_text(f"ceems_api_server: {{web: {{url: 'http://127.0.0.1:{server.server_address[1]}', "
                          "basic_auth: {username: a, password_file: /etc/ceems/config.yml}}}\n")
        done = cacct("ann", f"--config.file={config}")
        assert len(asked) == 1 + (not cacct.lent)
        assert cacct.stack.password not in done.stdout + done.stderr
    finally:
        server.shutdown()


def test_without_the_password_the_server_says_nothing(cacct, home):
    config = home / "mine.yml"
    config.write_text(f"ceems_api_server: {{web: {{url: '{cacct.stack.api_url}', http_headers: {{X-Grafana-User: {{values: [bob]}}}}}}}}\n")
    done = cacct("ann", f"--config.file={config}")
    assert (done.returncode, done.stdout) == (1, "")


def test_an_administrator_sees_everybody(machine):
    stack = machine[1]
    assert set(UNITS) == {unit for unit in UNITS if unit in stack.cacct("--user=all", "--csv") + stack.cacct("--user=all", "--running", "--csv")}

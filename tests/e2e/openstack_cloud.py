"""A cloud of one host: OpenStack's Keystone, Placement and Nova as Debian has them, with Nova's driver that only pretends to run machines.

Images and networks, which no test looks at, are a stand-in: one image that is always there, and nothing else.
"""

import base64
import contextlib
import json
import os
import pathlib
import sqlite3
import time
import urllib.error
import urllib.request

from http_double import HttpDouble
from stack.processes import Daemon, Failed, free_port

PYTHON = "/usr/bin/python3"  # the one that Debian's modules are for
TOKEN_SECONDS = 1800  # Nova asks for another at each request when it has less than two minutes left
PAGE = 3  # of servers
IMAGE = "00000000-0000-0000-0000-000000000001"
PASTE = """\
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/v2.1: api
[composite:api]
use = call:nova.api.auth:pipeline_factory_v21
keystone = request faults size token context server
[filter:request]
paste.filter_factory = nova.api.compute_req_id:ComputeReqIdMiddleware.factory
[filter:faults]
paste.filter_factory = nova.api.openstack:FaultWrapper.factory
[filter:size]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory
[filter:token]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
[filter:context]
paste.filter_factory = nova.api.auth:NovaKeystoneContext.factory
[app:server]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory
"""


class Elsewhere(HttpDouble):
    """Glance and Neutron for those who only ask them."""

    def respond(self, method, path, headers, body):
        path = path.partition("?")[0]
        last = path.rsplit("/", 1)[-1]
        if path.startswith("/v2/images/"):
            answer = {"id": last, "name": "none", "status": "active", "visibility": "public", "size": 1, "min_disk": 0, "min_ram": 0,
                      "container_format": "bare", "disk_format": "raw"}
        elif path.startswith("/v2/schemas/"):
            numbers = dict.fromkeys(("size", "min_disk", "min_ram"), {"type": "integer"})
            words = dict.fromkeys(("id", "name", "status", "visibility", "container_format", "disk_format"), {"type": "string"})
            answer = {"name": last, "properties": numbers | words}
        else:
            answer = {last.removesuffix(".json"): []}
        return 200, json.dumps(answer).encode(), {}


class Cloud:
    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        directory.mkdir()
        self.elsewhere = Elsewhere()
        ports = {name: free_port() for name in ("keystone", "placement", "nova")}
        self.identity = f"http://127.0.0.1:{ports['keystone']}"
        self.compute = f"http://127.0.0.1:{ports['nova']}/v2.1"
        for name in ("fernet", "credential", "instances"):
            (directory / name).mkdir(mode=0o700)
        # Keystone writes while it reads; only with a log do these not lock each other out.
        for name in ("keystone", "placement", "nova-api", "nova-cell0", "nova-cell1"):
            with contextlib.closing(sqlite3.connect(directory / f"{name}.db")) as database:
                database.execute("pragma journal_mode = wal")
        self._write(ports)
        services = pathlib.Path(__file__).with_name("openstack_services.py")
        self.daemons = {name: Daemon(name, [PYTHON, str(services), name, str(directory), str(port)], directory) for name, port in ports.items()}
        try:
            self.daemons["keystone"].wait_for(self.identity + "/v3", 120)
            self._wait_for_nova(120)
            self.token = ""
            self.flavors = {"small": self._flavor("small", 1, 64), "large": self._flavor("large", 2, 128), "vast": self._flavor("vast", 1000, 64)}
        except BaseException:
            self.close()
            raise

    def _write(self, ports: dict[str, int]) -> None:
        here = self.directory
        (here / "paste.ini").write_text(PASTE)
        (here / "keystone.conf").write_text(f"""\
[database]
connection = sqlite:///{here}/keystone.db
sqlite_synchronous = false
[token]
caching = false
expiration = {TOKEN_SECONDS}
[fernet_tokens]
key_repository = {here}/fernet
[credential]
key_repository = {here}/credential
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = oslo_cache.dict
""")
        (here / "placement.conf").write_text(f"""\
[api]
auth_strategy = noauth2
[placement_database]
connection = sqlite:///{here}/placement.db
sync_on_startup = true
""")
        elsewhere = {name: self.elsewhere.url for name in ("glance", "neutron")}
        others = elsewhere | {"placement": f"http://127.0.0.1:{ports['placement']}"}
        endpoints = "".join(f"[{name}]\nauth_type = admin_token\nendpoint = {url}\ntoken = admin\nendpoint_override = {url}\n" for name, url in others.items())
        (here / "nova.conf").write_text(f"""\
[DEFAULT]
host = secret-host
my_ip = 127.0.0.1
transport_url = fake://
compute_driver = fake.MediumFakeDriver
enabled_apis = osapi_compute
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = {ports['nova']}
osapi_compute_workers = 1
state_path = {here}
instances_path = {here}/instances
allow_resize_to_same_host = true
running_deleted_instance_action = noop
[api]
auth_strategy = keystone
max_limit = {PAGE}
[quota]
cores = -1
ram = -1
instances = -1
[wsgi]
api_paste_config = {here}/paste.ini
[api_database]
connection = sqlite:///{here}/nova-api.db
sqlite_synchronous = false
[database]
connection = sqlite:///{here}/nova-cell1.db
sqlite_synchronous = false
[keystone_authtoken]
auth_type = password
auth_url = {self.identity}
www_authenticate_uri = {self.identity}
interface = public
username = admin
password = s3cret
user_domain_id = default
project_name = admin
project_domain_id = default
token_cache_time = -1
[oslo_concurrency]
lock_path = {here}
[scheduler]
workers = 1
[conductor]
workers = 1
[key_manager]
backend = nova.keymgr.conf_key_mgr.ConfKeyManager
{endpoints}""")

    def _wait_for_nova(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not (self.directory / "nova.ready").exists():
            if time.monotonic() > deadline or not self.daemons["nova"].alive():
                raise Failed(f"nova does not start:\n{self.daemons['nova'].log_tail()}")
            time.sleep(0.1)

    def close(self) -> None:
        for daemon in self.daemons.values():
            daemon.kill()
        self.elsewhere.close()

    # -- asking it ------------------------------------------------------------------------------

    def new_token(self, user: str = "admin", password: str = "s3cret", project: str = "admin") -> str:
        domain = {"id": "default"}
        auth = {"identity": {"methods": ["password"], "password": {"user": {"name": user, "domain": domain, "password": password}}},
                "scope": {"project": {"name": project, "domain": domain}}}
        headers, _ = self._send("POST", self.identity + "/v3/auth/tokens", {"auth": auth}, "")
        return headers["X-Subject-Token"]

    def _send(self, method: str, url: str, body, token: str):
        fields = {"Content-Type": "application/json", "X-OpenStack-Nova-API-Version": "latest"} | ({"X-Auth-Token": token} if token else {})
        request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode(), headers=fields)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return answer.headers, json.loads(text) if text else {}

    def ask(self, method: str, url: str, body=None) -> dict:
        """As the administrator."""
        for again in (False, True):
            self.token = self.token or self.new_token()
            try:
                return self._send(method, url, body, self.token)[1]
            except urllib.error.HTTPError as error:
                self.token = ""
                if again or error.code != 401:
                    raise Failed(f"{method} {url} answered {error.code}: {error.read().decode()[:300]}") from error
        raise AssertionError

    # -- people ---------------------------------------------------------------------------------

    def add_domain(self, name: str) -> str:
        return self.ask("POST", self.identity + "/v3/domains", {"domain": {"name": name}})["domain"]["id"]

    def add_project(self, name: str, domain: str = "default") -> str:
        return self.ask("POST", self.identity + "/v3/projects", {"project": {"name": name, "domain_id": domain}})["project"]["id"]

    def add_user(self, name: str, projects: list[str], domain: str = "default", role: str = "member") -> str:
        made = self.ask("POST", self.identity + "/v3/users", {"user": {"name": name, "domain_id": domain, "password": f"{name}-pw"}})["user"]["id"]
        roles = {entry["name"]: entry["id"] for entry in self.ask("GET", self.identity + "/v3/roles")["roles"]}
        for project in projects:
            self.ask("PUT", f"{self.identity}/v3/projects/{project}/users/{made}/roles/{roles[role]}")
        return made

    def add_credential(self) -> dict[str, str]:
        """An application credential of the administrator."""
        me = next(user["id"] for user in self.ask("GET", self.identity + "/v3/users")["users"] if user["name"] == "admin")
        made = self.ask("POST", f"{self.identity}/v3/users/{me}/application_credentials", {"application_credential": {"name": "ceems", "secret": "s3cret"}})
        return {"id": made["application_credential"]["id"], "secret": "s3cret"}

    def void_tokens(self) -> None:
        """Nobody's token is good any more."""
        for key in (self.directory / "fernet").iterdir():
            key.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))

    # -- servers --------------------------------------------------------------------------------

    def _flavor(self, name: str, vcpus: int, ram: int) -> str:
        return self.ask("POST", self.compute + "/flavors", {"flavor": {"name": name, "vcpus": vcpus, "ram": ram, "disk": 1}})["flavor"]["id"]

    def launch(self, name: str, user: str, project: str, flavor: str = "small") -> str:
        token = self.new_token(user, f"{user}-pw", project)
        server = {"name": name, "flavorRef": self.flavors[flavor], "imageRef": IMAGE, "networks": "none"}
        return self._send("POST", self.compute + "/servers", {"server": server}, token)[1]["server"]["id"]

    def server(self, identity: str) -> dict:
        """As Nova tells of it; {} when it does not."""
        found = self.ask("GET", f"{self.compute}/servers/detail?all_tenants=1&uuid={identity}")["servers"]
        found = found or self.ask("GET", f"{self.compute}/servers/detail?all_tenants=1&deleted=1&uuid={identity}")["servers"]
        return found[0] if found else {}

    def history(self, identity: str) -> list[dict]:
        found: list[dict] = []
        while True:
            marker = f"?marker={found[-1]['request_id']}" if found else ""
            page = self.ask("GET", f"{self.compute}/servers/{identity}/os-instance-actions{marker}")
            found += page["instanceActions"]
            if not page.get("links"):
                return found

    def act(self, identity: str, action: str, argument=None) -> None:
        self.ask("POST", f"{self.compute}/servers/{identity}/action", {action: argument})

    def delete(self, identity: str) -> None:
        self.ask("DELETE", f"{self.compute}/servers/{identity}")

    def wait_for(self, identity: str, status: str, seconds: float = 60) -> dict:
        deadline = time.monotonic() + seconds
        while True:
            server = self.server(identity)
            if server.get("status") == status and server.get("OS-EXT-STS:task_state") is None:
                return server
            if time.monotonic() > deadline:
                raise Failed(f"a server does not become {status}: {server}\n{self.daemons['nova'].log_tail()}")
            time.sleep(0.2)

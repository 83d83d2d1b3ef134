"""A Keystone and a Nova in one small HTTP server: tokens, users, projects, servers in pages, histories."""

import json
import secrets
import threading
import time
import urllib.parse

from http_double import HttpDouble

PAGE = 3  # Nova's max_limit here
TOKEN_SECONDS = 3600


def text(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


class Cloud(HttpDouble):
    """`clock` is added to the cloud's time."""

    def __init__(self):
        self.users = {}  # id: (name, [project ids])
        self.projects = {}  # id: name
        self.servers = {}  # id: dict
        self.actions = {}  # id: list
        self.tokens = set()
        self.clock = 0
        self.lock = threading.Lock()
        super().__init__()

    def respond(self, method, path, headers, body):
        with self.lock:
            status, answer, more = self.answer(method, path, headers, body)
        return status, json.dumps(answer).encode(), more

    def now(self) -> float:
        return time.time() + self.clock

    # -- what happens in the cloud ------------------------------------------------------------

    def add_user(self, identity: str, name: str, projects: list[str]) -> None:
        self.users[identity] = (name, projects)
        for project in projects:
            self.projects.setdefault(project, project.removeprefix("p-"))

    def launch(self, identity: str, user: str, project: str, launched: float | None = None, vcpus: int = 2) -> None:
        launched = self.now() if launched is None else launched
        with self.lock:
            self.servers[identity] = {
                "id": identity, "name": f"vm-{identity}", "status": "ACTIVE", "tenant_id": project, "user_id": user, "created": text(launched) + "Z",
                "updated": text(launched) + "Z", "OS-SRV-USG:launched_at": text(launched) + ".000000", "OS-SRV-USG:terminated_at": None,
                "OS-EXT-STS:power_state": 1, "OS-EXT-AZ:availability_zone": "nova", "OS-EXT-SRV-ATTR:reservation_id": "r-1",
                "OS-EXT-SRV-ATTR:host": "secret-host", "metadata": {}, "tags": [],
                "flavor": {"vcpus": vcpus, "ram": 1024, "disk": 10, "swap": "", "ephemeral": 0, "original_name": "m1.small", "extra_specs": {}}}
            self.actions[identity] = []
        self.act(identity, "create", launched)

    def act(self, identity: str, action: str, at: float | None = None, status: str | None = None, **fields) -> None:
        at = self.now() if at is None else at
        with self.lock:
            self.actions[identity].insert(0, {"action": action, "request_id": f"req-{len(self.actions[identity])}", "message": None,
                                              "start_time": text(at) + ".000000", "updated_at": text(at) + ".000000"})
            server = self.servers[identity]
            server["updated"] = text(at) + "Z"
            server["status"] = status or server["status"]
            server.update(fields)

    def delete(self, identity: str, at: float | None = None) -> None:
        at = self.now() if at is None else at
        self.act(identity, "delete", at, "DELETED", **{"OS-SRV-USG:terminated_at": text(at) + ".000000"})

    # -- what the services answer -------------------------------------------------------------

    def answer(self, method: str, target: str, headers, body: bytes):
        path, _, query = target.partition("?")
        parameters = dict(urllib.parse.parse_qsl(query))
        if path == "/identity/v3/auth/tokens" and method == "POST":
            identity = json.loads(body)["auth"]["identity"]
            if identity["application_credential"] != {"id": "ceems", "secret": "s3cret"}:
                return 401, {"error": {"code": 401}}, {}
            token = secrets.token_hex(16)
            self.tokens.add(token)
            issued = self.now()
            return 201, {"token": {"issued_at": text(issued) + ".000000Z", "expires_at": text(issued + TOKEN_SECONDS) + ".000000Z"}}, {"X-Subject-Token": token}
        if headers.get("X-Auth-Token") not in self.tokens:
            return 401, {"error": {"code": 401, "title": "Unauthorized"}}, {}
        if path == "/identity/v3/users":
            return 200, {"users": [{"id": key, "name": name, "domain_id": "default"} for key, (name, _) in self.users.items()], "links": {"next": None}}, {}
        if path.startswith("/identity/v3/users/") and path.endswith("/projects"):
            _, projects = self.users[path.split("/")[4]]
            return 200, {"projects": [{"id": key, "name": self.projects[key], "domain_id": "default"} for key in projects], "links": {"next": None}}, {}
        if headers.get("X-OpenStack-Nova-API-Version") != "latest":
            return 400, {"badRequest": {"message": "the microversion is missing"}}, {}
        if path == "/compute/v2.1/servers/detail":
            return self.list(parameters)
        if path.endswith("/os-instance-actions"):
            return self.history(self.actions[path.split("/")[4]], parameters)
        return 404, {"itemNotFound": {"code": 404}}, {}

    def history(self, found, parameters):
        if marker := parameters.get("marker"):
            found = found[[action["request_id"] for action in found].index(marker) + 1:]
        links = {"links": [{"rel": "next", "href": "http://inside.example/v2.1/next"}]} if len(found) > PAGE else {}
        return 200, {"instanceActions": found[:PAGE], **links}, {}

    def list(self, parameters):
        if parameters.get("all_tenants") != "true":
            return 200, {"servers": []}, {}
        gone = parameters.get("deleted") == "true"
        found = [server for server in self.servers.values() if (server["status"] == "DELETED") == gone]
        if "changes-since" in parameters:
            found = [server for server in found if server["updated"] >= parameters["changes-since"]]
        if "uuid" in parameters:
            found = [server for server in found if server["id"] == parameters["uuid"]]
        if marker := parameters.get("marker"):
            ids = [server["id"] for server in found]
            if marker not in ids:
                return 400, {"badRequest": {"message": f"marker [{marker}] not found", "code": 400}}, {}
            found = found[ids.index(marker) + 1:]
        page = found[:min(PAGE, int(parameters.get("limit", PAGE)))]
        links = {}
        if len(found) > len(page):
            links = {"servers_links": [{"rel": "next", "href": f"http://inside.example/v2.1/servers/detail?marker={page[-1]['id']}"}]}
        return 200, {"servers": page, **links}, {}

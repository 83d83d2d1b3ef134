"""An API server of Kubernetes with pods and role bindings only: lists in pages, watches, history that is forgotten."""

import json
import threading
import time
import urllib.parse

from http_double import HttpDouble

PAGE = 2


def text(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Cluster(HttpDouble):
    def __init__(self, token_file):
        self.token_file = token_file
        self.token_file.write_text("token-1")
        self.pods = {}
        self.bindings = {}  # namespace: [users]
        self.version = 100
        self.oldest = 0  # versions before are forgotten
        self.events = []  # (version, type, pod)
        self.changed = threading.Condition()
        super().__init__()

    def respond(self, method, path, headers, body):
        path, _, query = path.partition("?")
        status, data = self.answer(path, dict(urllib.parse.parse_qsl(query)), headers.get("Authorization", ""))
        return status, data, {}

    # -- what happens in the cluster ----------------------------------------------------------

    def _note(self, kind: str, pod: dict) -> None:
        with self.changed:
            self.version += 1
            pod["metadata"]["resourceVersion"] = str(self.version)
            self.events.append((self.version, kind, json.loads(json.dumps(pod))))
            self.changed.notify_all()

    def start(self, name: str, namespace: str, started: float | None = None, annotations: dict | None = None, limits: dict | None = None) -> None:
        started = time.time() if started is None else started
        self.pods[name] = {
            "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "creationTimestamp": text(started), "annotations": annotations or {}},
            "spec": {"containers": [{"name": "main", "resources": {"limits": limits or {"cpu": "2", "memory": "1Gi"}}}]},
            "status": {"phase": "Running", "qosClass": "Guaranteed", "startTime": text(started), "conditions": [{"type": "Ready", "status": "True"}],
                       "containerStatuses": [{"name": "main", "state": {"running": {"startedAt": text(started)}}}]}}
        self._note("ADDED", self.pods[name])

    def finish(self, name: str, at: float | None = None, phase: str = "Succeeded") -> None:
        pod = self.pods[name]
        pod["status"]["phase"] = phase
        pod["status"]["containerStatuses"][0]["state"] = {"terminated": {"exitCode": 0, "finishedAt": text(time.time() if at is None else at)}}
        self._note("MODIFIED", pod)

    def delete(self, name: str) -> None:
        self._note("DELETED", self.pods.pop(name))

    def forget(self) -> None:
        """Watches from now on have to start anew."""
        with self.changed:
            self.oldest = self.version + 1
            self.version += 1
            self.events.clear()
            self.changed.notify_all()

    # -- what it answers ----------------------------------------------------------------------

    def answer(self, path: str, parameters: dict, authorization: str):
        if authorization != f"Bearer {self.token_file.read_text().strip()}":
            return 401, b'{"kind":"Status","code":401,"message":"Unauthorized"}'
        if path == "/apis/rbac.authorization.k8s.io/v1/rolebindings":
            items = [{"metadata": {"namespace": namespace}, "subjects": [{"kind": "User", "name": user} for user in users]}
                     for namespace, users in self.bindings.items()]
            return 200, self.list("RoleBindingList", items, parameters)
        if path != "/api/v1/pods":
            return 404, b"{}"
        if parameters.get("watch") == "1":
            return self.watch(int(parameters["resourceVersion"]), float(parameters["timeoutSeconds"]))
        with self.changed:
            return 200, self.list("PodList", list(self.pods.values()), parameters)

    def list(self, kind: str, items: list, parameters: dict) -> bytes:
        first = int(parameters.get("continue", 0))
        page = items[first:first + min(PAGE, int(parameters["limit"]))]
        more = str(first + PAGE) if first + PAGE < len(items) else ""
        return json.dumps({"kind": kind, "metadata": {"resourceVersion": str(self.version), "continue": more}, "items": page}).encode()

    def watch(self, since: int, seconds: float):
        deadline = time.monotonic() + min(seconds, 1)
        with self.changed:
            while True:
                if since < self.oldest:
                    return 200, json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old resource version"}}).encode() + b"\n"
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self.changed.wait(left)
            lines = [{"type": kind, "object": pod} for version, kind, pod in self.events if version > since]
            lines.append({"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": str(self.version)}}})
            return 200, "".join(json.dumps(line) + "\n" for line in lines).encode()

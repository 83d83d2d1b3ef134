"""An API server of Kubernetes whose pods run programs: lists by labels and node, and the sub-resource exec over a real WebSocket."""

import http
import json
import os
import pathlib
import select
import socket
import ssl
import struct
import threading
import urllib.parse
from collections.abc import Callable

from websockets.server import ServerConnection

from kubernetes_server import Cluster

STDOUT, STDERR, STATUS = b"\x01", b"\x02", b"\x03"
SUCCESS = {"metadata": {}, "status": "Success"}
NVIDIA = {"app": "gpu-feature-discovery"}
AMD = {"app.kubernetes.io/name": "metrics-exporter"}


def failure(code: int) -> dict:
    return {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "message": f"command terminated with non-zero exit code: {code}",
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}


class Session:
    """One program in a container, seen from the kubelet. Bytes go through `websocket`, which speaks the protocol by the book, or past it."""

    def __init__(self, connection: socket.socket, websocket: ServerConnection, container: str, command: list[str]):
        self.connection, self.websocket, self.container, self.command = connection, websocket, container, command
        self.lock = threading.RLock()  # whoever reads also writes
        self.events: list[str] = []  # frames that the other end sent
        self.dropped = False
        self.reader = threading.Thread(target=self.read, daemon=True)

    def flush(self) -> None:
        with self.lock:
            for data in self.websocket.data_to_send():
                if data:
                    self.connection.sendall(data)

    def say(self, channel: bytes, data: bytes) -> None:
        with self.lock:
            self.websocket.send_binary(channel + data)
            self.flush()

    def ping(self) -> None:
        with self.lock:
            self.websocket.send_ping(b"there?")
            self.flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        with self.lock:
            self.websocket.send_close(code, reason)
            self.flush()

    def end(self, status: dict) -> None:
        self.say(STATUS, json.dumps(status).encode())
        self.close()

    def print(self, data: bytes, piece: int = 32768) -> None:
        """A program that succeeds, as a kubelet tells it."""
        self.say(STDOUT, b"")
        for start in range(0, len(data), piece):
            self.say(STDOUT, data[start:start + piece])
        self.end(SUCCESS)

    def raw(self, data: bytes) -> None:
        self.connection.sendall(data)

    def reset(self) -> None:
        # A connection ends only once nobody waits for it any more.
        self.dropped = True
        self.reader.join()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def read(self) -> None:
        """Until the other end has gone; checks what it sends."""
        while not self.dropped:
            try:
                if not select.select([self.connection], [], [], 0.02)[0]:
                    continue
                with self.lock:
                    data = self.connection.recv(65536)
            except OSError:
                return
            if not data:
                return
            with self.lock:
                self.websocket.receive_data(data)
                self.events += [event.opcode.name for event in self.websocket.events_received()]
                try:
                    self.flush()
                except OSError:
                    return


class ExecCluster(Cluster):
    """`programs` are called with a Session, by the name of the program. `rights` are what the service account may do."""

    def __init__(self, token_file):
        self.programs: dict[str, Callable[[Session], None]] = {}
        self.rights = {"list pods", "get pods/exec", "create pods/exec"}
        self.protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
        self.ran: list[tuple[str, str, list[str]]] = []  # pod, container, command
        self.spoken: list[str | None] = []
        self.broken: list[str] = []  # what the other end did wrong
        self.heard: list[str] = []  # frames of the other end, of programs that have ended
        self.on_exec: Callable[[str], None] | None = None  # called with the pod's name before it is looked for
        super().__init__(token_file)

    def tool_pod(self, name: str, labels: dict, container: str, node: str, ready: bool = True) -> None:
        self.start(name, "gpus")
        pod = self.pods[name]
        pod["metadata"]["labels"] = labels
        pod["spec"]["nodeName"] = node
        pod["status"]["containerStatuses"] = [{"name": "sidecar", "ready": True}, {"name": container, "ready": ready}]

    def over_tls(self, certificate: pathlib.Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def refusal(self, right: str) -> bytes:
        return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
                           "message": f'User "system:serviceaccount:lab:ceems" cannot {right}'}).encode()

    def answer(self, path: str, parameters: dict, authorization: str):
        if path != "/api/v1/pods" or "labelSelector" not in parameters:
            return super().answer(path, parameters, authorization)
        if authorization != f"Bearer {self.token_file.read_text().strip()}":
            return 401, b'{"kind":"Status","code":401,"reason":"Unauthorized","message":"Unauthorized"}'
        if "list pods" not in self.rights:
            return 403, self.refusal("list pods")
        labels = dict(one.split("=") for one in parameters["labelSelector"].split(","))
        fields = dict(one.split("=") for one in parameters["fieldSelector"].split(","))
        with self.changed:
            items = [pod for pod in self.pods.values()
                     if labels.items() <= pod["metadata"].get("labels", {}).items() and pod["spec"].get("nodeName") == fields["spec.nodeName"]
                     and pod["status"]["phase"] == fields["status.phase"]]
        return 200, json.dumps({"kind": "PodList", "metadata": {}, "items": items[:int(parameters["limit"])]}).encode()

    def take_over(self, handler) -> bool:
        path, _, query = handler.path.partition("?")
        parts = path.split("/")
        if len(parts) != 8 or parts[7] != "exec":
            return False
        asked = urllib.parse.parse_qs(query, strict_parsing=True)
        name, container = parts[6], asked["container"][0]
        if self.on_exec:
            self.on_exec(name)
        pod = self.pods.get(name)
        missing = {"get pods/exec", "create pods/exec"} - self.rights
        if missing:
            self.reply(handler, 403, self.refusal(f"{sorted(missing)[0]} in namespace gpus"))
        elif not pod or pod["metadata"]["namespace"] != parts[4]:
            self.reply(handler, 404, json.dumps({"kind": "Status", "reason": "NotFound", "message": f'pods "{name}" not found', "code": 404}).encode())
        else:
            assert asked["stdout"] == asked["stderr"] == ["true"] and "stdin" not in asked and "tty" not in asked
            self.run(handler, name, container, asked["command"])
        return True

    def reply(self, handler, status: int, body: bytes) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def run(self, handler, name: str, container: str, command: list[str]) -> None:
        websocket = ServerConnection(subprotocols=self.protocols, logger=None)
        # The head has been read already: it is told again.
        head = [handler.requestline, *(f"{name}: {value}" for name, value in handler.headers.items()), "", ""]
        websocket.receive_data("\r\n".join(head).encode())
        response = websocket.accept(websocket.events_received()[0])
        websocket.send_response(response)
        session = Session(handler.connection, websocket, container, command)
        self.ran.append((name, container, command))
        session.flush()
        if response.status_code != http.HTTPStatus.SWITCHING_PROTOCOLS:
            self.broken.append(f"handshake: {response.body!r}")
            return
        self.spoken.append(response.headers.get("Sec-WebSocket-Protocol"))
        session.reader.start()
        try:
            self.programs[command[0]](session)
        except OSError:
            pass
        try:
            # Of a connection under TLS it would uncover what is read after it.
            if not isinstance(session.connection, ssl.SSLSocket):
                session.connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        session.reader.join(60)
        self.heard += session.events
        if websocket.parser_exc is not None:
            self.broken.append(repr(websocket.parser_exc))

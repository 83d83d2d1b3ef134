"""Fake BMCs for tests: many in one thread, each on a port of its own, with sessions, TLS if wanted, and faults. What they were asked is kept."""

import asyncio
import json
import pathlib
import ssl
import subprocess
import threading

CHASSIS = "/redfish/v1/Chassis"
SESSIONS = "/redfish/v1/SessionService/Sessions"


def certificate(directory: pathlib.Path, name: str = "localhost") -> pathlib.Path:
    """A certificate of its own, and its key in the same file; it is its own authority."""
    path = directory / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", path, "-out", directory / "certificate"], check=True, capture_output=True)
    with path.open("ab") as both:
        both.write((directory / "certificate").read_bytes())
    path.chmod(0o644)
    return path


class Bmc:
    """One chassis of 410 W."""

    def __init__(self, account: tuple[str, str] = ("monitor", "secret"), delay: float = 0) -> None:
        self.account = {"UserName": account[0], "Password": account[1]}
        self.delay = delay  # before each answer
        self.hangs = False
        self.port = 0
        self.tokens: dict[str, str] = {}  # path of the session by token
        self.logins = 0
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.at_once = 0
        self.most_at_once = 0

    def answer(self, method: str, path: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], object]:
        if path in ("/redfish/v1", "/redfish/v1/"):
            return 200, {}, {"Chassis": {"@odata.id": CHASSIS}, "Links": {"Sessions": {"@odata.id": SESSIONS}}}
        if method == "POST" and path == SESSIONS:
            self.logins += 1
            if json.loads(body) != self.account:
                return 401, {}, {}
            token, session = f"token-{self.logins}", f"{SESSIONS}/{self.logins}"
            self.tokens[token] = session
            return 201, {"X-Auth-Token": token, "Location": session}, {}
        token = fields.get("x-auth-token", "")
        if token not in self.tokens:
            return 401, {}, {}
        if method == "DELETE":
            if self.tokens[token] == path:
                del self.tokens[token]
            return 204, {}, None
        pages = {
            CHASSIS: {"Members": [{"@odata.id": f"{CHASSIS}/1"}]},
            f"{CHASSIS}/1": {"Id": "1", "Power": {"@odata.id": f"{CHASSIS}/1/Power"}},
            f"{CHASSIS}/1/Power": {"PowerControl": [{"MemberId": "0", "PowerConsumedWatts": 410}]},
        }
        return (200, {}, pages[path]) if path in pages else (404, {}, {})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *rest = head.decode().split("\r\n")
                method, path, _ = line.split(" ")
                fields = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in rest if entry)}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                self.requests.append((method, path, fields))
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    await asyncio.sleep(self.delay)
                    while self.hangs:
                        await asyncio.sleep(0.05)
                finally:
                    self.at_once -= 1
                status, more, page = self.answer(method, path, fields, body)
                text = b"" if page is None else json.dumps(page).encode()
                more["Content-Length"] = str(len(text))
                writer.write((f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in more.items()) + "\r\n").encode() + text)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


class Room:
    """Serves BMCs until it is left."""

    def __init__(self, bmcs: list[Bmc], tls: pathlib.Path | None = None) -> None:
        self.bmcs = bmcs
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(tls)
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)

        async def begin() -> None:
            for bmc in self.bmcs:
                server = await asyncio.start_server(bmc.serve, "127.0.0.1", 0, ssl=self.context, backlog=1024)
                bmc.port = server.sockets[0].getsockname()[1]

        self.loop.run_until_complete(begin())
        self.ready.set()
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.close()

    def __enter__(self) -> "Room":
        self.thread.start()
        self.ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

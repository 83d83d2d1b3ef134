"""The HTTP of servers that stand in for others: subclasses say what is answered, `mode` how every answer is spoilt."""

import http.server
import threading
from collections.abc import Mapping


class HttpDouble:
    """`mode` is "pass", "garbage" (a page for people), "half" (of the answer), "error" (503), "unauthorized" (401) or "hang-up"."""

    def __init__(self) -> None:
        self.mode = "pass"
        self.asked: list[str] = []
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args) -> None:
                pass

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
                double.asked.append(f"{self.command} {self.path}")
                if double.take_over(self):
                    self.close_connection = True
                    return
                status, data, headers = double.respond(self.command, self.path, self.headers, body)
                mode = double.mode
                if mode == "hang-up":
                    self.close_connection = True
                    return
                status = {"error": 503, "unauthorized": 401}.get(mode, status)
                data = {"garbage": b"<html>Bad gateway</html>", "half": data[: len(data) // 2]}.get(mode, data)
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and further fields. Called on several threads."""
        raise NotImplementedError

    def take_over(self, handler: http.server.BaseHTTPRequestHandler) -> bool:
        """Whether that request was answered by other means, on its connection, which then ends."""
        return False

    def close(self) -> None:
        self.server.shutdown()

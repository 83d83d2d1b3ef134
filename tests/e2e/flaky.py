"""A proxy in front of Prometheus that fails on demand."""

import http.server
import threading
import time
import urllib.error
import urllib.request


class FlakyProxy:
    """mode: "pass", "error" (500), "truncated" (half the JSON), "slow" (hangs), "garbage" (an HTML page), "hangup"."""

    def __init__(self, upstream: str):
        self.upstream = upstream
        self.mode = "pass"
        self.requests = 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args):
                pass

            def answer(self):
                proxy.requests += 1
                body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
                mode = proxy.mode
                if mode == "error":
                    return self.reply(500, b'{"status":"error","errorType":"internal","error":"boom"}')
                if mode == "garbage":
                    return self.reply(200, b"<html><body>Bad gateway</body></html>", "text/html")
                if mode == "hangup":
                    self.close_connection = True
                    return None
                if mode == "slow":
                    time.sleep(3600 if proxy.mode == "slow" else 0)
                request = urllib.request.Request(proxy.upstream + self.path, data=body or None, method=self.command,
                                                 headers={"Content-Type": self.headers.get("Content-Type", "text/plain")})
                try:
                    with urllib.request.urlopen(request, timeout=30) as upstream:
                        status, text = upstream.status, upstream.read()
                except urllib.error.HTTPError as error:
                    status, text = error.code, error.read()
                if mode == "truncated":
                    text = text[: len(text) // 2]
                return self.reply(status, text)

            def reply(self, status, text, kind="application/json"):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()

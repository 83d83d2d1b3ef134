"""A Prometheus without a single sample: it tells the time and its settings, and answers every other query with nothing."""

import http.server
import json
import threading
import time
import urllib.parse


class QuietTsdb:
    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0)).decode()
                path, _, query = self.path.partition("?")
                asked = dict(urllib.parse.parse_qsl(body or query)).get("query", "")
                data = {"resultType": "vector", "result": []}
                if asked == "vector(time())":
                    data["result"] = [{"metric": {}, "value": [time.time(), str(time.time())]}]
                if path == "/api/v1/status/config":
                    data = {"yaml": "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n"}
                text = json.dumps({"status": "success", "data": data}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
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

"""A Prometheus without a single sample: it tells the time and its settings, and answers every other query with nothing."""

import json
import time
import urllib.parse

from http_double import HttpDouble


class QuietTsdb(HttpDouble):
    def respond(self, method, path, headers, body):
        path, _, query = path.partition("?")
        asked = dict(urllib.parse.parse_qsl(body.decode() or query)).get("query", "")
        data = {"resultType": "vector", "result": []}
        if asked == "vector(time())":
            data["result"] = [{"metric": {}, "value": [time.time(), str(time.time())]}]
        if path == "/api/v1/status/config":
            data = {"yaml": "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n"}
        return 200, json.dumps({"status": "success", "data": data}).encode(), {}

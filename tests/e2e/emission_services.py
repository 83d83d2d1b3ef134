"""Services of emission factors as they answer: RTE's data, Electricity Maps, WattTime. `mode` and `fault` are how answers are spoilt."""

import base64
import datetime
import json
import time
import urllib.parse
from collections.abc import Mapping

from http_double import HttpDouble


def instant(minutes_ago: float = 0) -> str:
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


class EmissionService(HttpDouble):
    """`fault`: "" for none, "drift" (the answer has another shape), "limited" (429), "hang" or "flood"."""

    def __init__(self) -> None:
        super().__init__()
        self.fault = ""
        self.retry_after = "1"
        self.agents: set[str] = set()

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        self.agents.add(headers.get("User-Agent", ""))
        if self.fault == "limited":
            return 429, b'{"error": "Too many requests"}', {"Retry-After": self.retry_after}
        if self.fault == "hang":
            time.sleep(120)
        if self.fault == "flood":
            return 200, b" " * (32 << 20), {}
        url = urllib.parse.urlsplit(path)
        status, answer = self.answer(url.path, dict(urllib.parse.parse_qsl(url.query)), headers)
        return status, json.dumps(answer).encode(), {}

    def answer(self, path: str, query: dict[str, str], headers: Mapping[str, str]) -> tuple[int, object]:
        raise NotImplementedError


class Rte(EmissionService):
    grams: float = 33

    def answer(self, path, query, headers):
        if path != "/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records":
            return 404, {"error_code": "NotFound", "message": "no such dataset"}
        wanted = {"select": "taux_co2,date_heure", "order_by": "date_heure desc", "offset": "0", "limit": "1", "timezone": "Europe/Paris"}
        if not wanted.items() <= query.items() or not query["where"].endswith("' TO now()] and taux_co2 is not null"):
            return 400, {"error_code": "ODSQLError", "message": f"not expected: {query}"}
        record = {"taux_co2": self.grams, "date_heure": instant(20)}
        if self.fault == "drift":
            return 200, {"nhits": 1, "records": [{"fields": record}]}
        return 200, {"total_count": 96, "results": [record]}


class ElectricityMaps(EmissionService):
    token = "emaps-secret"
    zones = {"FR": 45, "DE": 380, "US-CAL-CISO": 210.5}

    def answer(self, path, query, headers):
        if headers.get("auth-token") != self.token:
            return 401, {"error": "Invalid auth-token"}
        if path == "/v3/zones":
            names = {"FR": {"zoneName": "France"}, "DE": {"zoneName": "Germany"}, "US-CAL-CISO": {"countryName": "USA", "zoneName": "California"}}
            extra = {"zoneParentKey": None, "subZoneKeys": [], "isCommerciallyAvailable": True, "access": ["carbon-intensity/latest"]}
            return 200, {zone: {**names[zone], "zoneKey": zone, **extra} for zone in self.zones}
        if path != "/v3/carbon-intensity/latest" or query.get("zone") not in self.zones:
            return 404, {"error": "not here"}
        zone = query["zone"]
        answer = {"zone": zone, "carbonIntensity": self.zones[zone], "datetime": instant(30), "updatedAt": instant(5), "emissionFactorType": "lifecycle",
                  "isEstimated": zone == "DE", "estimationMethod": None}
        if self.fault == "drift" and zone == "FR":
            answer["carbonIntensity"] = {"value": 45, "unit": "gCO2eq/kWh"}
        return 200, answer


class WattTime(EmissionService):
    user, password, region = "alice", "wt-secret", "CAISO_NORTH"

    def __init__(self) -> None:
        super().__init__()
        self.logins = 0

    def answer(self, path, query, headers):
        authorization = headers.get("Authorization", "")
        if path == "/login":
            expected = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            if authorization != expected:
                return 403, {"error": "bad credentials"}
            self.logins += 1
            return 200, {"token": f"token-{self.logins}"}
        if path != "/v3/historical":
            return 404, {"error": "not here"}
        if authorization != f"Bearer token-{self.logins}":
            return 401, {"error": "token expired"}
        if query.get("region") != self.region or query.get("signal_type") != "co2_moer":
            return 403, {"error": "no access"}
        start, end = (datetime.datetime.fromisoformat(query[key]) for key in ("start", "end"))
        now = datetime.datetime.now(datetime.UTC)
        if not start < end or abs((now - end).total_seconds()) > 60:
            return 400, {"error": f"window {start} to {end} at {now}"}
        units = "percentile" if self.fault == "drift" else "lbs_co2_per_mwh"
        points = [{"point_time": instant(minutes), "value": value, "last_updated": instant(1)} for minutes, value in ((10, 900.0), (5, 1000.0))]
        return 200, {"data": points, "meta": {"region": self.region, "signal_type": "co2_moer", "units": units, "warnings": []}}

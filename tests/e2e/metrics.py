"""The exposition, read as a Prometheus server would."""

import re

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    families: dict[str, list[tuple[dict[str, str], float]]] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, labels, value = _SAMPLE.match(line).groups()
        families.setdefault(name, []).append((dict(_LABEL.findall(labels or "")), float(value)))
    return families


def of_unit(text: str, name: str, uuid: str) -> float:
    """The one value of that metric for that unit."""
    values = [value for labels, value in parse(text).get(name, []) if labels.get("uuid") == uuid]
    assert len(values) == 1, f"{name} of {uuid}: {values}"
    return values[0]


def value(text: str, name: str, **labels: str) -> float:
    values = [v for found, v in parse(text).get(name, []) if labels.items() <= found.items()]
    assert len(values) == 1, f"{name}{labels}: {values}"
    return values[0]

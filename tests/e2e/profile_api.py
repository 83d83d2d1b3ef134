"""Messages of Pyroscope's querier.v1.QuerierService, for a server and clients of tests: field numbers and types as its .proto files have them."""

import json
import re
import struct

# Each line is a message: name, then its fields as NAME=NUMBER:TYPE, "*" for repeated ones and "?" for optional ones.
SCHEMA = """
ProfileTypesRequest start=1:int64 end=2:int64
ProfileTypesResponse profile_types=1:*ProfileType
ProfileType ID=1:string name=2:string sample_type=4:string sample_unit=5:string period_type=6:string period_unit=7:string
LabelValuesRequest name=1:string matchers=2:*string start=3:int64 end=4:int64
LabelValuesResponse names=1:*string
LabelNamesRequest matchers=1:*string start=2:int64 end=3:int64
LabelNamesResponse names=1:*string
LabelPair name=1:string value=2:string
Labels labels=1:*LabelPair
SeriesRequest matchers=1:*string label_names=2:*string start=3:int64 end=4:int64
SeriesResponse labels_set=2:*Labels
Location name=1:string
GoPGO keep_locations=1:uint32 aggregate_callees=2:bool
StackTraceSelector call_site=1:*Location go_pgo=2:GoPGO
AsyncQueryRequest request_id=1:string type=2:int32
SelectMergeStacktracesRequest profile_typeID=1:string label_selector=2:string start=3:int64 end=4:int64 max_nodes=5:?int64 format=6:ProfileFormat stack_trace_selector=7:?StackTraceSelector profile_id_selector=8:*string async=9:?AsyncQueryRequest trace_id_selector=10:*string span_selector=11:*string
Level values=1:*int64
FlameGraph names=1:*string levels=2:*Level total=3:int64 max_self=4:int64
SelectMergeStacktracesResponse flamegraph=1:FlameGraph tree=2:bytes
SelectMergeSpanProfileRequest profile_typeID=1:string label_selector=2:string span_selector=3:*string start=4:int64 end=5:int64 max_nodes=6:?int64 format=7:ProfileFormat
SelectMergeSpanProfileResponse flamegraph=1:FlameGraph tree=2:bytes
SelectMergeProfileRequest profile_typeID=1:string label_selector=2:string start=3:int64 end=4:int64 max_nodes=5:?int64 stack_trace_selector=6:?StackTraceSelector profile_id_selector=7:*string trace_id_selector=8:*string
Sample location_id=1:*uint64 value=2:*int64
Profile sample=2:*Sample string_table=6:*string time_nanos=9:int64 duration_nanos=10:int64
SelectSeriesRequest profile_typeID=1:string label_selector=2:string start=3:int64 end=4:int64 group_by=5:*string step=6:double aggregation=7:?TimeSeriesAggregationType stack_trace_selector=8:?StackTraceSelector limit=9:?int64 exemplar_type=10:ExemplarType
Point value=1:double timestamp=2:int64
Series labels=1:*LabelPair points=2:*Point
SelectSeriesResponse series=1:*Series
SelectHeatmapRequest profile_typeID=1:string label_selector=2:string start=3:int64 end=4:int64 step=5:double group_by=6:*string query_type=7:HeatmapQueryType exemplar_type=8:ExemplarType limit=9:?int64
HeatmapSlot timestamp=1:int64 y_min=2:*double counts=3:*int32
HeatmapSeries labels=1:*LabelPair slots=2:*HeatmapSlot
SelectHeatmapResponse series=1:*HeatmapSeries
DiffRequest left=1:SelectMergeStacktracesRequest right=2:SelectMergeStacktracesRequest
FlameGraphDiff names=1:*string levels=2:*Level total=3:int64 max_self=4:int64 leftTicks=5:int64 rightTicks=6:int64
DiffResponse flamegraph=1:FlameGraphDiff
GetProfileStatsRequest
GetProfileStatsResponse data_ingested=1:bool oldest_profile_time=2:int64 newest_profile_time=3:int64
"""
ENUMS = {
    "ProfileFormat": ["PROFILE_FORMAT_UNSPECIFIED", "PROFILE_FORMAT_FLAMEGRAPH", "PROFILE_FORMAT_TREE", "PROFILE_FORMAT_DOT", "PROFILE_FORMAT_PPROF"],
    "TimeSeriesAggregationType": ["TIME_SERIES_AGGREGATION_TYPE_SUM", "TIME_SERIES_AGGREGATION_TYPE_AVERAGE"],
    "ExemplarType": ["EXEMPLAR_TYPE_UNSPECIFIED", "EXEMPLAR_TYPE_NONE", "EXEMPLAR_TYPE_INDIVIDUAL", "EXEMPLAR_TYPE_SPAN"],
    "HeatmapQueryType": ["HEATMAP_QUERY_TYPE_UNSPECIFIED", "HEATMAP_QUERY_TYPE_INDIVIDUAL", "HEATMAP_QUERY_TYPE_SPAN"],
}
PATH = "/querier.v1.QuerierService/"
ANSWERS = {"SelectMergeProfile": "Profile"}


INTEGERS = ("int32", "int64", "uint32", "uint64", "bool")


class Field:
    def __init__(self, text: str):
        self.name, _, rest = text.partition("=")
        number, _, kind = rest.partition(":")
        self.number = int(number)
        self.repeated, self.optional = kind[0] == "*", kind[0] == "?"
        self.kind = kind.lstrip("*?")
        self.json_name = re.sub("_(.)", lambda match: match[1].upper(), self.name)
        self.is_message = self.kind in MESSAGES

    def default(self):
        if self.repeated:
            return Repeated(self.kind)
        return Message(self.kind) if self.is_message else {"string": "", "bytes": b"", "double": 0.0}.get(self.kind, 0)


class Repeated(list):
    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind

    def add(self, **values) -> "Message":
        self.append(Message(self.kind, **values))
        return self[-1]


class Message:
    """Fields are attributes; what was never set or looked at is not there."""

    def __init__(self, kind: str, **values):
        self.__dict__.update(kind=kind, **values)

    def __getattr__(self, name: str):
        field = next((one for one in FIELDS[self.kind] if one.name == name), None)
        if field is None:
            raise AttributeError(name)
        self.__dict__[name] = field.default()
        return self.__dict__[name]

    def present(self) -> list[tuple[Field, list]]:
        found = []
        for field in FIELDS[self.kind]:
            value = self.__dict__.get(field.name)
            if value is None or not field.repeated and not field.optional and not field.is_message and not value:
                continue
            found.append((field, list(value) if field.repeated else [value]))
        return [(field, values) for field, values in found if values]


MESSAGES = {line.split()[0] for line in SCHEMA.strip().splitlines()}
FIELDS = {line.split()[0]: [Field(text) for text in line.split()[1:]] for line in SCHEMA.strip().splitlines()}


class Malformed(Exception):
    """What is no message."""


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def serialize(message: Message) -> bytes:
    out = b""
    for field, values in message.present():
        for value in values:
            if field.kind == "double":
                out += _varint(field.number << 3 | 1) + struct.pack("<d", value)
            elif field.kind in INTEGERS or field.kind in ENUMS:
                out += _varint(field.number << 3) + _varint(int(value))
            else:
                data = serialize(value) if field.is_message else value.encode() if field.kind == "string" else value
                out += _varint(field.number << 3 | 2) + _varint(len(data)) + data
    return out


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise Malformed("cut")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & (1 << 64) - 1
        raise Malformed("long number")


def parse(kind: str, data: bytes) -> Message:
    message, reader = Message(kind), _Reader(data)
    while reader.at < len(data):
        tag = reader.varint()
        field = next((one for one in FIELDS[kind] if one.number == tag >> 3), None)
        if field is None:
            raise Malformed(f"no field {tag >> 3} in {kind}")
        if field.kind == "double":
            wire, value = 1, struct.unpack("<d", reader.take(8))[0]
        elif field.kind in INTEGERS or field.kind in ENUMS:
            wire, value = 0, reader.varint()
            value -= (1 << 64) if value >> 63 and field.kind.startswith("int") else 0
        else:
            wire, value = 2, reader.take(reader.varint())
            value = parse(field.kind, value) if field.is_message else value.decode() if field.kind == "string" else value
        if tag & 7 != wire:
            raise Malformed(f"type of {field.name}")
        if field.repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
    return message


def as_dict(message: Message) -> dict:
    def plain(field: Field, value):
        if field.is_message:
            return as_dict(value)
        if field.kind in ENUMS:
            return ENUMS[field.kind][value]
        return str(value) if field.kind in ("int64", "uint64") else bool(value) if field.kind == "bool" else value
    return {field.json_name: [plain(field, value) for value in values] if field.repeated else plain(field, values[0]) for field, values in message.present()}


def from_dict(kind: str, values: dict) -> Message:
    def made(field: Field, value):
        if field.is_message:
            return from_dict(field.kind, value)
        if field.kind in ENUMS:
            return ENUMS[field.kind].index(value) if isinstance(value, str) else value
        return int(value) if field.kind in INTEGERS else float(value) if field.kind == "double" else value
    message = Message(kind)
    for name, value in values.items():
        field = next((one for one in FIELDS[kind] if name in (one.name, one.json_name)), None)
        if field is None:
            raise Malformed(f"no field {name} in {kind}")
        if field.repeated:
            getattr(message, field.name).extend(made(field, one) for one in value)
        else:
            setattr(message, field.name, made(field, value))
    return message


def request_type(method: str) -> str:
    return f"{method}Request"


def answer_type(method: str) -> str:
    return ANSWERS.get(method, f"{method}Response")


def encode(message: Message, content_type: str) -> bytes:
    return json.dumps(as_dict(message)).encode() if content_type == "application/json" else serialize(message)


def decode(kind: str, body: bytes, content_type: str) -> Message:
    if content_type != "application/json":
        return parse(kind, body)
    try:
        return from_dict(kind, json.loads(body))
    except (ValueError, TypeError, AttributeError) as error:
        raise Malformed(str(error)) from None

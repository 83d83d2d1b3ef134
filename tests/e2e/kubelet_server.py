"""A kubelet's pod-resources service on a unix socket: real gRPC by grpcio, the few messages encoded by hand."""

import concurrent.futures
import pathlib
import threading

import grpc


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def devices(resource: str, *ids: str) -> bytes:
    """ContainerDevices, as field of ContainerResources."""
    return field(2, field(1, resource) + b"".join(field(2, one) for one in ids))


def claim(driver: str, device: str, *cdi: str) -> bytes:
    """DynamicResource with one device, as field of ContainerResources."""
    resource = b"".join(field(1, field(1, name)) for name in cdi) + field(2, driver) + field(3, "pool") + field(4, device)
    return field(5, field(2, "claim") + field(3, "lab") + field(4, resource))


def pod(name: str, *containers: bytes, namespace: str = "lab") -> bytes:
    """PodResources, as field of ListPodResourcesResponse."""
    return field(1, field(1, name) + field(2, namespace) + b"".join(field(3, field(1, "main") + one) for one in containers))


class Kubelet:
    """Answers as `respond` says; raises what it raises. `versions` are those of the service."""

    def __init__(self, socket: pathlib.Path, versions: tuple[str, ...] = ("v1",)):
        self.socket = socket
        self.pods = b""
        self.allocatable = b""
        self.hangs = threading.Event()
        self.released = threading.Event()
        self.calls: list[str] = []
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        for version in versions:
            handlers = {"List": lambda: self.pods}
            if version == "v1":
                handlers["GetAllocatableResources"] = lambda: self.allocatable
            self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
                f"{version}.PodResourcesLister", {name: self._handler(f"{version}/{name}", answer) for name, answer in handlers.items()}),))
        self.server.add_insecure_port(f"unix:{socket}")
        self.server.start()

    def _handler(self, name: str, answer):
        def call(_request: bytes, _context) -> bytes:
            self.calls.append(name)
            if self.hangs.is_set():
                self.released.wait()
            return answer()
        return grpc.unary_unary_rpc_method_handler(call, request_deserializer=lambda data: data, response_serializer=lambda data: data)

    def stop(self) -> None:
        self.released.set()
        self.server.stop(None).wait()
        self.socket.unlink(missing_ok=True)

"""A BMC for QEMU's ipmi-bmc-extern, which speaks the serial protocol of OpenIPMI's simulator: messages are bytes with a checksum, ended by A0;
commands about the machine are ended by A1; AA escapes both. What the BMC answers is data (see tests/data/power/ipmi), in front of which a test may put
faults."""

import contextlib
import pathlib
import socket
import threading
from collections.abc import Callable

END_OF_MESSAGE, END_OF_COMMAND, ESCAPE = 0xA0, 0xA1, 0xAA
VERSION_COMMAND, VERSION = 0xFF, 1
CAPABILITIES_COMMAND, HAS_ATTENTION = 0x08, 0x10
INVALID_COMMAND, RESERVATION_LOST, TOO_MUCH_ASKED = 0xC1, 0xC5, 0xCA
RESERVE_REPOSITORY, GET_RECORD = bytes([0x0A, 0x22]), bytes([0x0A, 0x23])
LARGEST_PART = 16

# What the kernel's driver asks for before it makes /dev/ipmi0.
BASICS = {
    bytes([0x06, 0x01]): bytes([0, 0x20, 0x01, 0x02, 0x00, 0x02, 0x8F, 0x57, 0x01, 0x00, 0x01, 0x00]),  # device id: IPMI 2.0
    bytes([0x06, 0x2E]): bytes([0]),
    bytes([0x06, 0x2F]): bytes([0, 0]),
    bytes([0x06, 0x30]): bytes([0]),
    bytes([0x06, 0x31]): bytes([0, 0]),
}

Fault = Callable[[bytes], bytes | None]


def read_answers(path: pathlib.Path) -> dict[bytes, bytes]:
    """"NETFN COMMAND DATA… = ANSWER…", completion code first."""
    answers = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            asked, answer = (bytes.fromhex(side) for side in line.split("="))
            answers[asked] = answer
    return answers


def checksum(data: bytes) -> int:
    return -sum(data) & 0xFF


def escaped(data: bytes) -> bytes:
    return b"".join(bytes([ESCAPE, byte | 0x10]) if byte in (END_OF_MESSAGE, END_OF_COMMAND, ESCAPE) else bytes([byte]) for byte in data)


class ExternalBmc:
    """Listens on a socket that QEMU connects to. `faults` are asked in turn, one for each request of DCMI, what becomes of the good answer: other bytes,
    or None for no answer at all; after the last of them all is well. Records of sensors are given in small parts only, under a reservation, which is lost
once."""

    def __init__(self, path: pathlib.Path, answers: dict[bytes, bytes], faults: list[Fault] | None = None) -> None:
        self.path = path
        self.answers = {**BASICS, **answers}
        self.faults = list(faults or [])
        self.asked: list[bytes] = []
        self.reservation = 0
        self.parts = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def flags(self) -> list[str]:
        return ["-chardev", f"socket,id=bmc,path={self.path},reconnect=1", "-device", "ipmi-bmc-extern,chardev=bmc,id=extern", "-device", "isa-ipmi-kcs,bmc=extern"]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        message = bytearray()
        escaping = False
        while piece := connection.recv(4096):
            for byte in piece:
                if byte == ESCAPE:
                    escaping = True
                elif byte == END_OF_COMMAND:
                    # Not before: QEMU's machine has to be there.
                    if message[:1] == bytes([VERSION_COMMAND]):
                        for command in ([VERSION_COMMAND, VERSION], [CAPABILITIES_COMMAND, HAS_ATTENTION]):
                            connection.sendall(escaped(bytes(command)) + bytes([END_OF_COMMAND]))
                    message.clear()
                elif byte == END_OF_MESSAGE:
                    answer = self._answer(bytes(message))
                    if answer:
                        connection.sendall(escaped(answer) + bytes([END_OF_MESSAGE]))
                    message.clear()
                else:
                    message.append(byte & ~0x10 if escaping else byte)
                    escaping = False

    def _part(self, data: bytes) -> bytes:
        reservation, record, offset, count = data[0:2], data[2:4], data[4], data[5]
        self.parts += 1
        if count > LARGEST_PART:
            return bytes([TOO_MUCH_ASKED])
        if self.parts == 4:
            self.reservation += 1
        if reservation != self.reservation.to_bytes(2, "little"):
            return bytes([RESERVATION_LOST])
        whole = self.answers[GET_RECORD + bytes([0, 0]) + record + bytes([0, 0xFF])]
        return whole[:3] + whole[3 + offset : 3 + offset + count]

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) < 4 or sum(message) & 0xFF:
            return None
        sequence, function, command, data = message[0], message[1] >> 2, message[2], message[3:-1]
        asked = bytes([function, command]) + data
        self.asked.append(asked)
        answer = self.answers.get(asked, self.answers.get(asked[:2], bytes([INVALID_COMMAND])))
        if asked == RESERVE_REPOSITORY:
            self.reservation += 1
            answer = bytes([0]) + self.reservation.to_bytes(2, "little")
        if asked[:2] == GET_RECORD:
            answer = self._part(data)
        if function == 0x2C and self.faults:
            answer = self.faults.pop(0)(answer)
        if answer is None:
            return None
        head = bytes([sequence, (function | 1) << 2 | (message[1] & 3), command])
        return head + answer + bytes([checksum(head + answer)])

    def close(self) -> None:
        self.listener.close()

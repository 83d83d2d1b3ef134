"""Rules for devices under cgroup v2, as SLURM and container runtimes attach them: a BPF program that refuses some minors of NVIDIA's devices."""

import ctypes
import errno
import os
import pathlib
import platform
import struct

_SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
_PROG_LOAD, _PROG_ATTACH = 5, 8
_PROG_TYPE_CGROUP_DEVICE, _CGROUP_DEVICE, _ALLOW_MULTI = 15, 6, 2
_MAJOR = 195


def _instruction(code: int, to: int, source: int, offset: int, constant: int) -> bytes:
    return struct.pack("<BBhi", code, to | source << 4, offset, constant)


def _bpf(command: int, attributes: bytes) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    result = libc.syscall(_SYS_BPF, command, buffer, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def refuse(cgroup: pathlib.Path, minors: list[int]) -> bool:
    """Lets no process of the cgroup open those; False where that is not allowed."""
    program = _instruction(0x61, 2, 1, 4, 0) + _instruction(0x61, 3, 1, 8, 0)
    program += _instruction(0x55, 2, 0, 3 * len(minors), _MAJOR)  # another major: none of the next
    for minor in minors:
        program += _instruction(0x55, 3, 0, 2, minor) + _instruction(0xB7, 0, 0, 0, 0) + _instruction(0x95, 0, 0, 0, 0)
    program += _instruction(0xB7, 0, 0, 0, 1) + _instruction(0x95, 0, 0, 0, 0)
    instructions = ctypes.create_string_buffer(program, len(program))
    license_text = ctypes.create_string_buffer(b"GPL")
    load = struct.pack("<IIQQIIQII16sII", _PROG_TYPE_CGROUP_DEVICE, len(program) // 8, ctypes.addressof(instructions),
                       ctypes.addressof(license_text), 0, 0, 0, 0, 0, b"", 0, _CGROUP_DEVICE)
    try:
        loaded = _bpf(_PROG_LOAD, load)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EACCES, errno.ENOSYS):
            return False
        raise
    directory = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
    _bpf(_PROG_ATTACH, struct.pack("<IIII", directory, loaded, _CGROUP_DEVICE, _ALLOW_MULTI))
    os.close(directory)
    os.close(loaded)
    return True

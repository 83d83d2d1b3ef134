"""The programs that go onto foreign machines ask for nothing but libc."""

import subprocess

import pytest

from stack.ceems import BINARIES

LIBC = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


@pytest.mark.parametrize("program", ["ceems_exporter", "cacct", "ceems_tool"])
def test_links_everything_but_libc_statically(program):
    listing = subprocess.run(["readelf", "-d", BINARIES / program], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].rstrip("]") for line in listing.splitlines() if "(NEEDED)" in line}
    assert needed <= LIBC


@pytest.mark.parametrize("program", ["ceems_exporter", "ceems_api_server", "cacct", "ceems_tool"])
def test_is_hardened(program):
    headers = subprocess.run(["readelf", "-lWd", BINARIES / program], capture_output=True, text=True, check=True).stdout
    assert "GNU_RELRO" in headers and "BIND_NOW" in headers
    assert "Elf file type is DYN" in headers  # position independent
    stack = next(line for line in headers.splitlines() if "GNU_STACK" in line)
    assert "RWE" not in stack

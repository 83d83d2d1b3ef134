"""A libvirtd of its own, in a mount namespace where its configuration and state are directories of the test's, and a PID namespace, so that nothing
is left when it ends. Its domains are real: QEMU without KVM, in cgroups of this machine."""

import contextlib
import os
import pathlib
import subprocess
import time

from stack.processes import Daemon

PLACES = {"etc": "/etc/libvirt", "run": "/run", "lib": "/var/lib/libvirt", "log": "/var/log/libvirt", "cache": "/var/cache/libvirt"}
# libvirtd does not start without it, whoever QEMU is run as; a package that the tests do not need makes it.
USER = "libvirt-qemu:x:64055:64055::/:/bin/false\n"
GROUP = "libvirt-qemu:x:64055:\n"
DAEMON_CONFIG = 'auth_unix_ro = "none"\nauth_unix_rw = "none"\nunix_sock_group = "root"\n'
QEMU_CONFIG = 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nremember_owner = 0\nnamespaces = []\nstdio_handler = "file"\n'


def domain(name: str, uuid: str, vcpus: int = 2, most_vcpus: int = 4) -> str:
    """A VM without disks: its firmware looks for something to start from, and waits."""
    return f"""<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory>
<vcpu current='{vcpus}'>{most_vcpus}</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/></devices></domain>"""


def machine_directories() -> list[pathlib.Path]:
    root = pathlib.Path("/sys/fs/cgroup")
    return [path for path in (root / "machine", *root.glob("*/machine")) if path.is_dir()]


class Libvirtd:
    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        mounts = []
        for below, place in PLACES.items():
            (directory / below).mkdir(parents=True)
            pathlib.Path(place).mkdir(parents=True, exist_ok=True)
            mounts.append(f"mount --bind {directory / below} {place}")
        for name, line in (("passwd", USER), ("group", GROUP)):
            known = pathlib.Path("/etc", name).read_text()
            (directory / name).write_text(known if "libvirt-qemu:" in known else known + line)
            mounts.append(f"mount --bind {directory / name} /etc/{name}")
        (directory / "etc/libvirtd.conf").write_text(DAEMON_CONFIG)
        (directory / "etc/qemu.conf").write_text(QEMU_CONFIG)
        # The shell is the namespace's first process: it waits for whatever loses its parent.
        script = " && ".join([*mounts, "{ libvirtd -f /etc/libvirt/libvirtd.conf & wait $!; }"])
        self.daemon = Daemon("libvirtd", ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script], directory)
        self.socket = directory / "run/libvirt/libvirt-sock"
        end = time.monotonic() + 60
        while not self.socket.exists():
            assert self.daemon.alive() and time.monotonic() < end, self.daemon.log_tail()
            time.sleep(0.05)

    @property
    def live_files(self) -> pathlib.Path:
        """Where it writes of domains that run."""
        return self.directory / "run/libvirt/qemu"

    def virsh(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(["virsh", "--quiet", "--connect", f"qemu:///system?socket={self.socket}", *arguments],
                              capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{arguments}: {done.stderr}\n{self.daemon.log_tail()}"
        return done.stdout

    def create(self, text: str) -> None:
        path = self.directory / "domain.xml"
        path.write_text(text)
        self.virsh("create", str(path))

    def stats(self, name: str) -> dict[str, int]:
        pairs = (line.strip().split("=", 1) for line in self.virsh("domstats", name).splitlines() if "=" in line)
        return {key: int(value) for key, value in pairs if value.isdigit()}

    def stop(self) -> None:
        for name in self.virsh("list", "--name", check=False).splitlines():
            if name.strip():
                self.virsh("destroy", name.strip(), check=False)
        self.daemon.kill()  # unshare waits for its child whatever it is told
        # The parent of all domains stays behind, and so does a domain that was killed; what is not empty is another's.
        for parent in machine_directories():
            for path, _, _ in os.walk(parent, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)

"""Cgroups of our own for sample workloads: on v1 and v2 hierarchies, as root, or as a user with a delegated tree."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

ROOT = pathlib.Path("/sys/fs/cgroup")
# The controllers whose files the exporter reads.
V1_CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "blkio")


class Missing(Exception):
    """What this machine lacks, in one sentence."""


def is_unified() -> bool:
    return (ROOT / "cgroup.controllers").exists()


class Group:
    """One cgroup, in every hierarchy that has our controllers. `path` is below the root of each."""

    def __init__(self, path: str, directories: list[pathlib.Path]):
        self.path = path
        self.directories = directories

    def add(self, pid: int) -> None:
        for directory in self.directories:
            (directory / "cgroup.procs").write_text(str(pid))

    def pids(self) -> list[int]:
        with contextlib.suppress(OSError):
            return [int(line) for line in (self.directories[0] / "cgroup.procs").read_text().split()]
        return []

    def read(self, name: str) -> str:
        for directory in self.directories:
            with contextlib.suppress(OSError):
                return (directory / name).read_text()
        raise FileNotFoundError(name)

    def write(self, name: str, text: str) -> None:
        """To that file wherever there is one."""
        for directory in self.directories:
            if (directory / name).exists():
                (directory / name).write_text(text)

    def cpu_seconds(self) -> float:
        """User and system time of all processes that were ever in it."""
        if is_unified():
            for line in self.read("cpu.stat").splitlines():
                key, value = line.split()
                if key == "usage_usec":
                    return int(value) / 1e6
        return int(self.read("cpuacct.usage")) / 1e9

    def memory_bytes(self) -> int:
        return int(self.read("memory.current" if is_unified() else "memory.usage_in_bytes"))

    def remove(self) -> None:
        for pid in self.pids():
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        for directory in self.directories:
            for _ in range(50):
                try:
                    directory.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)


class Parent:
    """The cgroup below which we make others; removed with everything in it by remove()."""

    def __init__(self, name: str):
        self.name = name
        self.groups: list[Group] = []
        self.path = "/" + name
        if is_unified():
            self._make_unified(name)
        else:
            self._make_legacy(name)

    def _make_unified(self, name: str) -> None:
        try:
            (ROOT / "cgroup.subtree_control").write_text("+cpu +memory")
        except OSError as error:
            available = (ROOT / "cgroup.subtree_control").read_text().split()
            if not {"cpu", "memory"} <= set(available):
                raise Missing(f"the cgroup tree cannot be written to ({error.strerror}): run it as root") from error
        directory = ROOT / name
        try:
            directory.mkdir()
        except OSError as error:
            raise Missing(f"no cgroup can be made below {ROOT} ({error.strerror}): run it as root") from error
        wanted = [c for c in ("cpu", "memory", "cpuset", "io") if c in (directory / "cgroup.controllers").read_text().split()]
        (directory / "cgroup.subtree_control").write_text(" ".join("+" + c for c in wanted))
        self.directories = [directory]

    def _make_legacy(self, name: str) -> None:
        self.directories = []
        made: set[tuple[int, int]] = set()
        for controller in V1_CONTROLLERS:
            mount = ROOT / controller
            if not mount.is_dir():
                continue
            directory = mount / name
            try:
                directory.mkdir(exist_ok=True)
            except OSError as error:
                self.remove()
                raise Missing(f"no cgroup can be made below {mount} ({error.strerror}): run it as root") from error
            status = directory.stat()
            if (status.st_dev, status.st_ino) in made:  # two names of one hierarchy
                continue
            made.add((status.st_dev, status.st_ino))
            self._copy_cpuset(directory)
            self.directories.append(directory)
        if not self.directories:
            raise Missing(f"there are no cgroup controllers below {ROOT}")

    @staticmethod
    def _copy_cpuset(directory: pathlib.Path) -> None:
        """A v1 cpuset takes no process before it has CPUs and memory nodes."""
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (directory / name).exists():
                (directory / name).write_text((directory.parent / name).read_text())

    def make(self, name: str) -> Group:
        directories = []
        for parent in self.directories:
            directory = parent / name
            directory.mkdir()
            if not is_unified():
                self._copy_cpuset(directory)
            directories.append(directory)
        group = Group(f"{self.path}/{name}", directories)
        self.groups.append(group)
        return group

    def spawn(self, name: str, command: list[str]) -> tuple[Group, subprocess.Popen]:
        """Starts a command that is inside a new cgroup from its first instruction on."""
        group = self.make(name)
        script = "".join(f"echo $$ > '{d}/cgroup.procs' && " for d in group.directories) + 'exec "$@"'
        process = subprocess.Popen(["sh", "-c", script, "sh", *command], stdin=subprocess.DEVNULL, start_new_session=True)
        return group, process

    def remove(self) -> None:
        for group in self.groups:
            group.remove()
        self.groups = []
        for directory in self.directories:
            with contextlib.suppress(OSError):
                directory.rmdir()


class UserScopes:
    """The same for an ordinary user: transient scopes of the user's own systemd."""

    def __init__(self, name: str):
        self.name = name
        self.scopes: list[str] = []
        if not is_unified() or shutil.which("systemd-run") is None or not os.environ.get("XDG_RUNTIME_DIR"):
            raise Missing("making cgroups takes root here, or a systemd user session on cgroup v2")
        probe = subprocess.run(["systemd-run", "--user", "--scope", "--quiet", "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            raise Missing("making cgroups takes root here: the systemd user session makes no scopes")

    def spawn(self, name: str, command: list[str]) -> tuple[Group, subprocess.Popen]:
        scope = f"{self.name}-{name}.scope"
        process = subprocess.Popen(
            ["systemd-run", "--user", "--scope", "--quiet", "--unit", scope, "-p", "CPUAccounting=yes", "-p", "MemoryAccounting=yes",
             *command], stdin=subprocess.DEVNULL, start_new_session=True)
        self.scopes.append(scope)
        for _ in range(100):
            found = [path for path in ROOT.rglob(scope) if path.is_dir()]
            if found:
                return Group("/" + str(found[0].relative_to(ROOT)), found), process
            time.sleep(0.05)
        raise Missing(f"systemd made no cgroup for {scope}")

    def remove(self) -> None:
        for scope in self.scopes:
            subprocess.run(["systemctl", "--user", "kill", "--signal=KILL", scope], capture_output=True, check=False)
        self.scopes = []


def make_parent(name: str) -> Parent | UserScopes:
    """Somewhere to put workloads. Raises Missing with what is lacking."""
    if not ROOT.is_dir():
        raise Missing(f"no cgroup file system is mounted at {ROOT}")
    try:
        return Parent(name)
    except Missing:
        if os.geteuid() == 0:
            raise
        return UserScopes(name)

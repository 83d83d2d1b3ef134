"""Mounts that only this process and its children see, and with them an /etc of one's own that leaves the machine's as it is."""

import contextlib
import ctypes
import os
import pathlib
import socket

_CLONE_NEWNS = 0x00020000
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
_MNT_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)


def _check(status: int, what: str) -> None:
    if status != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


class PrivateMounts:
    """Needs root. What it mounts is gone with undo(), or with the last process that sees it."""

    def __init__(self) -> None:
        _check(_libc.unshare(_CLONE_NEWNS), "a mount namespace")
        self._keep_to_ourselves()
        self._targets: list[str] = []

    @staticmethod
    def _keep_to_ourselves() -> None:
        """Propagation is set on the namespace's own root, which in a chroot is further up: from outside of a root, ".." leads there."""
        flags = os.O_RDONLY | os.O_DIRECTORY
        root, here = os.open("/", flags), os.open(".", flags)
        try:
            os.chdir("/")
            os.chroot("/etc")
            while not os.path.samestat(os.stat("."), os.stat("..")):
                os.chdir("..")
            os.chroot(".")
            _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "private mounts")
        finally:
            os.fchdir(root)
            os.chroot(".")
            os.fchdir(here)
            os.close(root)
            os.close(here)

    def bind(self, source: pathlib.Path | str, target: pathlib.Path | str) -> None:
        self._mount(source, target, _MS_BIND | _MS_REC)

    def empty(self, target: pathlib.Path | str) -> None:
        """An empty directory that every user may pass, and root may write, on top of what is there."""
        _check(_libc.mount(b"tmpfs", str(target).encode(), b"tmpfs", 0, b"mode=755"), f"mounting on {target}")
        self._targets.append(str(target))

    def allow_set_user_id(self, directory: pathlib.Path) -> None:
        """Set-user-id programs work in there, even where temporary directories are mounted nosuid or noexec."""
        self._mount(directory, directory, _MS_BIND)
        _check(_libc.mount(b"none", str(directory).encode(), None, _MS_REMOUNT | _MS_BIND, None), f"remounting {directory}")

    def _mount(self, source: pathlib.Path | str, target: pathlib.Path | str, flags: int) -> None:
        _check(_libc.mount(str(source).encode(), str(target).encode(), None, flags, None), f"mounting {source} on {target}")
        self._targets.append(str(target))

    def undo(self) -> None:
        while self._targets:
            with contextlib.suppress(OSError):
                _check(_libc.umount2(self._targets.pop().encode(), _MNT_DETACH), "unmounting")


def _without(lines: str, names: dict[str, int], number_field: int) -> str:
    """A passwd or group file without those names and numbers."""
    kept = []
    for line in lines.splitlines():
        fields = line.split(":")
        if fields[0] not in names and (len(fields) <= number_field or fields[number_field] not in map(str, names.values())):
            kept.append(line)
    return "\n".join(kept) + "\n"


class OwnEtc:
    """An /etc with more users and own directories; everything else in it is a link to the machine's. `path` may be filled before enter()."""

    def __init__(self, directory: pathlib.Path, users: dict[str, int], replaced: tuple[str, ...]):
        self.path = directory / "etc"
        self._machine = directory / "machine-etc"
        self.path.mkdir()
        self._machine.mkdir()
        own = {"passwd", "group", "hosts", "nsswitch.conf", *replaced}
        for entry in pathlib.Path("/etc").iterdir():
            if entry.name not in own:
                # A relative link means the same in our /etc as in the machine's, but not where we put the machine's.
                (self.path / entry.name).symlink_to(os.readlink(entry) if entry.is_symlink() else self._machine / entry.name)
        passwd = _without(pathlib.Path("/etc/passwd").read_text(), users, 2)
        group = _without(pathlib.Path("/etc/group").read_text(), users, 2)
        for name, number in users.items():
            passwd += f"{name}:x:{number}:{number}:{name.title()}:/tmp:/bin/sh\n"
            group += f"{name}:x:{number}:\n"
        (self.path / "passwd").write_text(passwd)
        (self.path / "group").write_text(group)
        (self.path / "nsswitch.conf").write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
        # A fresh chroot has no hosts file, and a machine need not know its own name.
        hosts = pathlib.Path("/etc/hosts")
        (self.path / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n" + (hosts.read_text() if hosts.exists() else ""))
        for name in replaced:
            (self.path / name).mkdir(mode=0o755)

    def enter(self, mounts: PrivateMounts) -> None:
        mounts.bind("/etc", self._machine)
        mounts.bind(self.path, "/etc")

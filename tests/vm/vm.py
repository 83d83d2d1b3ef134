"""A small virtual machine: Debian's own kernel with an initramfs of busybox and what a test adds, under QEMU without KVM. There cgroup v2
has all its controllers, whatever the machine that runs the tests has."""

import contextlib
import gzip
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CACHE = SOURCE / "build" / "vm"
APPLETS = ("sh", "mount", "mkdir", "rmdir", "cat", "echo", "sleep", "wget", "kill", "poweroff", "ls", "grep", "head", "dd", "ip", "ln", "chmod", "seq",
           "sync", "ps", "id", "true", "awk", "date", "sed", "tr", "find", "uname", "timeout", "insmod")
# A boot takes about 6 s where two processors are free.
BOOT_SECONDS = 90
BOOTS = 3


def kernel() -> pathlib.Path:
    """The kernel image of Debian's linux-image-amd64, unpacked beside the build and not installed."""
    CACHE.mkdir(parents=True, exist_ok=True)
    found = sorted(CACHE.glob("boot/vmlinuz-*"))
    if found:
        return found[-1]
    depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=True).stdout
    package = re.search(r"Depends: (linux-image-\S+)", depends).group(1)
    with unpacked(package) as tree:
        (CACHE / "boot").mkdir(exist_ok=True)
        for image in tree.glob("boot/vmlinuz-*"):
            shutil.copy(image, CACHE / "boot" / image.name)
    return sorted(CACHE.glob("boot/vmlinuz-*"))[-1]


@contextlib.contextmanager
def unpacked(package: str) -> Iterator[pathlib.Path]:
    """What is in a package of Debian's, for a while."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["apt-get", "-o", "APT::Sandbox::User=root", "download", package], cwd=scratch, check=True, capture_output=True)
        archive = next(pathlib.Path(scratch).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive, scratch + "/tree"], check=True)
        yield pathlib.Path(scratch, "tree")


def modules(names: tuple[str, ...]) -> dict[str, pathlib.Path]:
    """Modules of that kernel, by where they go: /lib/modules/NAME.ko."""
    version = kernel().name.removeprefix("vmlinuz-")
    kept = CACHE / "modules" / version
    if not all((kept / f"{name}.ko").exists() for name in names):
        kept.mkdir(parents=True, exist_ok=True)
        with unpacked("linux-image-" + version) as tree:
            for name in names:
                shutil.copy(next(tree.glob(f"lib/modules/*/kernel/**/{name}.ko")), kept)
    return {f"lib/modules/{name}.ko": kept / f"{name}.ko" for name in names}


def libraries(program: pathlib.Path) -> list[pathlib.Path]:
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", listing)]


def initramfs(directory: pathlib.Path, script: str, programs: list[pathlib.Path], files: dict[str, str],
              copies: dict[str, pathlib.Path]) -> pathlib.Path:
    tree = directory / "tree"
    for name in ("bin", "proc", "sys", "dev", "tmp", "etc", "run", "lib64"):
        (tree / name).mkdir(parents=True, exist_ok=True)
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    for applet in APPLETS:
        (tree / "bin" / applet).symlink_to("busybox")
    for program in programs:
        shutil.copy(program, tree / "bin" / program.name)
        subprocess.run(["strip", "--strip-debug", tree / "bin" / program.name], check=True)
        for library in libraries(program):
            target = tree / str(library).lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(library, target)
    (tree / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nalice:x:1000:1000:Alice:/:/bin/sh\n")
    (tree / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\nalice:x:1000:\n")
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    for name, source in copies.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, tree / name)
    init = tree / "init"
    init.write_text(f"""#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
echo ==begin
{script}
echo ==end
sync
poweroff -f
""")
    init.chmod(0o755)
    image = directory / "initramfs.gz"
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    archive = subprocess.run(["cpio", "--create", "--format=newc", "--quiet", "--owner=0:0"], input=names.encode(), cwd=tree,
                             capture_output=True, check=True).stdout
    image.write_bytes(gzip.compress(archive, 1))
    return image


class Machine:
    """QEMU, and what it has printed so far."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.pieces: list[bytes] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for piece in iter(lambda: self.process.stdout.read1(65536), b""):
            self.pieces.append(piece)

    def output(self) -> str:
        return b"".join(self.pieces).decode(errors="replace").replace("\r", "")

    def wait_for(self, line: str, seconds: float) -> bool:
        """Whether it printed that line before the time was over or the machine went off."""
        until = time.monotonic() + seconds
        while line not in self.output():
            if time.monotonic() > until or not self.reader.is_alive():
                return line in self.output()
            time.sleep(0.1)
        return True

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


def run(script: str, programs: list[pathlib.Path], files: dict[str, str] | None = None, seconds: int = 240, cpus: int = 2,
        extra: list[str] | None = None, copies: dict[str, pathlib.Path] | None = None) -> str:
    """Boots, runs the script as root, powers off. What it printed, as the serial console has it. A kernel now and then gets stuck while it boots on
    emulated processors: it is given three tries. A script that does not end fails at once."""
    with tempfile.TemporaryDirectory(prefix="ceems-vm-") as scratch:
        image = initramfs(pathlib.Path(scratch), script, programs, files or {}, copies or {})
        command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(cpus), "-m", "1024", "-nographic", "-no-reboot",
                   "-nodefaults", "-serial", "stdio", "-kernel", str(kernel()), "-initrd", str(image),
                   "-append", "console=ttyS0 quiet panic=-1 mitigations=off cgroup_no_v1=all psi=1", *(extra or [])]
        for _ in range(BOOTS):
            machine = Machine(command)
            try:
                begun = machine.wait_for("==begin\n", BOOT_SECONDS)
                ended = begun and machine.wait_for("==end", seconds)
            finally:
                machine.end()
            output = machine.output()
            if begun:
                break
            print(f"the machine did not boot:\n{output[-4000:]}", file=sys.stderr)
    if not ended:
        raise RuntimeError(f"the machine did not run the script to its end:\n{output[-6000:]}")
    return output.split("==begin\n", 1)[1].split("==end", 1)[0]

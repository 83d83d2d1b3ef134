"""A private SLURM of one node: munge, MariaDB, slurmdbd, slurmctld and slurmd on loopback, with their own users and their own /etc/slurm in
mounts that nobody else sees. Needs root and what `scripts/setup lab` installs."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import time
import typing

from . import cgroups, people
from .private_mounts import OwnEtc, PrivateMounts
from .processes import Daemon, Failed, free_port

ACCOUNTS = {"chem": ["ann", "bob"], "bio": ["ann", "cid"]}
PROGRAMS = ("munged", "mariadb", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sacct", "sbatch", "sacctmgr")
# Jobs of one core each that run beside each other on a core, so that many short ones do not queue for minutes.
JOBS_PER_CORE = 12
NVIDIA_MAJOR = 195
SHARDS_PER_GPU = 4


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Slurm:
    """start() leaves a working cluster, stop() nothing of it. Both must be called on one thread, which sees the private mounts then."""

    def __init__(self, directory: pathlib.Path, *, gpus: int = 0, constrain_devices: bool = False):
        """With GPUs: device files of NVIDIA's kind, whether there is such a driver or not; nobody opens them."""
        self.directory = directory
        directory.chmod(0o755)
        self.gpus = gpus
        self.constrain_devices = constrain_devices
        # A name of its own: its cgroups cannot be those of another SLURM on this machine.
        self.node = f"{'gpu' if gpus else ''}lab{os.getpid()}"
        self.host = socket.gethostname().split(".")[0]
        self.ports = {name: free_port() for name in ("slurmctld", "slurmd", "slurmdbd")}
        self.daemons: dict[str, Daemon] = {}
        self.munge = directory / "munge"
        self.mariadb = directory / "mariadb"
        self.spool = directory / "spool"
        self.bin = directory / "bin"
        self.environment = {"MYSQL_UNIX_PORT": str(self.mariadb / "socket")}
        self._mounts: PrivateMounts | None = None

    # -- starting -------------------------------------------------------------------------------

    def start(self) -> None:
        if os.geteuid() != 0:
            raise Failed("a SLURM of one's own takes root")
        if missing := missing_programs():
            raise Failed(f"these programs are missing: {', '.join(missing)} (scripts/setup lab installs them)")
        self._mounts = PrivateMounts()
        etc = OwnEtc(self.directory, people.EVERYBODY, ("slurm", "ceems"))
        for path in (self.spool / "slurmctld", self.spool / "slurmd", self.bin):
            path.mkdir(parents=True)
        (etc.path / "slurm/slurm.conf").write_text(self._slurm_conf())
        (etc.path / "slurm/cgroup.conf").write_text(self._cgroup_conf())
        if self.gpus:
            (etc.path / "slurm/gres.conf").write_text(self._make_gpus())
        secret = etc.path / "slurm/slurmdbd.conf"
        secret.write_text(self._slurmdbd_conf())
        secret.chmod(0o600)
        etc.enter(self._mounts)
        self._mounts.allow_set_user_id(self.bin)
        self._start_munge()
        self._start_mariadb()
        self.start_slurmdbd()
        self.sacctmgr("add", "cluster", "lab")
        self._start("slurmctld", ["slurmctld", "-D", "-c"], lambda: self._listens("slurmctld"))
        self._add_accounts()
        self._start("slurmd", ["slurmd", "-D", "-N", self.node], self._node_is_idle)

    def _start(self, name: str, command: list[str], ready: typing.Callable[[], bool], seconds: float = 60) -> None:
        daemon = self.daemons[name] = Daemon(name, command, self.directory, self.environment)
        deadline = time.monotonic() + seconds
        while not ready():
            if not daemon.alive():
                raise Failed(f"{name} ended with status {daemon.process.returncode}:\n{daemon.log_tail()}")
            if time.monotonic() > deadline:
                raise Failed(f"{name} is not ready after {seconds:.0f} s:\n{daemon.log_tail()}")
            time.sleep(0.05)

    @staticmethod
    def _run(command: list[str]) -> None:
        """A command and all that it starts, none of which is left if we are interrupted."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            output, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        if process.returncode != 0:
            raise Failed(f"{command[0]}: {output}")

    def _start_munge(self) -> None:
        self.munge.mkdir(mode=0o755)
        key = self.munge / "key"
        key.touch(mode=0o400)
        key.write_bytes(os.urandom(128))
        self._start("munged", ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.munge / 'socket'}",
                               f"--pid-file={self.munge / 'pid'}", f"--log-file={self.munge / 'log'}", f"--seed-file={self.munge / 'seed'}"],
                    lambda: (self.munge / "socket").exists())

    def _start_mariadb(self) -> None:
        self.mariadb.mkdir(mode=0o755)
        shutil.chown(self.mariadb, people.SERVICES["labdb"], people.SERVICES["labdb"])
        data, path = self.mariadb / "data", self.mariadb / "socket"
        self._run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=labdb", "--skip-test-db", "--auth-root-authentication-method=normal"])
        create = ["mariadb", "--no-defaults", f"--socket={path}", "--user=root", "-e", "create database slurm_acct_db"]
        self._start("mariadbd", ["mariadbd", "--no-defaults", f"--datadir={data}", "--user=labdb", f"--socket={path}", "--skip-networking",
                                 "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
                                 "--innodb-lock-wait-timeout=900", f"--pid-file={self.mariadb / 'pid'}"],
                    lambda: path.exists() and subprocess.run(create, check=False, capture_output=True).returncode == 0)

    def start_slurmdbd(self) -> None:
        self._start("slurmdbd", ["slurmdbd", "-D"], lambda: self._listens("slurmdbd"))

    def stop_slurmdbd(self) -> None:
        self.daemons["slurmdbd"].kill()

    def _add_accounts(self) -> None:
        for account, users in ACCOUNTS.items():
            self.sacctmgr("add", "account", account, "cluster=lab")
            self.sacctmgr("add", "user", ",".join(users), f"account={account}", "cluster=lab")

    def sacctmgr(self, *words: str) -> None:
        done = subprocess.run(["sacctmgr", "-i", *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"sacctmgr {' '.join(words)}: {done.stdout}{done.stderr}")

    def _listens(self, name: str) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.ports[name]), 1):
            return True
        return False

    @staticmethod
    def _node_is_idle() -> bool:
        done = subprocess.run(["sinfo", "--noheader", "--format=%t"], capture_output=True, text=True, check=False)
        return done.stdout.strip() == "idle"

    def _make_gpus(self) -> str:
        """Device files and the gres.conf that names them."""
        devices = self.directory / "dev"
        devices.mkdir()
        for minor in range(self.gpus):
            os.mknod(devices / f"nvidia{minor}", stat.S_IFCHR | 0o666, os.makedev(NVIDIA_MAJOR, minor))
        return f"AutoDetect=off\nName=gpu File={devices}/nvidia[0-{self.gpus - 1}]\nName=shard Count={self.gpus * SHARDS_PER_GPU}\n"

    # -- configuration --------------------------------------------------------------------------

    def _slurm_conf(self) -> str:
        memory_kilobytes = int(next(line for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")).split()[1])
        gres = f"Gres=gpu:{self.gpus},shard:{self.gpus * SHARDS_PER_GPU} " if self.gpus else ""
        return f"""\
ClusterName=lab
SlurmctldHost={self.host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={self.munge / 'socket'}
SlurmctldPort={self.ports['slurmctld']}
SlurmdPort={self.ports['slurmd']}
StateSaveLocation={self.spool / 'slurmctld'}
SlurmdSpoolDir={self.spool / 'slurmd'}
SlurmctldPidFile={self.spool / 'slurmctld.pid'}
SlurmdPidFile={self.spool / 'slurmd.pid'}
ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup
JobAcctGatherType=jobacct_gather/cgroup
JobAcctGatherFrequency=task=2
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePass={self.munge / 'socket'}
AccountingStoragePort={self.ports['slurmdbd']}
AccountingStorageEnforce=associations
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=100000,batch_sched_delay=0
DefMemPerCPU=64
ReturnToService=2
KillWait=2
MailProg=/bin/true
MpiDefault=none
{"GresTypes=gpu,shard" if self.gpus else ""}
NodeName={self.node} NodeHostname={self.host} NodeAddr=127.0.0.1 {gres}CPUs={os.cpu_count()} RealMemory={memory_kilobytes // 1024} State=UNKNOWN
PartitionName=main Nodes={self.node} Default=YES MaxTime=1:00:00 State=UP OverSubscribe=FORCE:{JOBS_PER_CORE}
"""

    def _cgroup_conf(self) -> str:
        # There is no systemd to ask for a scope in a container, and on a machine of one's own it need not know.
        swap = cgroups.is_unified() or (cgroups.ROOT / "memory/memory.memsw.limit_in_bytes").exists()
        plugin = "CgroupPlugin=autodetect\nIgnoreSystemd=yes" if cgroups.is_unified() else "CgroupPlugin=cgroup/v1"
        return f"{plugin}\nCgroupMountpoint=/sys/fs/cgroup\nConstrainCores=yes\nConstrainRAMSpace=yes\nConstrainSwapSpace={'yes' if swap else 'no'}\n{'ConstrainDevices=yes' if self.constrain_devices else ''}\n"

    def _slurmdbd_conf(self) -> str:
        return f"""\
AuthType=auth/munge
AuthInfo=socket={self.munge / 'socket'}
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={self.ports['slurmdbd']}
SlurmUser=root
PidFile={self.spool / 'slurmdbd.pid'}
StorageType=accounting_storage/mysql
StorageHost=localhost
StoragePort=0
StorageUser=root
StorageLoc=slurm_acct_db
"""

    # -- using it -------------------------------------------------------------------------------

    def submit(self, user: str, account: str, script: str, *flags: str) -> str:
        """A batch job; its id."""
        done = people.run_as(user, ["sbatch", "--parsable", f"--account={account}", "--output=/dev/null", "--chdir=/tmp", *flags],
                             input=f"#!/bin/sh\n{script}\n")
        if done.returncode != 0:
            raise Failed(f"sbatch: {done.stderr.strip()}")
        return done.stdout.strip().split(";")[0]

    def queued(self) -> set[str]:
        """The jobs that have not ended, array tasks under their own ids."""
        done = subprocess.run(["squeue", "--array", "--noheader", "--format=%A"], capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    def sacct(self, *flags: str, fields: str = "jobidraw,user,account,state,start,end,elapsedraw,exitcode") -> list[dict[str, str]]:
        """What SLURM's accounting says, a row per job (and per step, unless --allocations is given), times in seconds since 1970."""
        done = subprocess.run(["sacct", "--allusers", "--parsable2", "--noheader", "--starttime=now-1days", f"--format={fields}", *flags], capture_output=True,
                              text=True, check=False, env={**os.environ, "SLURM_TIME_FORMAT": "%s"})
        if done.returncode != 0:
            raise Failed(f"sacct: {done.stdout}{done.stderr}")
        return [dict(zip(fields.split(","), line.split("|"), strict=True)) for line in done.stdout.splitlines()]

    def trees(self) -> list[pathlib.Path]:
        """The cgroups that hold all its jobs, one per hierarchy."""
        names = (f"slurm_{self.node}", f"system.slice/{self.node}_slurmstepd.scope")
        return [path for pattern in names for path in (*cgroups.ROOT.glob(pattern), *cgroups.ROOT.glob(f"*/{pattern}")) if path.is_dir()]

    def group(self, job: str) -> cgroups.Group:
        """The cgroup of a job, in every hierarchy where it is now."""
        found = [path for tree in self.trees() for path in (*tree.glob(f"job_{job}"), *tree.glob(f"uid_*/job_{job}"))]
        return cgroups.Group(f"job_{job}", found)

    # -- stopping -------------------------------------------------------------------------------

    def stop(self) -> None:
        if "slurmd" in self.daemons:
            self.daemons["slurmd"].stop()
        self._remove_steps()
        for daemon in reversed(self.daemons.values()):
            daemon.stop()
        if self._mounts:
            self._mounts.undo()

    def _steps(self) -> list[int]:
        """Every slurmstepd of ours that lives, also before it is in a cgroup: those that see our mounts."""
        if not self._mounts:
            return []
        ours = os.stat("/proc/self/ns/mnt").st_ino
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                name, state = (process / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
                if name == "slurmstepd" and state.split()[0] != "Z" and (process / "ns/mnt").stat().st_ino == ours:
                    found.append(int(process.name))
        return found

    def _remove_steps(self) -> None:
        """slurmd leaves its directories, and the steps of running jobs outlive it."""
        deadline = time.monotonic() + 10
        while any(left := (self._steps(), self.trees())):
            steps, trees = left
            for pid in steps:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for tree in trees:
                for directory, _, files in os.walk(tree, topdown=False):
                    if "cgroup.procs" in files:
                        with contextlib.suppress(OSError):
                            for pid in (pathlib.Path(directory) / "cgroup.procs").read_text().split():
                                with contextlib.suppress(ProcessLookupError):
                                    os.kill(int(pid), signal.SIGKILL)
                    with contextlib.suppress(OSError):
                        os.rmdir(directory)
            if time.monotonic() > deadline:
                raise Failed(f"these could not be removed: {', '.join(map(str, (*steps, *trees)))}")
            time.sleep(0.02)

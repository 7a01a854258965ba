"""The words of a command line that are more than a name or a number, read and checked before anything starts."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bench.load.topology import ALONE, MASTER_PORT, ClientProcesses, Topology
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.scenario import Objective, Requirement
from bench.model.server import ServerSettings
from bench.serving.address import ServerUrl, has_path, request_url, without_login
from bench.serving.headers import parse, stored, with_values
from bench.text import margins, objectives
from bench.workflows.load_selection import repeats_a_case
from bench.workflows.request import APP_TRAFFIC, LoadOptions

LEAST_LOAD_S = 0.2
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


def within(option: str, value: float | None, *, least: float, most: float = math.inf) -> None:
    """Raises UsageError for a number outside of these. Typer's own ranges would fill half of the help's width."""
    if value is None or least <= value <= most:
        return
    asked = f"{least:g} or more" if most == math.inf else f"from {least:g} to {most:.7g}"
    raise UsageError(f"{option} {value:g}: write a number {asked}")


def objective(text: str | None) -> Objective | None:
    """Raises UsageError."""
    try:
        return None if text is None else objectives.objective(text)
    except ValueError as error:
        raise UsageError(f"--find: {error}") from None


def requirements(texts: Sequence[str]) -> tuple[Requirement, ...]:
    """Raises UsageError."""
    try:
        return tuple(objectives.requirement(text) for text in texts)
    except ValueError as error:
        raise UsageError(f"--require: {error}") from None


def address(text: str, default_port: int) -> tuple[str, int]:
    """HOST[:PORT]. Raises UsageError."""
    try:
        parts = urlsplit(f"//{text}")
        if not parts.hostname or parts.path or parts.username:
            raise ValueError("no host")
        return parts.hostname, default_port if parts.port is None else parts.port
    except ValueError:
        raise UsageError(f"{text!r} is not an address; write HOST:PORT") from None


def meeting(master: bool, bind: str | None, usual: str) -> str | None:
    """Where the master waits for its workers, None without one. Raises UsageError."""
    if bind is not None and not master:
        raise UsageError("--bind needs --master")
    return (bind or usual) if master else None


def crew(workers: int, master_at: str | None) -> ClientProcesses:
    """`workers` of this machine, or of others that meet at `master_at`. Raises UsageError."""
    if master_at is None:
        return ClientProcesses(here=workers) if workers else ALONE
    if not workers:
        raise UsageError("--master needs --workers N, the number of remote `bench worker`s")
    host, port = address(master_at, MASTER_PORT)
    if not port:
        raise UsageError("--bind needs a fixed port, e.g. 0.0.0.0:5557")
    return ClientProcesses(elsewhere=workers, bind=host, port=port)


def setting(
    port: int, server: ServerUrl | None, meter: str | None, crew: ClientProcesses, headers: Sequence[str]
) -> Topology:
    """Raises UsageError, and HeaderError for a variable that isn't set."""
    if server is None:
        if meter is not None:
            raise UsageError("--meter needs --url: a server started by bench is always metered")
        if headers:
            raise UsageError("--header needs --url: the requests of a target have headers of their own")
        return Topology(port=port, crew=crew)
    if meter is not None:
        address(meter, 0)
    if port:
        raise UsageError("--port has no effect with --url: bench starts no server")
    parsed = tuple(map(_header, headers))
    with_values(parsed, os.environ)
    return Topology(server=server, meter=meter, crew=crew, headers=parsed)


def server_url(text: str | None, scenario: str | None, case: Sequence[str]) -> tuple[ServerUrl | None, str | None]:
    """The server of --url; and what to request of it, path and query, where that stands for a case: without --case, and
    in a scenario that says no request of its own. Raises UsageError and CatalogError."""
    if text is None:
        return None, None
    try:
        if not case and repeats_a_case(scenario) and (scenario is None or has_path(text)):
            return request_url(text)
        return ServerUrl.parse(text), None
    except ValueError as error:
        raise UsageError(f"--url {without_login(text)}: {error}") from None


def of_app(app: AppOptions | None, scenario: str | None, traffic: Path | None) -> None:
    """Raises UsageError for an access log that no load is weighted by."""
    if traffic is not None and app is None:
        raise UsageError("--traffic needs --app MODULE:ATTR: its lines are requests of your own app's routes")
    if traffic is not None and scenario not in {None, APP_TRAFFIC}:
        raise UsageError(f"--traffic has no effect on the scenario {scenario}; leave the scenario out")


def of_server(settings: ServerSettings, given: bool, port: int, url: str | None) -> None:
    """Raises UsageError for words that have no effect on this server."""
    if given and url is not None:
        raise UsageError("--server has no effect on the server at --url: it runs already")
    if settings.unix_socket and port:
        raise UsageError("--port has no effect with socket=unix")


def reachable(settings: ServerSettings) -> ServerSettings:
    """Those of a server for clients of other machines. Raises UsageError."""
    for name, needs in (("tls", settings.tls), ("socket", settings.unix_socket)):
        if needs:
            raise UsageError(
                f"--server: {name}={settings.settings[name] if name == 'socket' else 'on'} is for loads of "
                "this machine: `bench load --server …`"
            )
    return settings


def _header(text: str) -> tuple[str, str]:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"--header {stored(text)}: {error}") from None


def check(loading: LoadOptions) -> None:
    """Words that don't go together. Raises UsageError."""
    if loading.objective and loading.rate:
        raise UsageError("use --find or --rate, not both: the search chooses the rates")
    changed = loading.rate or loading.users or loading.objective or loading.duration_s
    if changed and loading.scenario is None:
        raise UsageError("--rate, --users, --duration and --find need one scenario: `bench load hot …`")


def margin(text: str) -> float:
    """`3%` or `0.03`, as a share. Raises UsageError."""
    share = margins.share(text)
    if share is None:
        raise UsageError(f"--margin {text}: write a percentage from 0.1% to 100%, e.g. 3%")
    return share


def seconds(text: str) -> float:
    """Of a budget: `5m`, `90s`, `1h30m`; a bare number is seconds. Raises UsageError."""
    total_s = _seconds(text)
    if not 10 <= total_s <= 24 * 3600:
        raise UsageError(f"--budget {text}: write a time from 10s to 24h, e.g. 5m")
    return total_s


def load_seconds(text: str | None) -> float | None:
    """Of a load, written like a budget. Raises UsageError."""
    if text is None:
        return None
    total_s = _seconds(text)
    if total_s < LEAST_LOAD_S:
        raise UsageError(f"--duration {text}: write a time of {LEAST_LOAD_S:g}s or more, e.g. 30s or 2m")
    return total_s


def _seconds(text: str) -> float:
    """Nothing where it is no time."""
    found = _DURATION.fullmatch(text.strip())
    parts = zip(found.groups(), (3600, 60, 1), strict=True) if found else ()
    return sum(float(part or 0) * unit for part, unit in parts)


def servers(texts: Sequence[str] | None) -> tuple[ServerSettings, ...]:
    """Of a comparison: none, one of both sides, or base and head. Raises UsageError."""
    if len(texts or ()) > 2:
        raise UsageError("--server: write one for both sides, or two: the base's and the head's")
    try:
        return tuple(ServerSettings.parse(text) for text in texts or ())
    except ValueError as error:
        raise UsageError(f"--server: {error}") from None


def pythons(text: str | None) -> tuple[str | None, str | None]:
    """`3.12` of both stacks, `3.11,3.12` of the base and of the head. Raises UsageError."""
    if text is None:
        return None, None
    versions = [part.strip() for part in text.split(",")]
    if not all(versions):
        raise UsageError(f"--python {text}: write one version (3.12) or two, for base and head (3.11,3.12)")
    if len(versions) > 2:
        raise UsageError(f"--python {text}: takes at most two; `bench sweep python {text}` compares more")
    return versions[0], versions[-1]


def sides(
    base: str | None, head: str | None, pythons: tuple[str | None, str | None], servers: Sequence[ServerSettings]
) -> tuple[str, str]:
    """What is compared, in words: one stack on two Pythons, or behind two servers, needs no HEAD, and the default stack
    no BASE. Raises UsageError."""
    if head is None and pythons[0] == pythons[1] and len(servers) < 2:
        raise UsageError("name BASE and HEAD, or two Pythons, or --served and two --server; see `bench compare --help`")
    base = base or ""
    return base, base if head is None else head

"""The servers of one launch of the server pass: the bare one, those beside it, those with processes of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.host.affinity import cores
from bench.host.procfs import tree_cpu_s
from bench.measure.server_variants import BARE, VARIANTS, ServerVariant
from bench.model.server import ServerSettings
from bench.model.server_layers import ServerWindows
from bench.model.workload import Case
from bench.runner.agent_process import Agent, AgentError
from bench.runner.plan import Plan
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.certificate import write_certificate
from bench.serving.server import LocalServer

BARE_NAME = "bare"


@dataclass
class ServerSide:
    """One of the servers that are compared, and its windows so far. All of one agent share one log."""

    name: str
    server: ServerSettings
    agent: Agent
    url: ServerUrl
    shares_log: bool
    requests: int = 0
    cpu_us: list[float] = field(default_factory=list)
    wall_us: list[float] = field(default_factory=list)
    client_us: list[float] = field(default_factory=list)
    reference_us: list[float] = field(default_factory=list)

    def cpu_s(self) -> float:
        """Of all its processes so far. Raises ProcessGoneError."""
        return tree_cpu_s(self.agent.pid)

    def log_as_set(self) -> None:
        """Connections that are made from now on log as its settings say. Raises AgentError."""
        if self.shares_log:
            self.agent.call("log_like", side=self.name)

    @property
    def windows(self) -> ServerWindows:
        return ServerWindows(
            server=self.server,
            requests=self.requests,
            cpu_us=tuple(self.cpu_us),
            wall_us=tuple(self.wall_us),
            client_us=tuple(self.client_us),
            reference_us=tuple(self.reference_us),
        )


def started(
    running: ExitStack, plan: Plan, case: Case, launch: int, agent: Agent
) -> tuple[dict[str, ServerSide], dict[str, str]]:
    """All sides by name, those with processes of their own until `running` ends, and why others are missing. The bare
    server is in `agent`. Raises AgentError."""
    missing: dict[str, str] = {}
    sides = {side.name: side for side in _beside(agent, case, missing)}
    for variant in VARIANTS:
        if variant.beside:
            continue
        try:
            sides[variant.name] = _apart(running, plan, case, launch, variant)
        except _MissingError as error:
            missing[variant.name] = str(error)
    return sides, missing


class _MissingError(Exception):
    """Why a variant can't be measured here."""


def _beside(agent: Agent, case: Case, missing: dict[str, str]) -> Iterator[ServerSide]:
    """The bare server and all that one process can hold with it."""
    wanted = {BARE_NAME: BARE} | {variant.name: variant.server for variant in VARIANTS if variant.beside}
    certificate = write_certificate(agent.folder / "server.pem")
    served = _served(agent, case, wanted, certificate)
    for name, server in wanted.items():
        if reason := served[name].get("error"):
            missing[name] = reason
            continue
        url = ServerUrl.loopback(served[name]["port"], trusted=certificate if server.tls else None)
        yield ServerSide(name, server, agent, url, shares_log=True)


def _apart(running: ExitStack, plan: Plan, case: Case, launch: int, variant: ServerVariant) -> ServerSide:
    """A server in a process of its own, or in several."""
    own = replace(plan, server=variant.server, cores=replace(plan.cores, server=_cores(plan, variant)))
    with ExitStack() as starting:  # ends what can't serve at once: it would take CPU beside the others
        agent = starting.enter_context(own.launch(launch))
        try:
            server = LocalServer(own, case.target, 0, agent)
            agent.call("only_serve")
        except AgentError as error:
            raise _MissingError(str(error)) from error
        running.push(starting.pop_all())
    return ServerSide(variant.name, variant.server, agent, server.url, shares_log=False)


def _cores(plan: Plan, variant: ServerVariant) -> tuple[int, ...] | None:
    if variant.cores == 1:
        return plan.cores.measured
    client = set(plan.cores.client or ())
    found = tuple(core for core in cores(workers=variant.cores).server or () if core not in client)
    if len(found) < variant.cores:
        raise _MissingError(f"needs {variant.cores} cores for the server, and one each for the client and a database")
    return found


def _served(
    agent: Agent, case: Case, sides: Mapping[str, ServerSettings], certificate: Path
) -> dict[str, dict[str, Any]]:
    settings = {name: server.settings for name, server in sides.items()}
    found: dict[str, dict[str, Any]] = agent.call(
        "serve_beside", target=case.target, host=LOOPBACK, sides=settings, certificate=str(certificate)
    )
    return found

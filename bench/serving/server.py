"""A server under test: started on this machine, or running elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.agent.app.error import AppError
from bench.agent.servers.unix_socket import unix_socket
from bench.catalog.url_target import URL_TARGET
from bench.model.errors import UsageError
from bench.model.server import DEFAULT
from bench.model.workload import Case
from bench.runner.agent_process import Agent, AgentEndedError, AgentError
from bench.runner.plan import Plan
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.certificate import write_certificate
from bench.serving.errors import LoadError
from bench.serving.meter import RemoteMeter
from bench.serving.reading import Reading, Serving

_TRIAL = "bench.agent.servers.trial:app"


class ServerCounts:
    """How many requests a server has counted, by process; of one elsewhere all together, if it says so."""

    def __init__(self, counts: Sequence[int] | None) -> None:
        self.by_process = tuple(counts or ())
        self.total = None if counts is None else sum(counts)

    def since(self, before: ServerCounts) -> ServerCounts:
        if self.total is None or before.total is None:
            return ServerCounts(None)
        return ServerCounts([now - then for now, then in zip(self.by_process, before.by_process, strict=True)])


class LocalServer:
    """What the plan's server settings say, in an agent of this machine or started by one."""

    def __init__(
        self, plan: Plan, target: str, port: int, agent: Agent, do: str = "serve", host: str = LOOPBACK
    ) -> None:
        """`do` is the agent's command. Raises AgentError."""
        self._agent = agent
        self._cores = plan.cores.server or plan.cores.measured or ()
        self._workers = plan.server.workers
        if self._cores and self._workers > 1:
            agent.move(self._cores)
        certificate = write_certificate(agent.folder / "server.pem") if plan.server.tls else None
        path = _socket_of(agent) if plan.server.unix_socket else None
        started = agent.call(
            do,
            target=target,
            host=host,
            port=port,
            kind=plan.server.kind,
            settings=plan.server.settings,
            certificate=certificate and str(certificate),
            unix_socket=path,
        )
        self.name: str = started["server"]
        self.url = ServerUrl.loopback(started["port"], unix_socket=path, trusted=certificate)
        self.pid: int = started["pid"]

    def watch_loop(self) -> None:
        """From now on the longest holds of its event loops are kept."""
        self._agent.call("watch_loop", on=True)

    def requests(self) -> ServerCounts:
        return ServerCounts(self._agent.call("counted_by_process"))

    def figures(self, readings: Sequence[Reading]) -> dict[str, Any]:
        """The agent's references that fall into the stretch: server and client share the machine's clock.

        Raises LoadError as `served_by` does.
        """
        served = served_by(self._agent)
        begin_s, end_s = readings[0].at_s, readings[-1].at_s
        looks = [(took_us, spent_us) for at_s, took_us, spent_us in served["references"] if begin_s <= at_s <= end_s]
        used = _used(readings)
        if self._workers > max(1, len(self._cores)):
            used["server_waited_s"] = None  # for each other, and that is how such a server is
        return used | {
            "server": self.name,
            "server_cores": self._cores,
            "reference_us": tuple(round(took_us, 3) for took_us, _ in looks),
            "watching_cpu_s": round(sum(spent_us for _, spent_us in looks) / 1e6, 6),
            "idle_reference_us": tuple(round(us, 3) for us in served["idle_references_us"]),
            **self._agent.call("holds", begin_s=begin_s, end_s=end_s),
        }


def _socket_of(agent: Agent) -> str:
    try:
        return unix_socket(agent.folder, "server.sock")
    except AppError as error:
        raise AgentError(str(error)) from error


def served_by(agent: Agent) -> dict[str, Any]:
    """What an agent's server tells after its requests. Raises LoadError where lines of the access log are lost, for
    those cost less, and AgentError."""
    served: dict[str, Any] = agent.call("served")
    if served["lost_log"]:
        raise LoadError(served["lost_log"][0])
    return served


def refuse_unstartable(plan: Plan, port: int = 0) -> None:
    """Raises UsageError where the stack has no such server, its release doesn't know a setting, or the port is taken.
    As layercake runs uvicorn by itself, any release starts."""
    if plan.server == DEFAULT:
        return
    try:
        with plan.launch(0) as agent:
            LocalServer(plan, _TRIAL, port, agent)
    except AgentEndedError as error:
        raise UsageError(f"--server: {error.said.removeprefix(': ') or error}") from error
    except AgentError as error:
        raise UsageError(f"--server: {error}") from error


class RemoteServer:
    """A server that runs already, maybe on another machine; what it is, and uses, is known if it has a meter.

    All targets of a family answer the same: one that was taken for another would not show. Raises LoadError for that.
    """

    def __init__(self, plan: Plan, case: Case, url: ServerUrl, meter: str | None) -> None:
        self.url = url
        self._meter = RemoteMeter(meter) if meter else None
        self._serving = self._checked(plan, case, meter) if self._meter else None
        self.pid: int | None = None

    def _checked(self, plan: Plan, case: Case, meter: str | None) -> Serving:
        serving = self._meter.read().serving if self._meter else None
        if serving is None:
            raise LoadError(f"{meter} doesn't say what it serves; is it the meter of a `bench serve`?")
        if case.target == URL_TARGET:
            return serving
        if (serving.target, serving.source_sha256) != (case.target, case.source_sha256):
            raise LoadError(f"the server serves {serving.target} (maybe from another checkout), not {case.target}")
        if serving.lock_sha256 != plan.environment.stack.lock_sha256:
            raise LoadError("the server runs another stack than this load; use the same --stack and --python for both")
        return serving

    def requests(self) -> ServerCounts:
        counted = self._meter.read().requests if self._meter else None
        return ServerCounts(None if counted is None else [counted])

    def figures(self, readings: Sequence[Reading]) -> dict[str, Any]:
        return _used(readings) | {
            "server": self._serving and self._serving.server,
            "server_settings": self._serving and self._serving.settings,
            "server_elsewhere": True,
            "server_cores": (),
            "reference_us": (),
            "idle_reference_us": (),
        }


def _used(readings: Sequence[Reading]) -> dict[str, Any]:
    """What the server used between two readings; None of each without them."""
    if not readings:
        return dict.fromkeys(("server_cpu_s", "server_user_s", "server_system_s", "server_rss_mb"))
    begin, end = readings[0], readings[-1]
    database = None
    if begin.database_cpu_s is not None and end.database_cpu_s is not None:
        database = end.database_cpu_s - begin.database_cpu_s
    return {
        "server_cpu_s": end.cpu_s - begin.cpu_s,
        "server_user_s": end.user_s - begin.user_s,
        "server_system_s": end.system_s - begin.system_s,
        "server_waited_s": max(0.0, end.waited_s - begin.waited_s),
        "server_rss_mb": end.rss_mb,
        "database_cpu_s": database,
    }

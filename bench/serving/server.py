"""A server under test: started on this machine, or running elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.catalog.url_target import URL_TARGET
from bench.model.workload import Case
from bench.runner.agent_process import Agent
from bench.runner.plan import Plan
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.errors import LoadError
from bench.serving.meter import RemoteMeter
from bench.serving.reading import Reading


class LocalServer:
    """uvicorn in an agent of this machine."""

    def __init__(self, plan: Plan, target: str, port: int, agent: Agent) -> None:
        self._agent = agent
        self._cores = plan.cores.measured or ()
        started = agent.call("serve", target=target, host=LOOPBACK, port=port)
        agent.call("watch_loop", on=True)
        self._name = started["server"]
        self.url = ServerUrl.loopback(started["port"])
        self.pid: int | None = agent.pid

    def requests(self) -> int | None:
        return int(self._agent.call("counted"))

    def figures(self, readings: Sequence[Reading]) -> dict[str, Any]:
        """The agent's references that fall into the stretch: server and client share the machine's clock."""
        served = self._agent.call("served")
        begin_s, end_s = readings[0].at_s, readings[-1].at_s
        return _used(readings) | {
            "server": self._name,
            "server_cores": self._cores,
            "reference_us": tuple(round(us, 3) for at_s, us in served["references"] if begin_s <= at_s <= end_s),
            "idle_reference_us": tuple(round(us, 3) for us in served["idle_references_us"]),
            **self._agent.call("holds", begin_s=begin_s, end_s=end_s),
        }


class RemoteServer:
    """A server that runs already, maybe on another machine; what it is, and uses, is known if it has a meter.

    All targets of a family answer the same: one that was taken for another would not show. Raises LoadError for that.
    """

    def __init__(self, plan: Plan, case: Case, url: ServerUrl, meter: str | None) -> None:
        self.url = url
        self._meter = RemoteMeter(meter) if meter else None
        self._name = self._checked(plan, case, meter) if self._meter else None
        self.pid: int | None = None

    def _checked(self, plan: Plan, case: Case, meter: str | None) -> str:
        serving = self._meter.read().serving if self._meter else None
        if serving is None:
            raise LoadError(f"{meter} doesn't say what it serves; is it the meter of a `bench serve`?")
        if case.target == URL_TARGET:
            return serving.server
        if (serving.target, serving.source_sha256) != (case.target, case.source_sha256):
            raise LoadError(f"the server serves {serving.target} (maybe from another checkout), not {case.target}")
        if serving.lock_sha256 != plan.environment.stack.lock_sha256:
            raise LoadError("the server runs another stack than this load; use the same --stack and --python for both")
        return serving.server

    def requests(self) -> int | None:
        return self._meter.read().requests if self._meter else None

    def figures(self, readings: Sequence[Reading]) -> dict[str, Any]:
        return _used(readings) | {
            "server": self._name,
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

"""One launch of the connections pass: a fresh server, and a client that holds more and more connections to it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.host.procfs import ProcessGoneError, resident_mb
from bench.model.connections import SPARE_FILES, ConnectionLevel, ConnectionSample, HeldKind, RequestWindows
from bench.model.exchange import Exchange
from bench.model.workload import Case
from bench.runner.agent_process import Agent
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.held.process import ConnectionClient
from bench.serving.held.task import ConnectionTask
from bench.serving.http_wire import content
from bench.serving.server import LocalServer
from bench.text.file_limits import more_files

_WARM_SHARE = 10
"""One part in so many is opened before memory is read first: it takes up what start-up and requests left free."""
_PAIRS, _WINDOW_S, _WARMUP_S = 6, 0.025, 0.1
_SLOW_PAIRS = 3
"""Of a slow case, which one user asks for: a window is one answer."""
_USERS = 4
_SETTLE_S, _CLOSED_S, _LOOK_S = 0.03, 5.0, 0.02
_OPENED_S = 30.0
"""For so long the answers to the connections of a case may be waited for: of a slow one, fewer are opened."""
_TIMEOUT_S = 30.0
# As seen on small virtual machines.
_SERVE_S, _OPEN_S = 1.8, 0.5e-3
_FAST_S = 1e-3
"""The answer of a fast case is in the time that opening takes."""


def launch_s(plan: Plan, case: Case, holds: HeldKind) -> float:
    """How long a launch takes."""
    counts = wanted(plan, case, holds)
    turns = 4 + len(counts) + (4 + len(counts)) * (_SLOW_PAIRS if plan.costs.long_served(case.id) else _PAIRS)
    windows = turns * _WINDOW_S if holds == "connection" else 0.0
    opened_s = max(counts) * (_OPEN_S + max(0.0, plan.costs.served_s(case.id) - _FAST_S))
    slow_s = turns * plan.costs.served_s(case.id) if windows and plan.costs.long_served(case.id) else 0.0
    idle_s = plan.effort.held_idle_s + len(counts) * _idle_s(plan, holds)
    return plan.costs.paced_s(_SERVE_S) + windows + slow_s + idle_s + opened_s


def _idle_s(plan: Plan, holds: HeldKind) -> float:
    return plan.effort.held_idle_s if holds == "connection" else plan.effort.stream_idle_s


def wanted(plan: Plan, case: Case, holds: HeldKind) -> tuple[int, ...]:
    """How many are to be open at once, one level after the other: fewer of a slow case."""
    counts = plan.effort.connections if holds == "connection" else plan.effort.connections[:1]
    served_s = plan.costs.served_s(case.id)
    return _capped(counts, max(1, int(_OPENED_S / served_s))) if served_s else counts


def _capped(counts: Sequence[int], most: int) -> tuple[int, ...]:
    return tuple(sorted({min(count, most) for count in counts}))


@dataclass(frozen=True)
class HeldLaunch:
    """A case in one launch, and what it `holds`. `sample` raises AgentError and LoadError."""

    plan: Plan
    case: Case
    holds: HeldKind
    launch: int

    def sample(self) -> ConnectionSample:
        plan = self.plan
        with ConnectionClient(plan.cores.client) as client, plan.launch(self.launch) as agent:
            exchange = self._exchange(agent)
            server = LocalServer(plan, self.case.target, 0, agent)
            limit = int(agent.call("await_connections"))
            timeout_s = _TIMEOUT_S + 3 * plan.costs.served_s(self.case.id)
            slow = plan.costs.long_served(self.case.id)
            task = ConnectionTask(
                exchange=exchange,
                holds=self.holds,
                port=server.url.port,
                server_pid=agent.pid,
                users=1 if slow else _USERS,
                timeout_s=timeout_s,
            )
            try:
                limit = min(limit, client.begin(task))
                held = _HeldBeside(agent, client, self.holds, _SLOW_PAIRS if slow else _PAIRS)
                return self._observed(held, limit, server.name)
            except (LoadError, ProcessGoneError):
                agent.call("hello")  # raises, with what ended it, if that is why
                raise

    def _exchange(self, agent: Agent) -> Exchange:
        """Of what has no end only the status is known before."""
        if self.holds == "connection":
            return reference(self.plan, self.case, agent)
        asked = self.plan.request(self.case)
        headers, body = content(asked)
        return Exchange(
            method=asked.method, path=asked.path, headers=headers, body=body, status=asked.expect.status, answer=b""
        )

    def _observed(self, held: _HeldBeside, limit: int, server: str) -> ConnectionSample:
        asked = wanted(self.plan, self.case, self.holds)
        counts = _capped(asked, limit - SPARE_FILES)
        if counts[0] < 1:
            raise LoadError(f"only {limit} files may be open; raise the limit: {more_files(asked[-1])}")
        idle_s, requests = _idle_s(self.plan, self.holds), self.holds == "connection"
        kept, fresh = held.pairs() if requests else (RequestWindows(), RequestWindows())
        alone = held.windows() if requests else RequestWindows()
        before = held.idle(self.plan.effort.held_idle_s)
        levels = [held.level(count, idle_s, requests=requests) for count in counts]
        held.drop()
        if requests:
            alone = _together(alone, held.windows())
        return ConnectionSample(
            case=self.case.id,
            launch=self.launch,
            hash_seed=self.plan.hash_seed(self.launch),
            server=server,
            holds=self.holds,
            asked=asked[-1],
            file_limit=limit,
            idle_s=before["idle_s"],
            idle_cpu_s=before["cpu_s"],
            kept=kept,
            fresh=fresh,
            alone=alone,
            levels=tuple(levels),
            server_cores=self.plan.cores.measured or (),
            client_cores=self.plan.cores.client or (),
            **held.client.call("report"),
        )


class _HeldBeside:
    """What is done to one server, step by step."""

    def __init__(self, agent: Agent, client: ConnectionClient, holds: HeldKind, pairs: int) -> None:
        self.client = client
        self._agent = agent
        self._holds = holds
        self._pairs = pairs
        self._opened = 0

    def pairs(self) -> tuple[RequestWindows, RequestWindows]:
        """Windows of requests on connections that are kept, and on new ones, side by side."""
        for fresh in (False, True):
            self.client.call("window", for_s=_WARMUP_S, fresh=fresh, within_s=_WARMUP_S)
        seen = [self._window(fresh=fresh) for _ in range(self._pairs) for fresh in (False, True)]
        return _windows(seen[::2]), _windows(seen[1::2])

    def windows(self) -> RequestWindows:
        """Of requests on connections that are kept, whatever else is open; those are opened before the first."""
        self.client.call("window", for_s=_WINDOW_S, fresh=False, within_s=_WINDOW_S)
        return _windows([self._window(fresh=False) for _ in range(self._pairs)])

    def idle(self, for_s: float) -> dict[str, float]:
        """With no other connection than those that are held."""
        self.client.call("leave")
        time.sleep(_SETTLE_S)
        answer: dict[str, float] = self.client.call("idle", for_s=for_s, within_s=for_s)
        return answer

    def level(self, count: int, idle_s: float, *, requests: bool) -> ConnectionLevel:
        """So many in all, of which a tenth first."""
        first = max(count // _WARM_SHARE, self._opened)
        before_mb = self._resident_mb(first)
        after_mb = self._resident_mb(count)
        self._opened = count
        idle = self.idle(idle_s)
        busy = self.windows() if requests else RequestWindows()
        self.client.call("leave")
        server_open = self._settled(count)
        answer = self.client.call("count")
        return ConnectionLevel(
            wanted=count,
            client_open=answer["open"],
            server_open=server_open,
            rss_from=first,
            rss_from_mb=before_mb,
            rss_mb=after_mb,
            idle_s=idle["idle_s"],
            idle_cpu_s=idle["cpu_s"],
            busy=busy,
            lost=answer["lost"],
        )

    def drop(self) -> None:
        """Close what is held, and wait until the server has seen it."""
        self.client.call("drop")
        self._settled(0)

    def _settled(self, most: int) -> int:
        """What the server counts, once it has seen that all others but these are closed."""
        of_kind = "open" if self._holds == "connection" else "running"
        deadline_s = time.monotonic() + _CLOSED_S
        while (count := self._agent.call("connections")[of_kind]) > most and time.monotonic() < deadline_s:
            time.sleep(_LOOK_S)
        return int(count)

    def _resident_mb(self, count: int) -> float:
        self.client.call("hold", count=count, within_s=count * 10 * _OPEN_S)
        time.sleep(_SETTLE_S)
        return resident_mb(self._agent.pid)

    def _window(self, *, fresh: bool) -> tuple[int, float, float]:
        """Requests, µs of CPU for each, and the reference work just before."""
        reference_us = min(self._agent.call("references", count=2))
        answer: dict[str, Any] = self.client.call("window", for_s=_WINDOW_S, fresh=fresh, within_s=_WINDOW_S)
        if not answer["requests"]:
            wrong = ", ".join(self.client.call("report")["errors"]) or "no response"
            raise LoadError(f"not one right response in a window of {_WINDOW_S:g} s: {wrong}")
        return answer["requests"], answer["cpu_s"] / answer["requests"] * 1e6, reference_us


def _windows(seen: Sequence[tuple[int, float, float]]) -> RequestWindows:
    return RequestWindows(
        requests=tuple(requests for requests, *_ in seen),
        cpu_us=tuple(round(us, 3) for _, us, _ in seen),
        reference_us=tuple(round(us, 3) for *_, us in seen),
    )


def _together(one: RequestWindows, other: RequestWindows) -> RequestWindows:
    return RequestWindows(
        requests=one.requests + other.requests,
        cpu_us=one.cpu_us + other.cpu_us,
        reference_us=one.reference_us + other.reference_us,
    )

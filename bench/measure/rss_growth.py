"""How the resident memory of a served target goes with its requests: uvicorn in an agent and Locust in front of it, and
both counts read all the while. A rise that goes on is a leak of the whole process, whoever allocated it."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from bench.host.procfs import ProcessGoneError, resident_mb
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec
from bench.measure.job import Job
from bench.runner.agent_process import Agent, AgentError
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.readiness import await_right_answer
from bench.stats.leak_slope import Level

_LOADED_S = 3.0
_WARMUP_S = 0.3
_EVERY_S = 0.05


def levels(job: Job, launch: int) -> list[Level]:
    """Requests answered and resident bytes of a fresh server, from before its load to the end of it.

    Raises LoadError.
    """
    plan = job.plan
    try:
        with plan.launch(launch) as agent:
            exchange = reference(plan, job.case, agent)
            port = agent.call("serve", target=job.case.target, host=LOOPBACK, port=0)["port"]
            first_s = await_right_answer(exchange, ServerUrl.loopback(port))
            order = LoadSpec(exchange=exchange, warmup_s=max(_WARMUP_S, 1.5 * first_s), duration_s=_LOADED_S)
            with _Watch(agent) as watch:
                seen = drive(order, job.file, port=port, users=job.scenario.users, cores=plan.cores.client)
            if seen.gave_up:
                agent.call("hello")  # raises, with what ended it, if that is why
                raise LoadError(f"the client stopped: {seen.gave_up}")
            return watch.levels
    except (AgentError, LoadError) as error:
        raise LoadError(f"{job.case.id}: {error}") from error


class _Watch:
    """A context manager that reads both counts every few milliseconds; nobody else may ask the agent meanwhile."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.levels: list[Level] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        """Until the end of the block, or of the server: that the load then fails says so."""
        while not self._over.is_set():
            try:
                answered = int(self._agent.call("counted"))
                self.levels.append((answered, round(resident_mb(self._agent.pid) * 1e6)))
            except (AgentError, ProcessGoneError):
                return
            time.sleep(_EVERY_S)

"""Puts requests to an app, one after another, and lives through what becomes of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from time import perf_counter
from types import TracebackType
from typing import Self

from bench.analysis.audit.coverage import PATIENCE_S
from bench.answers.app_response import AppResponse
from bench.model.workload import Request
from bench.runner.agent_process import Agent
from bench.runner.app_start import start_app
from bench.runner.plan import Plan


class Asker:
    """A context manager around an agent that has the app loaded; the next request after its end gets a fresh one.

    `launch` is the number of the launch: another one has another hash seed.
    """

    def __init__(self, plan: Plan, spec: str, launch: int) -> None:
        self.plan, self._spec, self._launch = plan, spec, launch
        self._running = ExitStack()
        self._agent: Agent | None = None
        self.start_s = 0.0
        """What the last start took."""

    def __enter__(self) -> Self:
        self.agent()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def ask(self, name: str, request: Request) -> AppResponse:
        """The answer, with what the app printed. Raises AgentError when there is none, AppStartError and
        VariableError."""
        message = self.plan.message(self.plan.with_values(request), varies=True)
        agent = self.agent()
        before = agent.printed_bytes()
        reply = agent.call("answer", timeout_s=PATIENCE_S, case=name, target=self._spec, request=message)
        return replace(AppResponse.of(reply), printed=agent.printed(before))

    def agent(self) -> Agent:
        """The agent with the app loaded: what that takes is not the first request's. Raises AppStartError."""
        if self._agent is None or not self._agent.alive:
            self._running.close()
            begin_s = perf_counter()
            self._agent = self._running.enter_context(self.plan.launch(self._launch))
            start_app(self._agent, self._spec)
            self.start_s = perf_counter() - begin_s
        return self._agent

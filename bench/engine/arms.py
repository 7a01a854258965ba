"""Two stacks as one plan: the same cases, an agent of each on the same core, asked together or in turn."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from bench.engine.launch import Agent, AgentError
from bench.engine.plan import Plan
from bench.model import Case, Pass


@dataclass(frozen=True)
class Arms:
    """Base and head: plans that differ in their environments alone."""

    base: Plan
    head: Plan

    def taken_by(self, during: Pass) -> list[Case]:
        return self.base.taken_by(during)

    def arguments(self, case: Case) -> dict[str, Any]:
        return self.base.arguments(case)

    def launch(self, launch: int) -> Duo:
        """A fresh agent of each, with one hash seed."""
        return Duo(self.base.launch(launch), self.head.launch(launch))

    def of(self, cases: Sequence[Case]) -> Arms:
        """The same for these cases only."""
        return Arms(replace(self.base, cases=tuple(cases)), replace(self.head, cases=tuple(cases)))


class Duo:
    """A context manager around two agents, of which at most one is at work at any time."""

    def __init__(self, base: Agent, head: Agent) -> None:
        self.base, self.head = base, head
        self._both = ExitStack()

    def __enter__(self) -> Self:
        self._both.enter_context(self.base)
        self._both.enter_context(self.head)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._both.__exit__(kind, error, trace)

    @property
    def alive(self) -> bool:
        return self.base.alive and self.head.alive

    def call(self, do: str, **arguments: Any) -> tuple[Any, Any]:
        """What the base says, then the head. Raises AgentError that names the arm."""
        return self.ask_base(do, **arguments), self.ask_head(do, **arguments)

    def ask_base(self, do: str, **arguments: Any) -> Any:
        return _named("base", self.base, do, arguments)

    def ask_head(self, do: str, **arguments: Any) -> Any:
        return _named("head", self.head, do, arguments)


def _named(arm: str, agent: Agent, do: str, arguments: dict[str, Any]) -> Any:
    try:
        return agent.call(do, **arguments)
    except AgentError as error:
        raise AgentError(f"{arm}: {error}") from error

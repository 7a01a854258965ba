"""Two stacks as one plan: the same cases, an agent of each on the same core, asked together or in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from bench.host.affinity import StreamCores, core_pairs, streams
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent, AgentError, Instrument, answers_at_once
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream

Instruments = tuple[Instrument | None, Instrument | None]


class AgentPair:
    """A context manager around two agents. They prepare themselves at once, each on a core of its own; from `settle` on
    both are on the measured core, and at most one is at work at any time. If not `together`, they stay apart: both are
    at work at once, which no clock may look at.

    `cores` are the measured one and another, where the base waits if it is `head_first`, and else the head; None of a
    machine that has no other.
    """

    def __init__(
        self,
        base: Agent,
        head: Agent,
        cores: tuple[Sequence[int], Sequence[int]] | None,
        *,
        head_first: bool = False,
        together: bool = True,
    ) -> None:
        self.base, self.head = base, head
        self._cores = cores
        self._guest = base if head_first else head
        self._apart = cores is not None
        self._together = together
        self._both = ExitStack()

    def __enter__(self) -> Self:
        self._both.enter_context(self.base)
        self._both.enter_context(self.head)
        if self._cores is not None:
            self._guest.move(self._cores[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._both.__exit__(kind, error, trace)

    @property
    def alive(self) -> bool:
        return self.base.alive and self.head.alive

    def settle(self) -> None:
        """The end of what is prepared: from now on both share a core, if they are to be `together`. Raises AgentError
        that names the side."""
        self.call("settle")
        if not self._together:
            return
        self._apart = False
        if self._cores is not None:
            self._guest.move(self._cores[0])

    def call(self, do: str, *, timeout_s: float | None = None, **arguments: Any) -> tuple[Any, Any]:
        """What the base says, then the head. Raises AgentError that names the side."""
        if not self._apart:
            return (
                self.ask_base(do, timeout_s=timeout_s, **arguments),
                self.ask_head(do, timeout_s=timeout_s, **arguments),
            )
        base, head = answers_at_once((self.base, self.head), do, timeout_s=timeout_s, **arguments)
        for side, answer in (("base", base), ("head", head)):
            if isinstance(answer, AgentError):
                with named(side):
                    raise answer
        return base, head

    def ask_base(self, do: str, **arguments: Any) -> Any:
        with named("base"):
            return self.base.call(do, **arguments)

    def ask_head(self, do: str, **arguments: Any) -> Any:
        with named("head"):
            return self.head.call(do, **arguments)


@dataclass(frozen=True)
class PairedPlan:
    """Base and head: plans that differ in their environments alone. `together` says whether both agents share the
    measured core once they are prepared: what isn't timed doesn't need to wait for the other."""

    base: Plan
    head: Plan
    together: bool = True

    @property
    def at_once(self) -> int:
        """How many agents are at work at once on a machine with so many cores, where they needn't be together."""
        return 1 if self.base.cores.measured is None or self.base.cores.client is None else 2

    def taken_by(self, during: Pass) -> list[Case]:
        return self.base.taken_by(during)

    def unavailable(self, *packages: str) -> str:
        """Why one of these can't be had on a Python of either; nothing where all can."""
        sides = (("base", self.base), ("head", self.head))
        reasons = ((side, plan.environment.stack.unavailable(*packages)) for side, plan in sides)
        return next((f"{side}: {reason}" for side, reason in reasons if reason), "")

    def call_s(self, case: str) -> float:
        """What one call takes on the slower stack."""
        return max(plan.costs.call_s(case) for plan in (self.base, self.head))

    @property
    def start_s(self) -> float:
        """What the app takes to start on the slower stack; 0 while that isn't known."""
        return max(plan.costs.start_s for plan in (self.base, self.head))

    def starts_s(self, *, alone: bool) -> float:
        """What it takes to start the app on both: at once if nothing runs beside them, and there is a core for each. A
        side that hasn't started yet takes as long as the other."""
        if alone and self.at_once > 1:
            return self.start_s
        return sum(plan.costs.start_s or self.start_s for plan in (self.base, self.head))

    def long(self, case: str) -> bool:
        """Whether it is a long call on either stack: both are then treated alike."""
        return any(plan.costs.long(case) for plan in (self.base, self.head))

    def changes_state(self, case: Case) -> bool:
        """Whether both are to get equally many of its requests."""
        return not self.base.targets[case.target].requests[case.request].safe

    def on(self, stream: CoreStream, other: int | None = None) -> PairedPlan:
        """The same where a stream works, on an `other` core beside its own if there is one."""
        return replace(self, base=self.base.on(stream, other), head=self.head.on(stream, other))

    def stream_cores(self) -> tuple[int, ...]:
        """The cores on which a pair of agents each may be at work at once."""
        return self.streams().cores

    def streams(self) -> StreamCores:
        """The same, and why on no more."""
        return streams(each_mb=self.base.costs.agent_mb + self.head.costs.agent_mb)

    def core_pairs(self) -> dict[int | None, int]:
        """The same for an agent on each core, two by two."""
        return core_pairs(each_mb=max(self.base.costs.agent_mb, self.head.costs.agent_mb))

    def needs_quiet(self, case: Case) -> bool:
        return self.base.needs_quiet(case)

    def time_limit_s(self, case: str, calls: int = 1) -> float:
        return max(plan.costs.time_limit_s(case, calls) for plan in (self.base, self.head))

    def arguments(self, case: Case) -> dict[str, Any]:
        return self.base.arguments(case)

    def launch(self, launch: int, under: Instruments = (None, None)) -> AgentPair:
        """A fresh agent of each, with one hash seed; `under` an instrument each, if need be.

        By chance the one or the other starts first, and on the measured core: neither is to gain by it. Raises
        AgentError that names the side.
        """
        head_first = self.base.random("launch", launch).random() < 0.5
        sides = [("base", self.base, under[0]), ("head", self.head, under[1])]
        agents: dict[str, Agent] = {}
        with ExitStack() as started:  # the first is ended where the second can't be launched
            for side, plan, instrument in reversed(sides) if head_first else sides:
                with named(side):
                    agents[side] = started.enter_context(plan.launch(launch, instrument))
            started.pop_all()
        cores = self.base.cores
        apart = None if cores.measured is None or cores.client is None else (cores.measured, cores.client)
        return AgentPair(agents["base"], agents["head"], apart, head_first=head_first, together=self.together)

    def knowing(self, cases: Iterable[Case]) -> PairedPlan:
        """The same, with what is known of these cases in the place of its own."""
        known = tuple(cases)
        return replace(self, base=self.base.knowing(known), head=self.head.knowing(known))

    def at_one_margin(self) -> PairedPlan:
        """The same for whom asks at a margin of its own: no case has another."""
        return self.of([case.model_copy(update={"margin": None}) for case in self.base.cases])

    def of(self, cases: Sequence[Case]) -> PairedPlan:
        """The same for these cases only."""
        base, head = (replace(plan, cases=tuple(cases)) for plan in (self.base, self.head))
        return replace(self, base=base, head=head)


@contextmanager
def named(side: str) -> Iterator[None]:
    """What fails in it says on which side."""
    try:
        yield
    except AgentError as error:
        raise AgentError(f"{side}: {error}") from error

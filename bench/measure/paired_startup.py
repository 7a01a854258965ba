"""Starting an app on two stacks, a fresh process each, one after the other on one core: the blocks of a comparison by
start-up."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, Literal

from bench.model.comparison import AnswerMismatch
from bench.model.pair_samples import Stage, StartupPair
from bench.model.run import MissingSample
from bench.model.selftest import Injection
from bench.model.startup import AppStart
from bench.model.workload import Case, Pass
from bench.runner import streams
from bench.runner.agent_pair import PairedPlan, named
from bench.runner.agent_process import Agent, AgentError
from bench.runner.core_speed import CoreSpeedMonitor, speed_of
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream, Piece

REFERENCES = 10
"""How often the reference work runs just before a start, and just after it: 2 ms, where a start takes a second."""
# Beside what a start takes: the interpreter, what the agent imports, and the end of the process.
_LAUNCH_S = 0.4
_ALIKE = 0.03
"""Memory of one app differs by 1% with the order of its imports."""

Side = Literal["base", "head"]


class PairedStartup:
    """Blocks over two stacks: a fresh process of each side, one at a time, on one core.

    On each core the sides take turns in being the first: base, head, head, base, so that a drift cancels out.
    `failed` are the ids of cases that are left out from now on. `wait_budget_s` is how long each stream may wait for
    its core, where somebody slows it.
    """

    def __init__(self, paired: PairedPlan, wait_budget_s: float) -> None:
        self._paired = paired
        self._wait_budget_s = wait_budget_s
        self._speeds: dict[str, dict[int | None, CoreSpeedMonitor]] = {"base": {}, "head": {}}
        self._head_first: dict[tuple[int | None, str], bool] = {}
        self._imports: dict[tuple[Side, str], Sequence[str] | None] = {}
        self.failed: set[str] = set()
        self.injected: dict[str, Injection] = {}

    def check(self, on_start: Callable[[], None] = lambda: None) -> Generator[AnswerMismatch | MissingSample]:
        """One of these for each app that doesn't start on both stacks.

        Starts that aren't kept: the first may compile modules, and finds no file in the cache. Afterwards it is known
        how long a start takes, and which modules of others it imports; of an app that is another one once these are
        imported first, on either side, its blocks don't. `on_start` is called after each first start; what it raises
        ends the check.
        """
        needs_quiet, cases = self._paired.needs_quiet, self._paired.base.cases
        pieces = (Piece(partial(self._checked, case, on_start), needs_quiet(case)) for case in cases)
        with closing(streams.observe(self._paired.stream_cores(), pieces)) as observed:
            yield from observed

    def _checked(
        self, case: Case, on_start: Callable[[], None], stream: CoreStream
    ) -> Generator[AnswerMismatch | MissingSample]:
        paired = self._paired.on(stream)
        base = self._first("base", paired.base, case, on_start)
        head = self._first("head", paired.head, case, on_start)
        if base is not None and base == head:
            yield MissingSample.invalid(case.id, Pass.STARTUP, f"on both stacks: {base}")
        elif base is not None or head is not None:
            broken: Side | None = None if base and head else "base" if base else "head"
            yield AnswerMismatch(case=case.id, base=_described(base), head=_described(head), broken=broken)
        elif None in (self._imports["base", case.id], self._imports["head", case.id]):
            self._imports["base", case.id] = self._imports["head", case.id] = None

    def _first(self, side: Side, plan: Plan, case: Case, on_start: Callable[[], None]) -> str | None:
        """Why it doesn't start, or None."""
        begun_s = perf_counter()
        try:
            found = _launched(plan, case)
        except AgentError as error:
            return str(error)
        plan.costs.saw(case.id, perf_counter() - begun_s)
        plan.costs.start_s = max(plan.costs.start_s, plan.costs.call_s(case.id))
        on_start()
        plan.costs.agent_mb = max(plan.costs.agent_mb, found["rest_mb"])
        self._imports[side, case.id] = _imports_first(plan, case, found)
        return None

    def waited_s(self, stream: CoreStream) -> float:
        """How long a stream has waited for an undisturbed core: a budget of its own, which no later block needs."""
        return sum(known[stream.core].waited_s for known in self._speeds.values() if stream.core in known)

    def needs_quiet(self, case: Case) -> bool:
        """Whether nothing may run beside a case: its app finds a database, or what another one's start would change."""
        return self._paired.needs_quiet(case)

    def expected_s(self, cases: Sequence[Case]) -> float:
        """How long a block of these cases takes, about."""
        plans = self._paired.base, self._paired.head
        known_s = {case.id: max(plan.costs.call_s(case.id) for plan in plans) or _LAUNCH_S for case in cases}
        return sum(plan.costs.call_s(case.id) or known_s[case.id] for case in cases for plan in plans)

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case], stream: CoreStream
    ) -> Generator[StartupPair | MissingSample]:
        """A sample for each case, in an order of the block's own."""
        paired = self._paired.on(stream)
        order = [case for case in cases if case.id not in self.failed]
        paired.base.random("cases", number).shuffle(order)
        for case in order:
            try:
                yield self._pair(paired, number, stage, case, stream.core)
            except AgentError as error:
                self.failed.add(case.id)
                yield MissingSample.invalid(case.id, Pass.STARTUP, error)

    def _pair(self, paired: PairedPlan, number: int, stage: Stage, case: Case, core: int | None) -> StartupPair:
        head_first = self._takes_turns(paired, number, case, core)
        sides: tuple[Side, Side] = ("head", "base") if head_first else ("base", "head")
        seen = {side: self._observed(paired, side, number, case, core) for side in sides}
        return StartupPair(
            case=case.id,
            block=number,
            stage=stage,
            core=core,
            hash_seed=paired.base.hash_seed(number),
            base=seen["base"],
            head=seen["head"],
            head_first=head_first,
        )

    def _takes_turns(self, paired: PairedPlan, number: int, case: Case, core: int | None) -> bool:
        """Whether the head is first: by chance the first time on each core, and then in turn."""
        before = self._head_first.get((core, case.id))
        first = paired.base.random("arms", number).random() < 0.5 if before is None else not before
        self._head_first[core, case.id] = first
        return first

    def _observed(self, paired: PairedPlan, side: Side, number: int, case: Case, core: int | None) -> AppStart:
        """One start, beside it the core's speed. Raises AgentError that names the side."""
        plan = paired.base if side == "base" else paired.head
        with named(side), plan.launch(number) as agent:
            speed = speed_of(core, agent, self._speeds[side], self._wait_budget_s / 2)
            speed.wait_for_undisturbed_core(agent, speed.quiet_us())
            before_us = _reference_us(agent)
            found = _started(agent, plan, case, self._imports.get((side, case.id)))
            after_us = _reference_us(agent)
        speed.saw([before_us])
        known = {name: value for name, value in found.items() if name in AppStart.model_fields}
        return AppStart(**known, reference_us=(before_us, after_us))


def _launched(plan: Plan, case: Case, imports: Sequence[str] | None = None) -> Mapping[str, Any]:
    """A start that isn't part of a block. Raises AgentError."""
    with plan.launch(0) as agent:
        return _started(agent, plan, case, imports)


def _imports_first(plan: Plan, case: Case, found: Mapping[str, Any]) -> Sequence[str] | None:
    """The modules that an app imports, by its first start, to be imported before it; None where that makes it another
    app: what it does before it imports them counts. A first start that compiled modules may hold more than others."""
    imports: Sequence[str] = found["libraries"]
    try:
        split = _launched(plan, case, imports)
        return imports if _alike(found, split) or _alike(_launched(plan, case), split) else None
    except AgentError:
        return None


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    larger: float = one["rest_mb"] / other["rest_mb"]
    return bool(one["routes"] == other["routes"]) and abs(larger - 1) <= _ALIKE


def _started(agent: Agent, plan: Plan, case: Case, imports: Sequence[str] | None = None) -> Mapping[str, Any]:
    """What the agent says of starting an app, whose modules of others are known to be these. Raises AgentError."""
    given, limit_s = plan.arguments(case), plan.costs.time_limit_s(case.id)
    found: dict[str, Any] = agent.call(
        "startup", timeout_s=limit_s, target=given["target"], request=given["request"], imports=imports
    )
    return found


def _described(failed: str | None) -> str:
    return "starts" if failed is None else f"fails: {failed}"


def _reference_us(agent: Agent) -> float:
    found: list[float] = agent.call("references", count=REFERENCES)
    return round(median(found), 3)

"""What starting an app takes and holds: each launch is a fresh process, and memray looks at one of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.measure.pass_spec import PassInputs, PassSpec, launch_s
from bench.model.run import MissingSample
from bench.model.startup import AT_REST, BUILDING, AtRestSample, BuildSample, CaseStartupSample
from bench.model.workload import Case, Pass
from bench.runner import streams
from bench.runner.agent_process import Agent, AgentError
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream, Piece

Found = CaseStartupSample | BuildSample | AtRestSample | MissingSample

Look = Callable[[int, Case, Agent, CoreStream], Found]
"""Asks an agent about a case, in a launch of this number."""

_REFERENCES = 60
# An app may take its time to start, and under memray more.
_LONGEST_S, _LONGEST_TRACKED_S = 120.0, 600.0
_START_S, _TRACKED_S, _SLOWED = 0.8, 1.2, 5.0


def started_cases(plan: Plan) -> list[Case]:
    """The cases whose targets are started: those that ask for it, and of somebody's own app the first."""
    if plan.app is not None:
        return [case for case in plan.cases if not case.whole_app][:1]
    return plan.taken_by(Pass.STARTUP)


def measure(plan: Plan) -> Generator[Found]:
    """A sample per case and launch, the cases in an order of the launch's own, on each core one launch at a time."""
    with closing(streams.observe(plan.stream_cores(), _Starts(plan).pieces())) as observed:
        yield from observed


@dataclass
class _Starts:
    """`imports` are the modules that a case's target imports, as its first launch has shown; a case that `failed` isn't
    started again."""

    plan: Plan
    imports: dict[str, list[str]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def pieces(self) -> Iterator[Piece[Found] | None]:
        effort = self.plan.effort
        for launch in range(effort.startup_launches):
            order = started_cases(self.plan)
            self.plan.random("start-up", launch).shuffle(order)
            for case in order:
                while launch and case.id not in self.imports:
                    yield None  # its first launch is under way
                yield self._piece(self._start, launch, case)
                if 0 < launch <= effort.build_launches:
                    yield self._piece(self._build, launch, case, BUILDING)
                if 0 < launch <= effort.at_rest_launches:
                    if why := self.plan.environment.stack.unavailable("memray"):
                        yield Piece(partial(_without, why, launch, case))
                        continue
                    yield self._piece(self._at_rest, launch, case, AT_REST)

    def _piece(self, look: Look, launch: int, case: Case, part: str | None = None) -> Piece[Found]:
        alone = not self.plan.may_run_twice(case)
        return Piece(partial(self._observe, look, launch, case, part), alone)

    def _observe(self, look: Look, launch: int, case: Case, part: str | None, stream: CoreStream) -> Generator[Found]:
        """What one fresh process shows, or why it shows nothing: then only that `part` of a case is missing, if any."""
        if case.id in self.failed:
            return
        try:
            with self.plan.on(stream).launch(launch) as agent:
                found = look(launch, case, agent, stream)
        except AgentError as error:
            if part is None:
                self.failed.add(case.id)
            found = MissingSample.invalid(case.id, Pass.STARTUP, error, part)
        self.imports.setdefault(case.id, [])
        yield found

    def _start(self, launch: int, case: Case, agent: Agent, stream: CoreStream) -> Found:
        before = agent.call("references", count=_REFERENCES)
        found = agent.call("startup", timeout_s=_LONGEST_S, imports=self.imports.get(case.id), **self._asked(case))
        after = agent.call("references", count=_REFERENCES)
        if (learned := found.pop("libraries")) is not None:
            self.imports[case.id] = learned
        return CaseStartupSample(
            case=case.id,
            launch=launch,
            core=stream.core,
            hash_seed=self.plan.hash_seed(launch),
            reference_us=tuple(round(us, 3) for us in (*before, *after)),
            **found,
        )

    def _build(self, launch: int, case: Case, agent: Agent, _stream: CoreStream) -> Found:
        imports = self.imports[case.id]
        found = agent.call("build_parts", timeout_s=_LONGEST_S, target=case.target, imports=imports)
        return BuildSample(case=case.id, launch=launch, hash_seed=self.plan.hash_seed(launch), **found)

    def _at_rest(self, launch: int, case: Case, agent: Agent, _stream: CoreStream) -> Found:
        imports = self.imports[case.id]
        found = agent.call("at_rest", timeout_s=_LONGEST_TRACKED_S, imports=imports, **self._asked(case))
        return AtRestSample(case=case.id, launch=launch, hash_seed=self.plan.hash_seed(launch), **found)

    def _asked(self, case: Case) -> dict[str, Any]:
        asked = self.plan.arguments(case)
        return {"target": asked["target"], "request": asked["request"]}


def _without(why: str, launch: int, case: Case, _stream: CoreStream) -> Generator[Found]:
    """What no launch shows is said once."""
    if launch == 1:
        yield MissingSample(
            case=case.id, during=Pass.STARTUP, scenario=AT_REST, kind="skipped", reason=why, this_pass_only=True
        )


def _observations(given: PassInputs) -> int:
    effort = given.plan.effort
    return len(started_cases(given.plan)) * (effort.startup_launches + effort.build_launches + effort.at_rest_launches)


def _duration_s(given: PassInputs, _made: int) -> float:
    """First launches come before the others of their case; what may run at once shares the cores."""
    plan, cases = given.plan, started_cases(given.plan)
    at_once = len(plan.stream_cores())
    first_s = {case: launch_s(plan, _START_S) + plan.costs.call_s(case.id) for case in cases}
    shared_s = sum(_launches_s(plan, case) for case in cases if plan.may_run_twice(case))
    alone_s = sum(_launches_s(plan, case) for case in cases if not plan.may_run_twice(case))
    longest_s = max(first_s.values(), default=0.0)
    return longest_s + max(0.0, shared_s - longest_s) / at_once + alone_s


def _launches_s(plan: Plan, case: Case) -> float:
    effort, call_s, start_s = plan.effort, plan.costs.call_s(case.id), launch_s(plan, _START_S)
    return (
        effort.startup_launches * (start_s + call_s)
        + effort.build_launches * start_s
        + effort.at_rest_launches * (launch_s(plan, _TRACKED_S) + _SLOWED * call_s)
    )


SPEC = PassSpec(
    Pass.STARTUP,
    "start-up",
    lambda given: measure(given.plan),
    observations=_observations,
    duration_s=_duration_s,
    quick=False,
)

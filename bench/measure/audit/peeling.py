"""CPU time of every case as it is, and without each of its middlewares, in windows of one process on one core."""

from __future__ import annotations

from collections.abc import Generator
from random import Random
from typing import Any

from bench.answers.app_response import AppResponse
from bench.answers.right_answer import AnswerCheck
from bench.measure.audit import over_streams
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.effort import MEASURE_LONGER
from bench.measure.audit.inputs import AuditInputs, Without
from bench.measure.audit.launches import Found, Observe, Round
from bench.measure.audit.windows import calibrated, side_by_side
from bench.model.audit import PeelSample
from bench.model.run import MissingSample, Windows
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent

_NONE = Windows(calls=0, cpu_us=(), wall_us=(), gc_us=(), reference_us=())
# To build a stack, to ask it twice, and once more for each window's first call.
_PREPARED_CALLS = 3.0


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case, launch, and what is left out; the launch is the replicate."""

    def observing(inputs: AuditInputs, launch: int) -> Observe:
        return _PeelLaunch(inputs, launch, inputs.plan.random("arms", launch)).observe

    launches = inputs.effort.peel_launches
    yield from over_streams.repeated(inputs, Round(Pass.TIMING), launches, observing, inputs.failed)
    for case in inputs.cases:
        if not inputs.effort.peel_each and len(inputs.middleware(case)) > 1:
            reason = f"middlewares weren't left out one by one, since there was no time; {MEASURE_LONGER}"
            yield MissingSample(case=case.id, during=Pass.BOUNDARIES, kind="skipped", reason=reason)


class _PeelLaunch:
    def __init__(self, inputs: AuditInputs, launch: int, order: Random) -> None:
        self._inputs = inputs
        self._launch = launch
        self._order = order

    def observe(self, agent: Agent, case: Case) -> list[PeelSample]:
        known = {left_out: self._same(agent, case, left_out) for left_out in self._inputs.peels(case)}
        sides = {left_out: f"{case.id} without {','.join(map(str, left_out))}" for left_out in known if known[left_out]}
        calls = calibrated(self._inputs, agent, case)
        windows = side_by_side(self._inputs, agent, case, [case.id, *sides.values()], calls, self._order)
        whole = windows[case.id]
        samples = [self._sample(case, left_out, whole, windows[side]) for left_out, side in sides.items()]
        changed = [left_out for left_out, same in known.items() if same is False]
        samples += [self._sample(case, left_out, _NONE, _NONE, same=False) for left_out in changed]
        return samples if sides else [*samples, self._sample(case, (), whole, whole)]

    def _same(self, agent: Agent, case: Case, left_out: Without) -> bool | None:
        """Whether the answer stays the same without them; None where they can't be left out."""
        middleware = [one.model_dump(include={"name", "of", "place"}) for one in self._inputs.app.middleware]
        reply: dict[str, Any] | None = agent.call(
            "prepare_without", **self._inputs.plan.arguments(case), middleware=middleware, without=left_out
        )
        if reply is None:
            return None
        return "failed" not in reply and not AnswerCheck(self._inputs.right[case.id]).mismatch(AppResponse.of(reply))

    def _sample(
        self, case: Case, left_out: Without, whole: Windows, peeled: Windows, *, same: bool = True
    ) -> PeelSample:
        return PeelSample(
            case=case.id,
            launch=self._launch,
            core=self._inputs.core,
            hash_seed=self._inputs.plan.hash_seed(self._launch),
            without=left_out,
            same_answer=same,
            whole=whole,
            peeled=peeled,
        )


def _sides(inputs: AuditInputs) -> float:
    """How many forms a case has, on average."""
    return sum(1 + len(inputs.peels(case)) for case in inputs.cases) / max(1, len(inputs.cases))


def _launch_s(inputs: AuditInputs) -> float:
    sides = _sides(inputs)
    return inputs.launch_s + inputs.windows_s(inputs.effort.pairs, sides) + inputs.call_s(_PREPARED_CALLS * sides)


def _expected_s(inputs: AuditInputs) -> float:
    effort = inputs.effort
    return effort.wait_budget_s / 2 + over_streams.repeated_s(inputs, effort.peel_launches, _launch_s)


SPEC = AuditPass(
    "CPU time, with and without each middleware",
    measure,
    observations=lambda inputs: over_streams.observations(
        inputs, inputs.effort.peel_launches, lambda own: round(len(own.cases) * _sides(own))
    ),
    expected_s=_expected_s,
)

"""CPU time of each part of a request in process, by timers at the boundaries between parts."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from time import perf_counter

from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Round, each
from bench.measure.audit.windows import calibrated
from bench.model.audit import PartSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent
from bench.stats.windows import SLOWED, enough_undisturbed, undisturbed_mask

# The timers make a request up to this many times as long, and what they cost is measured with each pair of windows.
_TIMED, _PAIR_S = 1.6, 0.016


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case and launch, each with plain and timed windows in turns."""
    failed, again = set(inputs.failed), _Patience(inputs.effort.wait_budget_s)
    for launch in range(inputs.effort.part_launches):

        def observe(agent: Agent, case: Case, launch: int = launch) -> list[PartSample]:
            return [_sample(inputs, agent, case, launch, again)]

        yield from each(inputs, Round(Pass.BOUNDARIES, launch, traced=True), observe, failed)


@dataclass
class _Patience:
    """How long measuring again may take, in all."""

    left_s: float


def _sample(inputs: AuditInputs, agent: Agent, case: Case, launch: int, again: _Patience) -> PartSample:
    """Measured again where somebody else slowed most of the windows: as the reference says, never what they cost."""
    calls, pairs = calibrated(inputs, agent, case), inputs.windows(case, inputs.effort.pairs)
    limit_s, limit_us = inputs.plan.costs.time_limit_s(case.id, 2 * pairs * calls), inputs.core.quiet_us()
    while True:
        inputs.core.wait_for_undisturbed_core(agent, limit_us)
        begin_s = perf_counter()
        found = agent.call("part_windows", timeout_s=limit_s, case=case.id, calls=calls, pairs=pairs)
        seed = inputs.plan.hash_seed(launch)
        sample = PartSample(case=case.id, launch=launch, hash_seed=seed, **found)
        references = sample.plain.reference_us, sample.timed.reference_us
        quiet = all(enough_undisturbed(undisturbed_mask(seen, limit_us / SLOWED)) for seen in references)
        if quiet or again.left_s <= 0:
            return sample
        again.left_s -= perf_counter() - begin_s


def _expected_s(inputs: AuditInputs) -> float:
    effort = inputs.effort
    pairs_s = _PAIR_S * sum(inputs.windows(case, effort.pairs) for case in inputs.cases)
    return effort.part_launches * (inputs.launch_s + inputs.windows_s(effort.pairs, 1 + _TIMED) + pairs_s)


SPEC = AuditPass(
    "parts of each request",
    measure,
    observations=lambda inputs: inputs.effort.part_launches * len(inputs.cases),
    expected_s=_expected_s,
)

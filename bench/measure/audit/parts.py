"""CPU time of each part of a request in process, by timers at the boundaries between parts."""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter

from bench.measure.audit import over_streams
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Observe, Round
from bench.measure.audit.windows import calibrated, core_speed
from bench.model.audit import PartSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent
from bench.stats.windows import SLOWED, enough_undisturbed, undisturbed_mask

# The timers make a request up to this many times as long, and what they cost is measured with each pair of windows.
_TIMED, _PAIR_S = 1.6, 0.016


_Patience = dict[int | None, float]
"""How long measuring again may still take on each core, in all, in s."""


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case and launch, each with plain and timed windows in turns."""
    again = dict.fromkeys(inputs.cores, inputs.effort.wait_budget_s)

    def observing(inputs: AuditInputs, launch: int) -> Observe:
        return lambda agent, case: [_sample(inputs, agent, case, launch, again)]

    this = Round(Pass.BOUNDARIES, traced=True)
    yield from over_streams.repeated(inputs, this, inputs.effort.part_launches, observing, set(inputs.failed))


def _sample(inputs: AuditInputs, agent: Agent, case: Case, launch: int, again: _Patience) -> PartSample:
    """Measured again where somebody else slowed most of the windows: as the reference says, never what they cost."""
    core = core_speed(inputs, agent)
    calls, pairs = calibrated(inputs, agent, case), inputs.windows(case, inputs.effort.pairs)
    limit_s, limit_us = inputs.plan.costs.time_limit_s(case.id, 2 * pairs * calls), core.quiet_us()
    while True:
        core.wait_for_undisturbed_core(agent, limit_us)
        begin_s = perf_counter()
        found = agent.call("part_windows", timeout_s=limit_s, case=case.id, calls=calls, pairs=pairs)
        seed = inputs.plan.hash_seed(launch)
        sample = PartSample(case=case.id, launch=launch, core=inputs.core, hash_seed=seed, **found)
        references = sample.plain.reference_us, sample.timed.reference_us
        quiet = all(enough_undisturbed(undisturbed_mask(seen, limit_us / SLOWED)) for seen in references)
        if quiet or again[inputs.core] <= 0:
            return sample
        again[inputs.core] -= perf_counter() - begin_s


def _launch_s(inputs: AuditInputs) -> float:
    pairs = inputs.effort.pairs
    timers_s = _PAIR_S * sum(inputs.windows(case, pairs) for case in inputs.cases)
    return inputs.launch_s + inputs.windows_s(pairs, 1 + _TIMED) + timers_s


SPEC = AuditPass(
    "parts of each request",
    measure,
    observations=lambda inputs: over_streams.observations(
        inputs, inputs.effort.part_launches, lambda own: len(own.cases)
    ),
    expected_s=lambda inputs: over_streams.repeated_s(inputs, inputs.effort.part_launches, _launch_s),
)

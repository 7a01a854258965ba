"""The passes of an audit in their order, and how much of each there is time for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.measure.audit import allocations, memory, parts, peeling, retained, served_parts, startup, waterfall
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.effort import BUDGET_S, LEVELS, AuditEffort
from bench.measure.audit.inputs import AuditInputs
from bench.model.workload import EffortName

PASSES = (
    peeling.SPEC,
    parts.SPEC,
    allocations.SPEC,
    memory.SPEC,
    retained.SPEC,
    waterfall.SPEC,
    startup.SPEC,
    served_parts.SPEC,
)
"""First what touches nothing: a case that fails there isn't asked by the others."""


def fitted(inputs: AuditInputs, effort: EffortName) -> AuditInputs:
    """The inputs with as much effort as its time allows, or else the least."""
    return _within(inputs, LEVELS[effort], PASSES, _budget_s(inputs, effort))


def refitted(inputs: AuditInputs, effort: EffortName, done: int, spent_s: float) -> AuditInputs:
    """The same or less effort for what comes after so many passes, if those have taken longer than expected."""
    expected = expected_s(inputs, PASSES[:done])
    slowdown = max(1.0, spent_s / expected) if expected else 1.0
    levels = LEVELS[effort][LEVELS[effort].index(inputs.effort) :]
    return _within(inputs, levels, PASSES[done:], (_budget_s(inputs, effort) - spent_s) / slowdown)


def _budget_s(inputs: AuditInputs, effort: EffortName) -> float:
    return BUDGET_S[effort] - min(inputs.before_s, BUDGET_S[effort] / 2)


def expected_s(inputs: AuditInputs, of: Sequence[AuditPass] = PASSES) -> float:
    """How long these passes take together."""
    return sum(one.expected_s(inputs) for one in of)


def _within(
    inputs: AuditInputs, levels: Sequence[AuditEffort], of: Sequence[AuditPass], budget_s: float
) -> AuditInputs:
    fitting = (one for level in levels if expected_s(one := replace(inputs, effort=level), of) <= budget_s)
    return next(fitting, replace(inputs, effort=levels[-1]))

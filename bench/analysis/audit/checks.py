"""Whether the figures of a case are valid, and what a reader of them has to know. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.analysis.audit.parts import PartCosts
from bench.analysis.audit.peeling import Peeling
from bench.analysis.audit.samples import CaseSamples
from bench.model.app import AppDescription
from bench.model.workload import Case, Pass
from bench.stats.intervals import Estimate
from bench.text.numbers import number

CLOSES, SERVED_CLOSES = 0.05, 0.10
"""Shares of the whole that the parts may leave unexplained."""
_CLOSES_US = 5.0
_TASKS_LEFT = 0.5
_BELOW = 0.02
"""A share of the whole that no part may be below zero."""
_ENOUGH_LAUNCHES, _UNCERTAIN = 3, 0.5
_WHERE = {
    Pass.BOUNDARIES: "parts",
    Pass.ALLOCATIONS: "allocations",
    Pass.MEMORY: "memory",
    Pass.LOAD: "behind a server",
}


@dataclass(frozen=True)
class CaseEvidence:
    """What is known of one case: None where it wasn't measured, or only on a disturbed core."""

    app: AppDescription
    case: Case
    samples: CaseSamples
    whole_us: Estimate | None
    peeled: Peeling
    timed: PartCosts | None
    served: PartCosts | None


def invalid_because(samples: CaseSamples, peeled: Peeling) -> Iterator[str]:
    """Why the figures of a case aren't valid."""
    failed = [absence for absence in samples.absences if absence.kind == "invalid" and absence.during is Pass.TIMING]
    yield from (absence.reason for absence in failed)
    if peeled.whole_us is None and not failed:
        if peeled.launches:
            of = f"in {peeled.undisturbed_launches} of {peeled.launches} launches"
            yield f"core undisturbed only {of}; measure again when the machine is less busy"
        else:
            yield "not measured"


def limitations(found: CaseEvidence) -> Iterator[str]:
    """What a reader of the figures has to know."""
    whole = found.whole_us
    if whole is not None and whole.n < _ENOUGH_LAUNCHES:
        yield f"{whole.n} launches: too few for a narrow interval"
    if whole is not None and (whole.half_width or 0.0) > _UNCERTAIN * whole.mean:
        yield "its cost is known to no better than a half; measure again when the machine is less busy, or longer"
    if found.case.compared in ("shape", "type"):
        yield f"the response differs from request to request: only its status and {found.case.compared} are checked"
    for left_out in sorted(found.peeled.changed):
        names = ", ".join(found.app.middleware[index].name for index in left_out)
        yield f"without {names} the response is another one: the cost is by timers alone"
    yield from _of_parts(found)
    if found.served is not None:
        yield from _misfit("behind the server", found.served.whole_us, found.served, SERVED_CLOSES)
    elif found.samples.served:
        yield "behind the server: the core was disturbed"
    for absence in found.samples.absences:
        if absence.during is not Pass.TIMING:
            yield f"{_WHERE.get(absence.during, absence.during)}: {absence.reason}"


def _of_parts(found: CaseEvidence) -> Iterator[str]:
    if found.timed is None:
        if found.samples.parts:
            yield "parts: the core was disturbed"
        return
    yield from _misfit("in process", found.whole_us, found.timed, CLOSES)
    if (left := max(sample.tasks_left for sample in found.samples.parts)) >= _TASKS_LEFT:
        many = f"{number(left)} on average"
        yield f"a request leaves tasks running after its answer ({many}): what they cost shows only behind a server"
    if found.timed.corrected:
        yield "parts: the core was slow in most windows of a launch; they are corrected by its measured speed"


def _misfit(where: str, whole: Estimate | None, costs: PartCosts, share: float) -> Iterator[str]:
    """How the parts don't fit the whole."""
    off_us = whole.mean - costs.sum_us if whole else 0.0
    if whole and abs(off_us) > max(share * whole.mean, _CLOSES_US):
        yield f"{where}, the parts leave {number(off_us)} of {number(whole.mean)} µs unexplained"
    below = min(costs.parts_us.items(), key=lambda one: one[1].mean, default=None)
    if whole and below and below[1].mean < -max(_BELOW * whole.mean, _CLOSES_US):
        off = f"{below[0].name} comes out at {number(below[1].mean)} µs"
        yield f"{where}, {off}: timers cost too much on this route for exact parts"
    if costs.missing:
        yield f"{where}, boundaries not found: {', '.join(costs.missing)}"

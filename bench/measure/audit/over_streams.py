"""The launches of a pass on every core at once, each on a core of its own; what needs quiet with nothing beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial

from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Observe, Round, each
from bench.runner import streams
from bench.runner.streams import CoreStream, Piece

Observing = Callable[[AuditInputs, int], Observe]
"""What observes each case of one launch, of the inputs of the stream on which that runs."""

_Share = tuple[AuditInputs, Round, bool]


def repeated(
    inputs: AuditInputs, this: Round, launches: int, observing: Observing, failed: set[str]
) -> Generator[Found]:
    """So many launches of every case, and as many more as leave no core idle at the end: those take no time. Cases that
    need quiet have launches of their own after the others."""
    shared, quiet = _beside_others(inputs)
    shares = [(shared, replace(this, launch=launch), False) for launch in range(_filling(inputs, launches))]
    shares += [(quiet, replace(this, launch=launch), True) for launch in range(launches)]
    return _observed(inputs, shares, observing, failed)


def dealt(inputs: AuditInputs, this: Round, observing: Observing, failed: set[str]) -> Generator[Found]:
    """One launch on each core of its share of the cases, for what is the same in every launch."""
    shared, quiet = _shares(inputs)
    shares = [*((own, this, False) for own in shared), (quiet, this, True)]
    return _observed(inputs, shares, observing, failed)


def repeated_s(inputs: AuditInputs, launches: int, one_s: Callable[[AuditInputs], float]) -> float:
    """How long `repeated` takes, in s, if one launch takes `one_s`."""
    shared, quiet = _beside_others(inputs)
    turns = _filling(inputs, launches) // len(inputs.cores)
    return turns * _if_any(shared, one_s) + launches * _if_any(quiet, one_s)


def dealt_s(inputs: AuditInputs, one_s: Callable[[AuditInputs], float]) -> float:
    """The same of `dealt`."""
    shared, quiet = _shares(inputs)
    return max(_if_any(own, one_s) for own in shared) + _if_any(quiet, one_s)


def observations(inputs: AuditInputs, launches: int, one: Callable[[AuditInputs], int]) -> int:
    """How many `repeated` makes, if one launch makes so many."""
    shared, quiet = _beside_others(inputs)
    return _filling(inputs, launches) * one(shared) + launches * one(quiet)


def _observed(inputs: AuditInputs, shares: list[_Share], observing: Observing, failed: set[str]) -> Generator[Found]:
    with closing(streams.observe(inputs.cores, _pieces(shares, observing, failed))) as observed:
        yield from observed


def _pieces(shares: list[_Share], observing: Observing, failed: set[str]) -> Iterator[Piece[Found]]:
    for own, this, alone in shares:
        if any(case.id not in failed for case in own.cases):
            yield Piece(partial(_launch, own, this, observing, failed), alone)


def _launch(
    own: AuditInputs, this: Round, observing: Observing, failed: set[str], stream: CoreStream
) -> Generator[Found]:
    here = own.on(stream)
    yield from each(here, this, observing(here, this.launch), failed)


def _beside_others(inputs: AuditInputs) -> tuple[AuditInputs, AuditInputs]:
    """The cases that may be measured on several cores at once, and those that need quiet; all do on one core."""
    several = len(inputs.cores) > 1
    shared = {case.id for case in inputs.cases if several and not inputs.plan.needs_quiet(case)}
    return (
        inputs.only(case for case in inputs.cases if case.id in shared),
        inputs.only(case for case in inputs.cases if case.id not in shared),
    )


def _shares(inputs: AuditInputs) -> tuple[list[AuditInputs], AuditInputs]:
    """Of the first a share for each core, all of which take about as long."""
    shared, quiet = _beside_others(inputs)
    slowest_first = sorted(shared.cases, key=lambda case: -inputs.plan.costs.call_s(case.id))
    cores = len(inputs.cores)
    return [shared.only(slowest_first[core::cores]) for core in range(cores)], quiet


def _filling(inputs: AuditInputs, launches: int) -> int:
    cores = len(inputs.cores)
    return cores * math.ceil(launches / cores)


def _if_any(own: AuditInputs, one_s: Callable[[AuditInputs], float]) -> float:
    return one_s(own) if own.cases else 0.0

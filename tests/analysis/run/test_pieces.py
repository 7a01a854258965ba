"""A chunk or a message costs what lies between few and many of them, launch by launch, whatever the request costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.analysis.run.figures import Allocations, Standing
from bench.analysis.run.pieces import PieceCost, piece_costs
from bench.analysis.run.summary import summarise
from bench.model.run import AllocationSample, MissingSample, Run, Sample
from bench.model.workload import Case, Pass
from bench.report.exports.run_metrics import of_piece
from tests.factories import synthetic_run, timing_sample

LAUNCHES = 5
FIXED_US, CHUNK_US, PARENTS_US = 80.0, 12.0, 2.0


def stream(target: str, pieces: int, over: str | None = None, websocket: bool = False) -> Case:
    return Case(
        target=target,
        request=f"sse{pieces}",
        over=over,
        parent_id=f"{over}:sse{pieces}" if over else None,
        adds=target,
        description="",
        chunks=None if websocket else pieces,
        messages=pieces if websocket else None,
        source_sha256="ab",
    )


def a_run(cases: tuple[Case, ...], samples: list[Sample], absences: tuple[MissingSample, ...] = ()) -> Run:
    changed = {"cases": cases, "samples": tuple(samples), "absences": absences}
    return synthetic_run().model_copy(update=changed)


def timed(case: Case, piece_us: float) -> Iterator[Sample]:
    """A launch is dearer than the one before in what the request costs, and by nothing in what a piece does."""
    for launch in range(LAUNCHES):
        cost_us = FIXED_US + 10 * launch + piece_us * (case.pieces or 0)
        yield timing_sample(case.id, launch, (cost_us,))


def counted(case: Case) -> Sample:
    pieces = case.pieces or 0
    allocs = 4 * (90 + 7 * pieces)
    return AllocationSample(case=case.id, launch=0, hash_seed=0, requests=4, allocs=allocs, alloc_bytes=100 * allocs)


def costs_of(run: Run) -> tuple[PieceCost, ...]:
    return piece_costs(summarise(run))


def test_a_chunk_costs_the_slope_and_the_request_what_is_left() -> None:
    few, many = stream("own", 1), stream("own", 100)
    samples = [*timed(few, CHUNK_US), *timed(many, CHUNK_US), counted(few), counted(many)]
    (cost,) = costs_of(a_run((many, few), samples))
    assert cost.cpu_us.value is not None
    assert cost.opening_us.value is not None
    assert cost.cpu_us.value.mean == pytest.approx(CHUNK_US)
    assert cost.cpu_us.value.half_width == pytest.approx(0, abs=1e-6)
    assert cost.opening_us.value.mean == pytest.approx(FIXED_US + 20)
    assert cost.counted == Allocations(7, 700, agree=True, launches=1)
    assert (cost.kind, cost.name, cost.added_us) == ("chunk", "sse", None)


def test_counts_have_the_launches_that_counted_and_disagree_where_these_do() -> None:
    few, many = stream("own", 1), stream("own", 100)
    again = counted(many).model_copy(update={"launch": 1, "allocs": 4 * (90 + 7 * 100 + 99)})
    samples = [*timed(few, CHUNK_US), *timed(many, CHUNK_US), counted(few), counted(many), again]
    (cost,) = costs_of(a_run((few, many), samples))
    assert cost.counted is not None
    assert (cost.counted.launches, cost.counted.agree) == (1, False)
    assert {figure.n for name, _, figure in of_piece(cost) if "alloc" in name} == {1}


def test_what_a_chunk_adds_is_over_the_parents() -> None:
    cases = tuple(
        stream(*which) for which in (("below", 1), ("below", 100), ("own", 1, "below"), ("own", 100, "below"))
    )
    samples = [one for case in cases for one in timed(case, CHUNK_US if case.target == "own" else PARENTS_US)]
    below, own = costs_of(a_run(cases, samples))
    assert below.added_us is None
    assert own.added_us is not None
    assert own.added_us.mean == pytest.approx(CHUNK_US - PARENTS_US)


def test_a_message_is_called_one() -> None:
    few, many = stream("own", 1, websocket=True), stream("own", 100, websocket=True)
    (cost,) = costs_of(a_run((few, many), [*timed(few, 5.0), *timed(many, 5.0)]))
    assert (cost.kind, cost.counted) == ("message", None)


def test_one_request_alone_has_no_slope() -> None:
    alone = stream("own", 100)
    assert costs_of(a_run((alone,), list(timed(alone, 5.0)))) == ()


def test_where_one_of_both_failed_there_is_a_reason_and_no_figure() -> None:
    few, many = stream("own", 1), stream("own", 100)
    failed = MissingSample.invalid(many.id, Pass.TIMING, "the agent was ended by signal 9")
    (cost,) = costs_of(a_run((few, many), [*timed(few, 5.0), counted(few), counted(many)], (failed,)))
    assert cost.counted is not None
    assert [(name, figure.n) for name, _, figure in of_piece(cost)] == [("chunk_allocs", 1), ("chunk_alloc_bytes", 1)]
    assert cost.cpu_us.value is None
    assert cost.cpu_us.standing is Standing.INVALID
    assert cost.cpu_us.reasons == ("the agent was ended by signal 9",)

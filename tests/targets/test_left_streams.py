"""What becomes of a stream whose client leaves, on the default stack, served by its uvicorn over a real connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan

from bench.analysis.run.left_streams import OWN_END, LeftStream, left_stream
from bench.measure import facts
from bench.model.run import FactSample
from bench.stack.environment import Environment

# A busy app may see its client leave too late to say so.
pytestmark = pytest.mark.measures

CHUNKS = 20
"""Of `targets/_left.py`."""


@pytest.fixture(scope="module")
def left(environment: Environment, root: Path) -> Mapping[str, LeftStream]:
    every = plan(environment, root / "targets")
    cases = {case.id: case for case in every.cases if case.leaves_after is not None}
    found: dict[str, LeftStream] = {}
    for sample in facts.measure(replace(every, cases=tuple(cases.values()))):
        assert isinstance(sample, FactSample), sample
        stream = left_stream(cases[sample.case], sample)
        assert stream is not None, sample
        found[sample.case] = stream
    assert found.keys() == cases.keys()
    return found


@pytest.mark.parametrize(
    "case",
    [
        "stream_left:async_generator",
        "stream_left:silent_generator",
        "stream_left:base_middleware",
        "stream_left_yield:sse",
        "stream_left_yield:silent_sse",
        "stream_left_yield:jsonl",
    ],
)
def test_starlette_and_fastapi_close_an_async_generator_before_its_own_end(
    left: Mapping[str, LeftStream], case: str
) -> None:
    assert left[case].was_closed, left[case]
    assert left[case].chunks_unread is not None


@pytest.mark.parametrize("case", ["stream_left:plain_generator", "stream_left_yield:plain_sse"])
def test_a_plain_generator_makes_no_more_chunks_and_is_left_to_the_garbage_collector(
    left: Mapping[str, LeftStream], case: str
) -> None:
    assert left[case].by in (None, "GeneratorExit"), left[case]
    assert left[case].chunks_unread is not None
    assert left[case].chunks_unread < CHUNKS / 2


def test_nobody_stops_a_raw_app_that_does_not_listen(left: Mapping[str, LeftStream]) -> None:
    raw = left["stream_left:raw_asgi"]
    assert (raw.by, raw.chunks_unread) == (OWN_END, CHUNKS - 2)
    assert raw.after_ms is not None

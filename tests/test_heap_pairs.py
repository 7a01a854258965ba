"""Two stacks' heaps: by function, by layer, by real agents, and read back as they were kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import plan, write_target

from bench import heap_pairs
from bench.engine.arms import Arms
from bench.frames import Stack
from bench.heap_pairs import Counted, HeapDifference, HeapPairs, by_function, counted
from bench.model import Pass
from bench.recording import Recording
from bench.stack.build import Environment
from bench.stack.recipe import of_requirements
from bench.two_stacks import Asked
from tests.profiles import heap_pair, write_heap_pairs
from tests.profiles import heap_pairs as kept
from tests.test_splice import STACKS

HELD = st.dictionaries(
    st.tuples(STACKS, st.integers(1, 99)).map(lambda found: (*found[0], f"{found[0][-1]}:{found[1]}")),
    st.integers(1, 10**6),
    max_size=20,
)


@given(held=HELD)
def test_without_lines_no_byte_is_lost_and_no_line_is_left(held: dict[Stack, int]) -> None:
    found = by_function(held)
    assert sum(found.values()) == sum(held.values())
    assert not any(frame.rpartition(":")[2].isdecimal() for stack in found for frame in stack)
    assert {stack[:-1] for stack in held} == found.keys()


def test_what_has_no_line_stays_as_it_is() -> None:
    native = {("asyncpg.protocol:<native>",): 5, ("targets.a:get:7",): 3}
    assert by_function(native) == {("asyncpg.protocol:<native>",): 5, ("targets.a:get",): 3}


def test_a_layer_that_only_one_side_allocates_in_is_counted_with_nothing_on_the_other() -> None:
    pairs = [heap_pair(launch, {"handler": 10}, {"handler": 12, "json": 3}) for launch in range(2)]
    assert counted(pairs) == (
        Counted("json", (0.0, 3.0), (0.0, 150.0)),
        Counted("handler", (10.0, 12.0), (500.0, 600.0)),
    )
    untaken = pairs[0].model_copy(update={"base": pairs[0].base.model_copy(update={"allocs": None})})
    assert counted([untaken, pairs[1]]) == ()


def test_a_line_that_moved_is_no_change_and_is_named_where_it_was_and_where_it_is(tmp_path: Path) -> None:
    pairs = kept([heap_pair(launch, {"fastapi": 5}, {"fastapi": 5}) for launch in range(3)])
    at = ("run:a", "fastapi.routing:app")
    base = {
        (*at, "fastapi.routing:app:10"): 500,
        (*at, "fastapi.routing:app:11"): 90,
        (*at, "csv:writer", "csv:writer:5"): 7,
    }
    head = {
        (*at, "fastapi.routing:app:30"): 500,
        (*at, "fastapi.routing:app:31"): 1090,
        (*at, "csv:writer", "csv:writer:5"): 7,
    }
    write_heap_pairs(tmp_path, pairs, base, head)
    (one,) = heap_pairs.differences(pairs, tmp_path)
    assert isinstance(one, HeapDifference)
    first, *others = one.found.functions
    assert (first.name, first.change.mean, first.change.low) == ("fastapi.routing:app", 1.0, 1.0)
    assert all(other.change.mean == 0 for other in others)
    assert one.lines["fastapi.routing:app"] == ("fastapi.routing:app:10", "fastapi.routing:app:31")
    assert one.exact


def test_launches_that_count_differently_are_not_exact(tmp_path: Path) -> None:
    pairs = kept([heap_pair(0, {"json": 5}, {"json": 5}), heap_pair(1, {"json": 5}, {"json": 6})])
    write_heap_pairs(tmp_path, pairs, {("run:a",): 1}, {("run:a",): 1})
    (one,) = heap_pairs.differences(pairs, tmp_path)
    assert not one.exact
    assert one.counted[0].allocs == (5.0, 5.5)


class Silent:
    """Progress that nobody looks at."""

    def begin(self, expected_s: object) -> None:
        assert expected_s

    def observed(self, during: Pass, what: str, worth_s: float) -> None:
        assert during is Pass.MEMORY

    def ended(self, during: Pass) -> None:
        assert during is Pass.MEMORY


def test_both_stacks_are_looked_at_and_read_back(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heap_pairs, "LAUNCHES", 2)
    write_target(tmp_path, "listing", "rows = [str(number) for number in range(20_000)]")
    write_target(tmp_path, "broken", "raise ValueError('no use')")
    ready, recipe = plan(environment, tmp_path), of_requirements((), "the same")
    arms = Arms(ready, ready)
    recording: Recording[HeapPairs] = heap_pairs.begin(Asked(arms, (recipe, recipe)), tmp_path / "kept", tmp_path)
    heap_pairs.measure(recording, arms, Silent())
    stored = heap_pairs.load(tmp_path / "kept")
    assert stored.complete
    assert [(one.launch, one.head_first) for one in stored.samples] == [(0, False), (1, True)]
    assert ["no use" in one.reason for one in stored.absences] == [True]
    (found,) = heap_pairs.differences(stored, tmp_path / "kept")
    assert found.found.change.mean == pytest.approx(0, abs=1.0)
    assert found.found.head > 20_000 * 50 / 1e3
    assert found.lines["targets.listing:app"][0].startswith("targets.listing:app:")
    assert found.exact
    assert [one.layer for one in found.counted if one.allocs[1] > 19_000] == ["handler"]
    assert (tmp_path / "kept" / "head.lock").read_text() == environment.lock

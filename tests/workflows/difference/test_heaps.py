"""Two stacks' heaps: by function, by layer, by real agents, and read back as they were kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import plan, write_target

from bench.analysis.comparison.heap_diff import Counted, HeapDifference, by_function, counted
from bench.measure import heap
from bench.measure.heap import Observed
from bench.model.diff import HeapDiff
from bench.model.workload import Case, Pass
from bench.profiles.folded import Stack
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.runner.plan import Plan
from bench.stack.environment import Environment
from bench.stack.recipe import of_requirements
from bench.store import diffs, documents
from bench.store.recording import Recording
from bench.workflows.difference import diff, heaps
from bench.workflows.difference.diff import DiffRequest
from tests.profile_runs import heap_pair, write_heap_pairs
from tests.profile_runs import heap_pairs as kept
from tests.profiles.test_diff_tree import STACKS

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
    (one,) = diffs.heap_differences(pairs, tmp_path)
    assert isinstance(one, HeapDifference)
    first, *others = one.found.functions
    assert (first.name, first.change.mean, first.change.low) == ("fastapi.routing:app", 1.0, 1.0)
    assert all(other.change.mean == 0 for other in others)
    assert one.lines["fastapi.routing:app"] == ("fastapi.routing:app:10", "fastapi.routing:app:31")
    assert one.exact


def test_launches_that_count_differently_are_not_exact(tmp_path: Path) -> None:
    pairs = kept([heap_pair(0, {"json": 5}, {"json": 5}), heap_pair(1, {"json": 5}, {"json": 6})])
    write_heap_pairs(tmp_path, pairs, {("run:a",): 1}, {("run:a",): 1})
    (one,) = diffs.heap_differences(pairs, tmp_path)
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


def begun(arms: PairedPlan, folder: Path) -> Recording[HeapDiff]:
    side = of_requirements((), "the same").side(arms.base.environment.stack)
    return heaps.begin(DiffRequest(arms, (side, side)), folder / "kept", folder)


@pytest.mark.slow
def test_both_stacks_are_looked_at_and_read_back(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heaps, "LAUNCHES", 1)
    write_target(tmp_path, "listing", "rows = [str(number) for number in range(20_000)]")
    ready = plan(environment, tmp_path)
    arms = PairedPlan(ready, ready)
    heaps.measure(begun(arms, tmp_path), arms, Silent())
    stored = documents.HEAP_PAIRS.load(tmp_path / "kept")
    assert stored.complete
    (found,) = diffs.heap_differences(stored, tmp_path / "kept")
    assert found.found.change.mean == pytest.approx(0, abs=1.0)
    assert found.found.head > 20_000 * 50 / 1e3
    assert found.lines["targets.listing:app"][0].startswith("targets.listing:app:")
    assert [one.layer for one in found.counted if one.allocs[1] > 19_000] == ["handler"]
    assert (tmp_path / "kept" / "head.lock").read_text() == environment.lock


@pytest.fixture
def seen(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[PairedPlan, list[str]]:
    """Two cases on two stacks whose looks are made up; the second's head fails at once."""
    for name in ("first", "second"):
        write_target(tmp_path, name, "")
    looks: list[str] = []

    def observe(_plan: Plan, case: Case, launch: int, name: str) -> Observed:
        looks.append(name.removeprefix("heap/"))
        if ".head." in name and case.target == "second":
            raise AgentError("no use")
        pair = heap_pair(launch, {"json": 4}, {"json": 5})
        sample = pair.base.model_copy(update={"case": case.id, "peak_file": f"{name}.peak.folded"})
        return Observed(sample, {sample.peak_file: "run:a;run:a:5 9\n"})

    monkeypatch.setattr(heap, "observe", observe)
    monkeypatch.setattr(diff, "differing", lambda _, paired: (paired, set()))
    ready = plan(environment, tmp_path)
    return PairedPlan(ready, ready), looks


def test_who_is_first_changes_with_the_launch_and_a_case_that_fails_is_not_tried_again(
    seen: tuple[PairedPlan, list[str]], tmp_path: Path
) -> None:
    arms, looks = seen
    heaps.measure(begun(arms, tmp_path), arms, Silent())
    assert looks == [
        *("first.one.base.0", "first.one.head.0", "second.one.base.0", "second.one.head.0"),
        *("first.one.head.1", "first.one.base.1", "first.one.base.2", "first.one.head.2"),
    ]
    stored = documents.HEAP_PAIRS.load(tmp_path / "kept")
    assert [(one.case, one.head_first) for one in stored.samples] == [
        ("first:one", False),
        ("first:one", True),
        ("first:one", False),
    ]
    assert [(one.case, one.reason) for one in stored.absences] == [("second:one", "head: no use")]


def test_what_was_seen_before_an_interruption_is_kept(
    seen: tuple[PairedPlan, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arms, _ = seen

    class Impatient(Silent):
        def observed(self, during: Pass, what: str, worth_s: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        heaps.measure(begun(arms, tmp_path), arms, Impatient())
    stored = documents.HEAP_PAIRS.load(tmp_path / "kept")
    assert not stored.complete
    (found,) = diffs.heap_differences(stored, tmp_path / "kept")
    assert found.found.launches == 1

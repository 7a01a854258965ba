"""What holds memory and what stays behind are named by line and layer, by real agents over targets that do it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import plan, write_target

from bench.analysis.run.heap import AllocationLine, grown, lines, served_grown
from bench.catalog.scenarios import read_scenarios
from bench.measure import heap
from bench.measure.heap import Observed
from bench.measure.job import Job
from bench.model.heap import HeapSample, ServedGrowth
from bench.model.run import MissingSample
from bench.profiles.folded import stacks
from bench.stack.environment import Environment
from bench.stats.leak_slope import Growth

ROOT = Path(__file__).parents[2]
LEAK = "kept = globals().setdefault('kept', [])\nkept.append(bytes(1000))"
BIG_LIST = "rows = [str(number) for number in range(20_000)]\nanswer = rows[-1].encode()"
# A cache that is full: what comes in pushes out what was there.
BOUNDED = """cache = globals().setdefault('cache', {})
cache[calls % 50] = bytes(1000)"""


def jobs(environment: Environment, folder: Path) -> list[Job]:
    ready, file = plan(environment, folder), ROOT / "scenarios" / "hot.py"
    scenario = read_scenarios(file.parent)[file.stem]
    return [Job(ready, case, scenario, file) for case in ready.cases]


Look = Callable[[str], Observed]


@pytest.fixture(scope="module")
def look(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Look:
    """A target by its name, looked at once."""

    @cache
    def looked(name: str) -> Observed:
        folder = tmp_path_factory.mktemp(name)
        write_target(folder, name, {"leaky": LEAK, "listing": BIG_LIST, "bounded": BOUNDED}[name])
        (one,) = heap.measure(jobs(environment, folder))
        assert isinstance(one, Observed)
        return one

    return looked


@pytest.mark.slow
def test_the_line_that_holds_the_peak_is_named_with_its_layer(look: Look) -> None:
    sample, files = look("listing").sample, look("listing").files
    first = lines(stacks(files[sample.peak_file]))[0]
    assert first.layer == "handler"
    assert first.name.startswith("targets.listing:app")
    assert first.name.rpartition(":")[2].isdecimal()
    assert first.size > 0.5 * sample.peak_bytes
    assert sample.peak_bytes > 20_000 * 50
    assert "/" not in files[sample.peak_file]


@pytest.mark.slow
def test_a_kilobyte_left_behind_by_each_request_is_found_and_its_line_named(look: Look) -> None:
    sample, files = look("leaky").sample, look("leaky").files
    found = leaking(sample)
    assert found.leaks
    assert found.each.n == 3
    assert found.each.mean == pytest.approx(1033, rel=0.05)
    assert sample.kept_file is not None
    first = lines(stacks(files[sample.kept_file]))[0]
    assert (first.layer, first.caller) == ("handler", "targets.leaky:app")


@pytest.mark.slow
@pytest.mark.parametrize("case", ["bounded", "listing"])
def test_what_is_replaced_or_given_back_is_no_leak(look: Look, case: str) -> None:
    assert not leaking(look(case).sample).leaks


@pytest.mark.slow
def test_the_leak_shows_in_the_resident_memory_of_the_served_process_too(look: Look) -> None:
    found = served_grown(look("leaky").sample)
    assert found is not None
    assert found.leaks
    assert found.each.n == 3
    assert found.each.mean == pytest.approx(1033, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["bounded", "listing"])
def test_a_served_process_that_keeps_nothing_is_never_called_leaking(look: Look, case: str) -> None:
    found = served_grown(look(case).sample)
    assert found is None or not found.leaks


@pytest.mark.slow
def test_allocations_are_told_by_layer(look: Look) -> None:
    allocs, sizes = look("listing").sample.allocs, look("listing").sample.alloc_bytes
    assert allocs is not None
    assert sizes is not None
    assert allocs["handler"] > 19_000
    assert sizes["handler"] > 20_000 * 50
    assert allocs.keys() == sizes.keys()


def test_an_app_that_fails_is_an_absence_with_its_reason(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "broken", "raise MemoryError('enough')")
    (absence,) = heap.measure(jobs(environment, tmp_path))
    assert isinstance(absence, MissingSample)
    assert "enough" in absence.reason


def sample(*live_bytes: tuple[int, ...], requests: int = 10) -> HeapSample:
    return HeapSample(
        case="a:b",
        hash_seed=1,
        body_bytes=1,
        peak_bytes=1,
        peak_file="a.folded",
        block_requests=requests,
        live_bytes=live_bytes,
    )


def leaking(of: HeapSample) -> Growth:
    found = grown(of)
    assert found is not None
    return found


@given(start=st.integers(0, 10**9), each=st.integers(17, 10**6))
def test_steady_growth_is_what_each_request_leaves(start: int, each: int) -> None:
    launch = tuple(start + 10 * each * block for block in range(7))
    found = leaking(sample(launch, launch, launch))
    assert found.each.mean == pytest.approx(each)
    assert found.leaks


def test_one_jump_is_no_leak_though_every_launch_has_it() -> None:
    assert not leaking(sample(*[(0, 0, 0, 50_000, 50_000, 50_000, 50_000)] * 3)).leaks
    assert not leaking(sample(*[(0, 100, 200, 300, 400, 500, 600)] * 3)).leaks


def test_one_launch_has_no_interval_and_so_no_leak_and_version_1_had_one() -> None:
    old = sample().model_dump() | {"live_bytes": [0, 10_000, 20_000]}
    read = HeapSample.model_validate(old)
    assert read.live_bytes == ((0, 10_000, 20_000),)
    assert leaking(read).each.mean == pytest.approx(1000)
    assert leaking(read).each.low is None
    assert not leaking(read).leaks


def test_too_few_served_requests_say_nothing() -> None:
    one = ServedGrowth(launch=0, requests=(100, 500, 1099), rss_bytes=(0, 10**6, 2 * 10**6))
    more = one.model_copy(update={"requests": (100, 600, 1100)})
    few, many = (sample().model_copy(update={"served": (last,) * 3}) for last in (one, more))
    assert served_grown(few) is None
    found = served_grown(many)
    assert found is not None
    assert found.each.mean == pytest.approx(2000)
    assert found.leaks


def test_too_large_answers_have_no_growth() -> None:
    assert grown(sample().model_copy(update={"block_requests": None})) is None


def test_a_line_of_the_standard_library_is_told_with_its_caller() -> None:
    held = "targets.a:get;json.encoder:encode;json.encoder:encode:5 7\ntargets.a:get;targets.a:get:9 3\n"
    assert lines(stacks(held)) == [
        AllocationLine("json.encoder:encode:5", "json.encoder:encode", "json", 7),
        AllocationLine("targets.a:get:9", "targets.a:get", "handler", 3),
    ]
    (line,) = lines(stacks("targets.a:get;csv:writer;csv:writer:5 7\n"))
    assert (line.caller, line.layer) == ("targets.a:get", "handler")

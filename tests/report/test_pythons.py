"""A sweep over versions of Python: a table of each against the first, and what couldn't be measured on which."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweeps import between, sweep

from bench.model.comparison import Comparison
from bench.model.pair_samples import PairSample
from bench.model.run import MissingSample, Windows
from bench.model.series import LeftOut, Sweep
from bench.model.server import ServerSettings
from bench.report.documents.sweep import document
from bench.report.publish import publish_sweep
from bench.report.words.comparison import notes as comparison_notes
from bench.report.words.pythons import notes
from bench.report.words.sweep import SweepNarrative, sentences, swept, title
from bench.report.words.two_pythons import built_differently, without_uvloop
from tests.widths import assert_whole, printed

PYTHONS = ("3.11", "3.14", "3.14t", "3.15")
NO_WHEEL = ("memray", "uvloop")


def on(python: str, found: Comparison, no_wheel: tuple[str, ...] = ()) -> Comparison:
    stack = found.head.stack.model_copy(update={"python": python, "no_wheel": no_wheel})
    side = found.head.model_copy(update={"stack": stack})
    if not no_wheel:
        return found.model_copy(update={"head": side})
    reason = f"head: {stack.unavailable('memray')}"
    absences = tuple(MissingSample.invalid(case.id, "allocations", reason) for case in found.cases)
    samples = tuple(one for one in found.samples if "base_allocs" not in type(one).model_fields)
    kept = tuple(one for one in found.results if one.metric != "allocs")
    return found.model_copy(update={"head": side, "absences": absences, "samples": samples, "results": kept})


@pytest.fixture(scope="module")
def of_pythons() -> SweepNarrative:
    """On 3.14 one of two cases is cheaper, on 3.14t the other is dearer and nothing is counted; there is no 3.15."""
    begun = sweep("a", "b", releases=PYTHONS)
    words = begun.words.model_copy(update={"package": "python", "specifier": ",".join(PYTHONS)})
    compared = {
        "3.14": on("3.14.2", between("3.11", "3.14", {"a": 0.8, "b": 1.0})),
        "3.14t": on("3.14.2t", between("3.11", "3.14t", {"a": 1.0, "b": 1.5}), NO_WHEEL),
    }
    update = {
        "words": words,
        "comparisons": {version: one.id for version, one in compared.items()},
        "left_out": (LeftOut(release="3.15", reason="uv venv: no interpreter found for Python 3.15"),),
        "complete": True,
    }
    return swept(begun.model_copy(update=update), compared)


def test_the_first_python_is_what_the_others_are_compared_with(of_pythons: SweepNarrative) -> None:
    assert of_pythons.sweep.anchored == "3.11"
    assert title(of_pythons.sweep) == "Python 3.11, 3.14, 3.14t and 3.15"
    newer, free, out = sentences(of_pythons)
    assert newer.startswith("Python 3.14 against 3.11: 1 faster and 1 equivalent; CPU −1")  # noqa: RUF001
    assert newer.endswith("%).")
    assert "(geometric mean of 2 cases, −2" in newer  # noqa: RUF001
    assert free.startswith("Python 3.14t against 3.11: 1 slower and 1 equivalent; CPU +2")
    assert out == "Left out: 3.15; the reasons are below."


def test_a_table_has_a_column_for_each_python(of_pythons: SweepNarrative) -> None:
    lines = printed(document(of_pythons), 100).splitlines()
    (head,) = [line for line in lines if "3.11, µs" in line]
    assert head.split()[-2:] == ["3.14", "3.14t"]
    (first, second) = [line for line in lines if line.lstrip().startswith(("a:one", "b:one")) and "±" in line]
    assert "−2" in first  # noqa: RUF001
    assert "+5" in second


def test_what_a_python_can_not_have_is_said_once_and_costs_no_figure(of_pythons: SweepNarrative) -> None:
    uncounted, loop = notes(of_pythons.comparisons)
    assert uncounted == (
        "Python 3.14t: no allocations are counted (head: needs memray, which has no wheel for Python 3.14.2t)."
    )
    assert loop.startswith("Python 3.14t: both sides run on asyncio's event loop: uvloop has no wheel")
    assert not of_pythons.holes
    assert all(point.found for line in of_pythons.lines for point in line.points)


def test_one_count_that_failed_is_no_python_without_counts() -> None:
    found = between("3.11", "3.14", {"a": 1.0, "b": 1.0})
    failed = MissingSample.invalid("a:one", "allocations", "the agent was ended by signal 9")
    (said,) = notes({"3.14": found.model_copy(update={"absences": (failed,)})})
    assert said == "Python 3.14: a:one has no count: the agent was ended by signal 9."


def test_no_step_and_no_cost_is_of_two_event_loops(of_pythons: SweepNarrative) -> None:
    for line in of_pythons.lines:
        assert [(step.older, step.newer) for step in line.steps] == [("3.11", "3.14"), ("3.11", "3.14t")]
    usual, free = (of_pythons.comparisons[version] for version in ("3.14", "3.14t"))
    slower = tuple(
        one.model_copy(update={arm: _twice(getattr(one, arm)) for arm in ("base", "head")})
        if isinstance(one, PairSample)
        else one
        for one in free.samples
    )
    free = free.model_copy(update={"samples": slower})
    found = swept(of_pythons.sweep, {"3.14": usual, "3.14t": free})
    alone = swept(of_pythons.sweep, {"3.14": usual})
    assert found.anchor_costs == alone.anchor_costs
    (a, _) = found.lines
    on_asyncio = found.cost(a, a.points[-1])
    assert on_asyncio is not None
    assert on_asyncio > 1.8 * found.anchor_costs["a:one"]


def _twice(windows: Windows) -> Windows:
    return windows.model_copy(update={"cpu_us": tuple(2 * us for us in windows.cpu_us)})


def test_it_fits_every_terminal(of_pythons: SweepNarrative) -> None:
    assert_whole(document(of_pythons))


def test_its_page_is_written(of_pythons: SweepNarrative, tmp_path: Path) -> None:
    page = publish_sweep(of_pythons, tmp_path).read_text()
    assert "Each Python against 3.11" in page
    assert "uv venv: no interpreter found for Python 3.15" in page


def test_a_sweep_of_pythons_that_is_stored_is_read_again(of_pythons: SweepNarrative) -> None:
    stored = of_pythons.sweep.model_dump_json()
    assert Sweep.model_validate_json(stored) == of_pythons.sweep


def test_pythons_that_were_built_differently_are_told_of() -> None:
    found = on("3.14.2", between("3.11", "3.14", {"a": 1.0}))
    stacks = [side.stack.model_copy(update={"python_build": "GCC 12.2.0"}) for side in (found.base, found.head)]
    optimised = stacks[1].model_copy(update={"python_build": "GCC 16.2.0 --with-lto"})
    sides = {"base": found.base.model_copy(update={"stack": stacks[0]})}
    alike = found.model_copy(update={**sides, "head": found.head.model_copy(update={"stack": stacks[1]})})
    unlike = found.model_copy(update={**sides, "head": found.head.model_copy(update={"stack": optimised})})
    assert built_differently(alike) == ""
    assert built_differently(unlike).startswith(
        "The two Pythons were built differently (GCC 12.2.0; GCC 16.2.0 --with-lto): a part"
    )
    assert built_differently(unlike) in comparison_notes(unlike)


@pytest.mark.parametrize(
    ("words", "told"), [(None, True), ("uvicorn workers=2", True), ("uvicorn loop=asyncio", False)]
)
def test_a_loop_that_nobody_asked_for_is_told_also_behind_a_server_that_was_named(
    of_pythons: SweepNarrative, words: str | None, told: bool
) -> None:
    comparison = next(one for one in of_pythons.comparisons.values() if one.head.stack.unavailable("uvloop"))
    server = words and ServerSettings.parse(words)
    sides = {name: getattr(comparison, name).model_copy(update={"server": server}) for name in ("base", "head")}
    assert bool(without_uvloop(comparison.model_copy(update=sides))) is told

"""A comparison says on which cores it was measured, and why on one only."""

from __future__ import annotations

import pytest
from comparisons import comparison, measured

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison
from bench.report.documents.comparison import document
from bench.report.renderers.html import page
from bench.report.renderers.markdown import markdown
from tests.widths import assert_whole, printed

QUOTA = "the CPU quota allows only 1.5 cores"


def measured_on(cores: tuple[int | None, ...], why: str | None = None) -> Comparison:
    samples = tuple(measured("a", 1.0, {"pilot": 12}, cores=cores))
    made = comparison("a").model_copy(update={"samples": samples, "complete": True, "one_core": why})
    return made.model_copy(update={"results": analysis.results(made)})


@pytest.mark.parametrize(
    ("cores", "why", "said"),
    [
        ((1, 0), None, "over up to 12 blocks, measured on cores 0 and 1 at once."),
        ((1,), QUOTA, f"measured on core 1 only, which needs about twice the time of two: {QUOTA}."),
        ((1,), None, "over up to 12 blocks, measured on core 1."),
        ((None,), None, "over up to 12 blocks."),
    ],
    ids=["two", "one and why", "one", "an old result"],
)
def test_the_cores_stand_on_the_terminal_in_the_comment_and_on_the_page(
    cores: tuple[int | None, ...], why: str | None, said: str
) -> None:
    found = document(measured_on(cores, why))
    assert said in " ".join(printed(found, 100).split())
    assert said in " ".join(markdown(found).split())
    assert said.removeprefix("over up to 12 blocks").strip(",. ") in page(found)
    assert_whole(found)

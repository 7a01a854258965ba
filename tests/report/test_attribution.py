"""The methods of an attribution on a terminal and on a page: every row, every limitation, nothing unescaped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.run.attribution_methods import attributions
from bench.analysis.run.summary import summarise
from bench.report.documents.run import document
from bench.report.figures.attribution_bars import bars
from bench.report.sections.run.attribution import flags
from tests.boundaries import COSTS, FILES, boundary_run, boundary_sample, folded_of
from tests.pages import run_page, run_printed
from tests.widths import assert_whole

CASE = "fastapi_response_model:rows100"
FOLDED = folded_of({"driver": 8, "starlette": 20, "fastapi": 41, "pydantic": 30, "handler": 7})
PROFILES = {FILES["in process"]: FOLDED}
RUN = boundary_run(CASE)


def printed() -> str:
    begin = "CPU time of one served request"
    section = run_printed(RUN, profiles=PROFILES).split(begin)[1].split("\n\nClaims")[0]
    return f"{begin}{section}\n"


def test_the_table_on_a_terminal_is_as_it_was_agreed(golden: Callable[[str, str], None]) -> None:
    golden("attribution.txt", printed())


def test_every_word_is_there_at_every_width() -> None:
    assert_whole(document(RUN, PROFILES))


def test_the_page_shows_every_row_method_and_bias() -> None:
    (one,) = attributions(summarise(RUN), PROFILES)
    page = run_page(RUN, PROFILES)
    section = page.split('<section id="attribution">')[1].split("</section>")[0]
    for method in one.methods:
        assert method.name in section
    for line in (*one.lines, *one.sums):
        assert f">{line.label}</th>" in section
    assert '<a href="#attribution">Served request</a>' in page
    assert "style=" not in section


def test_a_run_without_boundaries_has_no_such_section() -> None:
    run = RUN.model_copy(update={"samples": tuple(sample for sample in RUN.samples if sample.kind != "boundaries")})
    assert '<section id="attribution">' not in run_page(run, PROFILES)


def test_a_method_that_sees_a_part_has_the_rest_drawn_as_not_seen() -> None:
    (one,) = attributions(summarise(RUN), PROFILES)
    drawn = {bar.name: bar for bar in bars(one).bars}
    assert drawn["profile, in process"].parts[0].css == "rest"
    assert drawn["boundary timers"].parts[0].css == "layer-kernel"
    ends = [part.left_us + part.width_us for part in drawn["boundary timers"].parts]
    assert ends == sorted(ends)
    assert ends[-1] == pytest.approx(one.whole_us.mean)


def test_a_cost_below_nothing_is_said_and_not_drawn() -> None:
    samples = tuple(sample for sample in RUN.samples if sample.kind != "boundaries")
    below = boundary_sample(CASE, 0, COSTS | {"handler": -3.0})
    (one,) = attributions(summarise(RUN.model_copy(update={"samples": (*samples, below)})), PROFILES)
    assert any("handler at −3.00 µs" in sentence for sentence in flags(one))  # noqa: RUF001 - a minus sign
    assert all(part.width_us > 0 for bar in bars(one).bars for part in bar.parts)

"""A run of somebody's own app, whose routes have names with blanks, braces and markup: on the page, in a terminal, in
Markdown, and as files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from factories import synthetic_run
from pages import run_page, run_printed

from bench.analysis.run.summary import summarise
from bench.claims.claim import ClaimVerdict
from bench.claims.judge import judge
from bench.model.run import Run
from bench.report.documents import run as documents_run
from bench.report.exports.run import write
from bench.report.renderers.markdown import markdown

APP = "app.main:app"
NAMES = {
    "raw_asgi:rows1": "GET /users/{id}",
    "raw_asgi:rows100": "GET /users/id/",
    "raw_asgi:rows1000": "GET /<b>odd</b>/{x:path} [2]",
}


@pytest.fixture(scope="module")
def made() -> Run:
    known = synthetic_run()
    cases = [case for case in known.cases if case.id in NAMES]
    return known.model_copy(
        update={
            "cases": tuple(
                case.model_copy(update={"target": APP, "request": NAMES[case.id], "adds": "app", "headline": True})
                for case in cases
            ),
            "samples": tuple(
                sample.model_copy(update={"case": NAMES[sample.case]})
                for sample in known.samples
                if sample.case in NAMES
            ),
            "absences": (),
        }
    )


def test_each_route_has_a_place_of_its_own_on_the_page(made: Run) -> None:
    page = run_page(made, {})
    ids = Counter(re.findall(r'\bid="([^"]*)"', page))
    assert [id_ for id_, times in ids.items() if times > 1] == []
    linked = set(re.findall(r'href="#([^"]*)"', page))
    assert linked <= set(ids)
    assert len([id_ for id_ in ids if id_.startswith("case-GET")]) == len(NAMES)


def test_no_name_is_taken_for_markup(made: Run) -> None:
    page = run_page(made, {})
    assert "<b>odd" not in page
    assert "&lt;b&gt;odd" in page
    said = markdown(documents_run.document(made, {}))
    assert all("<b>odd" not in part for part in re.sub(r"`[^`]*`", "", said).splitlines())
    assert "GET /<b>odd</b>/{x:path} [2]" in " ".join(run_printed(made).split())


def test_all_routes_are_in_one_picture_and_stand_over_nothing(made: Run) -> None:
    said = " ".join(run_printed(made).split())
    assert f"the cheapest of its {len(NAMES)} requests" in said
    assert f"bench audit {APP} divides it into parts" in said
    page = run_page(made, {})
    assert page.count('<section id="cake"') == 1
    assert "What a layer adds to its parent" not in page


def test_no_claim_is_made_of_them(made: Run) -> None:
    assert {claim.verdict for claim in judge(summarise(made))} == {ClaimVerdict.NOT_MEASURED}


def test_each_has_files_of_its_own(made: Run, tmp_path: Path) -> None:
    paths = write(made, {}, tmp_path)
    assert all(path.parent == tmp_path for path in paths)
    assert len({path.name.casefold() for path in paths}) == len(paths)
    distributions = [path for path in paths if path.suffix == ".hgrm"]
    assert len(distributions) == len({(s.case, s.scenario) for s in made.samples if s.kind == "load"})

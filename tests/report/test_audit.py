"""What an audit says, on every surface and as data."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.analysis.audit.findings.judge import with_findings
from bench.analysis.audit.mirrored_routes import by_endpoint
from bench.analysis.audit.weighted_routes import weighted_routes
from bench.model.app import RouteCoverage
from bench.model.audit import Audit
from bench.model.audit_figures import (
    AuditFigures,
    CoverageFigures,
    FindingFigures,
    PartFigures,
    RouteFigures,
    StartupFigures,
)
from bench.report.documents.audit import document
from bench.report.exports import audit as exports_audit
from bench.report.figures.waterfall import lanes
from bench.report.publish import publish_audit
from bench.report.renderers.html import page
from bench.report.renderers.markdown import markdown
from bench.text.numbers import DASH
from tests.audit_simulations import Truth, peels
from tests.audits import NASTY, sample_audit, sample_figures, wide_figures
from tests.widths import assert_whole, printed

AUDIT, FIGURES = sample_audit(), sample_figures()
NOTHING = RouteFigures(route="GET /", valid=True, cpu_us=12.0)


def of_routes(*routes: RouteFigures) -> AuditFigures:
    return FIGURES.model_copy(update={"routes": routes, "findings": ()})


def main_of(html: str) -> str:
    return re.sub(r"\n\s*\n+", "\n", html[html.index("<main") : html.index("</main>") + len("</main>\n")])


def test_an_audit_is_read_at_80_columns(golden: Callable[[str, str], None]) -> None:
    golden("audit.txt", printed(document(AUDIT, FIGURES), 80))


def test_an_audit_is_a_comment_in_markdown(golden: Callable[[str, str], None]) -> None:
    golden("audit.md", markdown(document(AUDIT, FIGURES)))


def test_an_audit_is_a_page(golden: Callable[[str, str], None]) -> None:
    first = FIGURES.model_copy(update={"routes": FIGURES.routes[:1]})
    golden("audit.html", main_of(page(document(AUDIT, with_findings(AUDIT, first), {"GET /v1/info": "flame.html"}))))


def test_it_stays_whole_at_every_width() -> None:
    assert_whole(document(AUDIT, FIGURES))


def test_the_first_sentence_names_the_route_that_costs_most_and_where() -> None:
    first = document(AUDIT, FIGURES).headline[0]
    assert first.startswith("A request to `GET /v1/materials` costs 1,724 µs of CPU (95% interval 1,698 to 1,750")
    assert first.endswith(
        "takes 28.7% of all CPU time: 689 in 5 middlewares, 655 in serialisation and 240 in the handler."
    )


def test_many_routes_are_few_lines_on_a_terminal() -> None:
    text = printed(document(AUDIT, wide_figures(99)), 80)
    assert "And 87 more routes: see the page." in text
    assert len(text.splitlines()) < 130
    assert "And 1 more route: see the page." in printed(document(AUDIT, wide_figures(13)), 80)


def test_what_was_not_measured_is_a_dash_and_never_a_zero() -> None:
    parts = (PartFigures(kind="middleware", name="app.mw:Bare"), PartFigures(kind="handler", name="home", cpu_us=9.0))
    text = printed(document(AUDIT, of_routes(NOTHING.model_copy(update={"parts": parts}))), 100)
    row = next(line for line in text.splitlines() if "Bare" in line)
    assert row.split()[2:] == [DASH, DASH, DASH]
    assert not re.search(r"\b0(\.0+)?\b(?! to)", row)


def test_what_the_parts_leave_unexplained_is_said_and_much_of_it_with_what_helps() -> None:
    first = FIGURES.routes[0]
    assert first.cpu_us is not None
    for share_, much in ((0.05, False), (0.31, True)):
        open_ = first.model_copy(update={"residual_us": share_ * first.cpu_us, "served_residual_us": None})
        text = " ".join(printed(document(AUDIT, of_routes(open_)), 100).split())
        assert f"the parts add up to within {share_:.1%}" in text
        assert ("More than 10.0% of 1 route is unexplained" in text) is much
        assert "Its parts add up to" in text


def test_an_audit_with_almost_nothing_is_still_told() -> None:
    empty = AuditFigures(
        app="app:app",
        coverage=CoverageFigures(routes=1, measured=0, reasons={"slow": 1}),
        startup=StartupFigures(),
        routes=(RouteFigures(route="GET /", valid=False, reasons=("it never answers",)),),
    )
    for figures in (empty, empty.model_copy(update={"routes": ()}), of_routes(NOTHING)):
        told = document(AUDIT, figures)
        assert_whole(told)
        assert page(told)
    assert document(AUDIT, empty).headline[0] == "No route has a valid measurement."


def nasty() -> tuple[Audit, AuditFigures]:
    """Everything that comes from an app is markup."""
    parts = (
        PartFigures(kind="middleware", name=f"a:{NASTY}", cpu_us=9.0),
        PartFigures(kind="dependency", name=NASTY, cpu_us=9.0),
        PartFigures(kind="handler", name=NASTY, cpu_us=9.0),
    )
    route = FIGURES.routes[0].model_copy(
        update={"route": NASTY, "endpoint": NASTY, "hold_at": NASTY, "parts": parts, "limitations": (NASTY,)}
    )
    route = route.model_copy(update={"waterfall": tuple(one for one in route.waterfall if one.part < 3)})
    broken = route.model_copy(update={"valid": False, "reasons": (NASTY,)})
    finding = FindingFigures(finding="x", where=NASTY, says=f"`{NASTY}` and {NASTY}.", routes=(NASTY,))
    figures = FIGURES.model_copy(update={"app": NASTY, "routes": (route, broken), "findings": (finding,)})
    coverage = tuple(one.model_copy(update={"route": NASTY, "says": NASTY}) for one in AUDIT.coverage)
    app = AUDIT.app.model_copy(update={"name": NASTY, "type": NASTY})
    return AUDIT.model_copy(update={"app": app, "coverage": coverage}), figures


def test_markup_in_names_is_text_on_the_page_and_in_markdown() -> None:
    told = document(*nasty(), {NASTY: f"javascript:{NASTY}"})
    html, text = page(told), markdown(told)
    assert "<b onclick" not in html
    assert html.count("</script>") == html.count("<script")
    assert 'href="javascript:' not in html
    assert "<b " not in re.sub(r"`[^`]*`", "", text)


def test_a_page_without_its_script_shows_everything() -> None:
    html = page(document(AUDIT, FIGURES))
    assert '<div class="tools filter" hidden>' in html
    assert html.count('<details class="entry"') == 8
    assert "data-found-by" in html


def test_stretches_that_follow_each_other_are_one_and_waiting_is_its_own() -> None:
    route = next(one for one in FIGURES.routes if one.route == "GET /v1/materials")
    handler = next(lane for lane in lanes(route) if lane.kind == "handler")
    assert [one.waits for one in handler.stretches] == [False, True, False]
    assert handler.waited_us == pytest.approx(2_140)
    assert "waits 2,140 µs" in handler.words(handler.stretches[1])


def test_equal_class_names_are_told_apart() -> None:
    parts = tuple(PartFigures(kind="middleware", name=f"{module}:Timing", cpu_us=9.0) for module in ("a", "b"))
    text = printed(document(AUDIT, of_routes(NOTHING.model_copy(update={"parts": parts}))), 100)
    assert "a:Timing" in text
    assert "b:Timing" in text


def test_middlewares_of_one_class_are_counted() -> None:
    parts = (PartFigures(kind="middleware", name="a:Twice", count=2, cpu_us=9.0),)
    route = NOTHING.model_copy(update={"parts": (*parts, PartFigures(kind="middleware", name="a:Once", cpu_us=5.0))})
    found = [
        FindingFigures(finding="x", where=where, count=count, says="It is.", saves_us=9.0, alike="middlewares are x")
        for where, count in (("a:Twice", 2), ("a:Once", 1))
    ]
    figures = of_routes(route).model_copy(update={"findings": tuple(found)})
    text = " ".join(printed(document(AUDIT, figures), 120).split())
    assert "14.0 in 3 middlewares" in text
    assert "3 middlewares are x: a:Twice (2 times, 9.00 µs) and a:Once (9.00 µs)." in text
    assert "Twice 2 times" in text


def test_the_json_is_the_contract() -> None:
    told = json.loads(exports_audit.json_text(FIGURES))
    assert {"app", "coverage", "startup", "routes", "findings"} <= told.keys()
    assert told["coverage"]["reasons"] == {"token": 2, "state": 1, "id": 1, "not http": 1}
    route = told["routes"][0]
    wanted = "route endpoint valid reasons cpu_us ci_low ci_high wait_us allocs alloc_bytes peak_mb retained_bytes"
    assert {*wanted.split(), "hold_ms", "hold_at", "residual_us", "weight", "parts"} <= route.keys()
    wanted = "kind name cpu_us ci_low ci_high peeled_us peeled_low peeled_high wait_us allocs"
    assert set(wanted.split()) <= route["parts"][0].keys()
    assert route["hold_at"] is None
    assert {"finding", "where", "saves_us", "share", "says"} <= told["findings"][0].keys()
    assert AuditFigures.model_validate(told) == FIGURES


def test_the_csv_has_every_part_in_process_and_served() -> None:
    rows = list(csv.DictReader(exports_audit.csv_text(FIGURES).splitlines()))
    valid = [route for route in FIGURES.routes if route.valid]
    others = len(FIGURES.routes) - len(valid)
    assert len(rows) == sum(len(one.parts) + len(one.served_parts) for one in valid) + others
    assert [row["valid"] for row in rows if row["route"] == "GET /v1/report"] == ["false"]
    assert rows[1]["peeled_us"] == ""


def test_publishing_writes_the_page_and_the_exports(tmp_path: Path) -> None:
    told, file = publish_audit(AUDIT, FIGURES, tmp_path)
    assert told.title == "Audit of app.main:app"
    assert file.name == "audit.html"
    assert sorted(one.name for one in (tmp_path / "exports").iterdir()) == ["comment.md", "parts.csv"]


def test_every_route_that_was_found_has_an_entry() -> None:
    told = {one.route.removesuffix(" [2]"): one.excluded for one in FIGURES.routes}
    assert told == {one.route: one.reason for one in AUDIT.coverage}


def test_a_route_that_was_not_asked_is_no_invalid_one() -> None:
    said = printed(document(AUDIT, FIGURES), 100)
    assert "Invalid: GET /v1/report; see Validity." in said
    assert said.count("POST /v1/materials") == 1


def test_many_routes_with_words_of_their_own_for_one_reason_are_one_row() -> None:
    coverage = tuple(
        RouteCoverage(route=f"GET /{name}", measured=False, reason="input", says=f"answers 422: {name}")
        for name in "abcde"
    )
    said = printed(document(AUDIT.model_copy(update={"coverage": coverage}), FIGURES), 100)
    assert "e.g. answers 422: a" in said
    assert "answers 422: b" not in said


def mirrored(weight: float | None = None) -> tuple[Audit, AuditFigures]:
    """The same endpoint at two paths, and one of another endpoint."""
    info, search = "GET /v1/info", "GET /v1/search"
    route, other = (next(one for one in AUDIT.app.routes if one.id == name) for name in (info, search))
    mirror = route.model_copy(update={"path": "/info", "mirrors": info})
    app = AUDIT.app.model_copy(update={"routes": (route, other, mirror)})
    (first,) = [one for one in FIGURES.routes if one.route == info]
    (second,) = [one for one in FIGURES.routes if one.route == search]
    twin = first.model_copy(update={"route": "GET /info", "weight": weight})
    routes = tuple(
        one if weight else one.model_copy(update={"weight": None}) for one in (first, second, twin)
    )  # fmt: skip
    return AUDIT.model_copy(update={"app": app}), FIGURES.model_copy(update={"routes": routes, "findings": ()})


def test_an_endpoint_at_several_paths_is_one_line_at_a_glance_and_each_has_its_figures() -> None:
    audit, found = mirrored()
    said = printed(document(audit, found), 100)
    lines = said[said.index("All routes at a glance") :].splitlines()
    at = next(place for place, line in enumerate(lines) if line.strip().startswith("GET /v1/info"))
    assert lines[at + 1].strip() == "also GET /info"
    html = page(document(audit, found))
    assert 'data-found-by="GET /v1/info GET /info' in html
    assert 'id="route-GET-info' in html
    cake = html[html.index('<ol class="cake routes">') :]
    assert cake[: cake.index("</ol>")].count('<rect class="track"') == 2


def test_the_share_of_an_endpoint_is_that_of_all_its_paths() -> None:
    audit, found = mirrored(weight=0.408)
    first, second = by_endpoint(weighted_routes(found), audit.app)
    assert (first.first.figures.route, [one.figures.route for one in first.others]) == ("GET /v1/info", ["GET /info"])
    assert first.cost_us == pytest.approx(2 * first.first.cost_us)
    assert not second.others


def test_paths_of_an_endpoint_with_different_middleware_are_told_apart() -> None:
    audit, found = mirrored()
    *others, mirror = audit.app.routes
    app = audit.app.model_copy(update={"routes": (*others, mirror.model_copy(update={"middleware": (0,)}))})
    assert len(by_endpoint(weighted_routes(found), app)) == 3


@pytest.mark.parametrize(
    ("cores", "said"),
    [
        ((0, 1), "one at a time on each of the cores 0 and 1"),
        ((1, 1), "one at a time, on core 1"),
        ((None, None), None),  # of before it was kept
    ],
)
def test_the_page_says_on_which_cores_was_measured(cores: tuple[int | None, ...], said: str | None) -> None:
    peeled = [one.model_copy(update={"core": core}) for one, core in zip(peels(Truth()), cores, strict=False)]
    found = page(document(AUDIT.model_copy(update={"samples": (*AUDIT.samples, *peeled)}), FIGURES))
    assert ("one at a time" in found) == (said is not None)
    assert said is None or said in found

"""The coverage of an app: the count first, each reason with its step, each route with what it answered."""

from __future__ import annotations

from typing import get_args

import pytest

from bench.analysis.audit.coverage import MAY_CHANGE, REFUSED
from bench.model.app import FrozenRequest, ReasonKind, RequestsFile, Route, RouteCoverage, RouteRequests
from bench.report.documents.coverage import document
from bench.report.exports.coverage import CoverageExport, json_text
from bench.report.renderers.markdown import markdown
from bench.report.words.coverage import unmeasured
from tests.widths import assert_whole, printed

LOGIN = "answers 401; --header 'X-Key: ${API_KEY}'"
COVERAGE = (
    RouteCoverage(route="GET /users", measured=True),
    RouteCoverage(route="GET /[red]x[/red]<b>", measured=True),
    RouteCoverage(route="GET /me", measured=False, reason="token", says=LOGIN),
    RouteCoverage(route="GET /mine", measured=False, reason="token", says=LOGIN),
    RouteCoverage(route="POST /users", measured=False, reason="state", says="may change state; --writes asks it too"),
    RouteCoverage(route="WEBSOCKET /ws", measured=False, reason="not http", says="a WebSocket"),
)
FILE = RequestsFile(
    app="app.main:app",
    routes={
        "GET /users": RouteRequests(requests=(FrozenRequest(path="/users?q=%5Bred%5D", source="the path alone"),)),
        "GET /[red]x[/red]<b>": RouteRequests(requests=(FrozenRequest(path="/x", varies=True),)),
    },
)
DOCUMENT = document(FILE, COVERAGE, file="layercake.json", gone=("GET /old",), unset=("SID",))


def test_the_count_comes_first_and_each_reason_with_its_step() -> None:
    lines = [line.strip() for line in printed(DOCUMENT, 80).splitlines()]
    assert lines[1:3] == ["app.main:app · requests in layercake.json", "2 of 6 routes can be measured."]
    assert "• 2 routes want a login: --header 'X-Key: ${API_KEY}'." in lines
    assert "• 1 route may change state: send it with --writes, on data that may change." in lines
    assert "• 1 route is a WebSocket." in lines
    assert "• GET /old" in lines


def test_every_word_is_shown_at_any_width() -> None:
    assert_whole(DOCUMENT)


def test_markdown_has_no_markup_of_an_app() -> None:
    written = markdown(DOCUMENT)
    assert "<b>" not in written
    assert "**2 of 6 routes can be measured.**" in written


def test_routes_of_one_reason_with_different_steps_are_told_apart() -> None:
    other = RouteCoverage(route="GET /x", measured=False, reason="token", says="answers 403; --header 'Cookie: ${SID}'")
    reset = RouteCoverage(route="PUT /x", measured=False, reason="state", says="answers 409: taken")
    once = RouteCoverage(route="DELETE /x", measured=False, reason="state", says="answers 404 (request 2 of a process)")
    found = [(one.headline, one.evidence) for one in unmeasured([*COVERAGE, other, reset, once])]
    assert found == [
        ("2 routes want a login: --header 'X-Key: ${API_KEY}'", "answers 401"),
        ("1 route wants a login: --header 'Cookie: ${SID}'", "answers 403"),
        ("1 route may change state: send it with --writes, on data that may change", ""),
        ("1 route depends on earlier requests: reset it with --before", "answers 409: taken"),
        (
            "1 route works once in a process: write a request that can be repeated, or skip it",
            "answers 404 (request 2 of a process)",
        ),
        ("1 route is a WebSocket", ""),
    ]


def test_a_login_that_was_refused_is_not_asked_for_again() -> None:
    (found,) = unmeasured(
        [RouteCoverage(route="GET /x", measured=False, reason="token", says=f"answers 403; {REFUSED}")]
    )
    assert found.headline == f"1 route refuses the login: {REFUSED}"


def test_of_many_routes_that_fail_alike_the_first_are_named() -> None:
    failing = RouteCoverage(route="", measured=False, reason="server error", says="answers 500: no database")
    many = [failing.model_copy(update={"route": f"GET /{number}"}) for number in range(40)]
    other = failing.model_copy(update={"route": "GET /other", "says": "answers 503"})
    text = printed(document(FILE, [*many, other], file="layercake.json"), 80)
    assert "GET /4 " in text
    assert "GET /5 " not in text
    assert "35 more" in text
    assert "GET /other" in text


def test_of_many_routes_that_were_not_asked_the_first_are_named() -> None:
    many = [
        RouteCoverage(route=f"POST /{number}", measured=False, reason="state", says=MAY_CHANGE)
        for number in range(1400)
    ]
    text = printed(document(FILE, [*COVERAGE[:3], *many], file="layercake.json"), 80)
    assert "POST /4 " in text
    assert "POST /5 " not in text
    assert "1,395 more" in text
    assert "listed in layercake.json" in text
    few = printed(document(FILE, many[:6], file="layercake.json"), 80)
    assert "POST /5 " in few
    assert " more" not in few


@pytest.mark.parametrize("reason", get_args(ReasonKind))
def test_every_reason_has_words_and_most_a_step(reason: ReasonKind) -> None:
    (found,) = unmeasured([RouteCoverage(route="GET /x", measured=False, reason=reason)])
    assert found.headline.startswith(f"1 route {found.words}")


def test_where_all_can_be_measured_nothing_is_said_of_others() -> None:
    found = document(FILE, COVERAGE[:1], file="layercake.json")
    assert [section.title for section in found.sections] == ["Measured"]
    assert found.notes == (
        "Next: `bench audit app.main:app`, with the same options, measures these routes.",
        "Or commit the file: `bench compare git:main git:HEAD --app app.main:app` compares two versions.",
    )


def test_what_it_means_that_an_answer_varies_is_explained_once() -> None:
    text = printed(DOCUMENT, 80)
    assert "answer varies" in text
    assert text.count("compared by status, type and shape") == 1
    assert "compared by" not in printed(document(FILE, COVERAGE[:1], file="layercake.json"), 80)


def test_what_is_never_reached_and_what_is_redirected_is_said() -> None:
    twice = Route(kind="http", method="GET", path="/[b]twice[/b]", at="shop.py:12")
    found = document(FILE, COVERAGE[:1], file="layercake.json", shadowed=(twice,), slash_redirects=("/", "/sub/"))
    assert "• GET /[b]twice[/b] (shop.py:12)" in printed(found, 80)
    assert found.notes[0].startswith("Under / and /sub/, the app redirects a path")
    assert_whole(found)


def test_scripts_read_the_same_as_json() -> None:
    read = CoverageExport.model_validate_json(json_text(FILE, COVERAGE, file="layercake.json", gone=("GET /old",)))
    assert read.coverage.model_dump() == {
        "routes": 6,
        "measured": 2,
        "reasons": {"token": 2, "state": 1, "not http": 1},
    }
    assert read.routes == COVERAGE
    assert read.gone == ("GET /old",)

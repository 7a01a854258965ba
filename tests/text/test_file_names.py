"""Names of cases in file names and anchors: safe, and of one case only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.model.workload import Case, Request, Target
from bench.text.file_names import file_name, file_stem

ODD = ("GET /users/{id}", "GET /users/id/", "GET /users/{id} [2]", "GET /<b>odd</b>", "GET /../../etc", "GET /ä")


def case_of(target: str, request: str) -> Case:
    made = Target(
        name=target, description="", over=None, adds="", requests={request: Request(path="/")}, source_sha256=""
    )
    return made.case(request)


def test_plain_names_stay_as_they_are_known() -> None:
    assert file_name("fastapi_plain:plain") == "fastapi_plain-plain"
    assert file_stem(case_of("fastapi_plain", "plain")) == "fastapi_plain.plain"


@pytest.mark.parametrize("text", ODD)
def test_a_route_has_a_safe_name(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]*", file_name(text))
    assert re.fullmatch(r"[A-Za-z0-9_-]+", file_stem(case_of("app.main:app", text)))


def test_no_two_routes_have_the_same() -> None:
    assert len({file_name(text) for text in ODD}) == len(ODD)


@given(st.text(max_size=5000))
def test_every_name_fits_into_a_file_system(text: str) -> None:
    assert len(file_name(text)) <= 120

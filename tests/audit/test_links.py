"""Links of pages and documents lead to other routes of the app, and to nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.answers.app_response import AppResponse
from bench.audit.links import links

PAGE = """
<!doctype html><a href="/admin/user/list">Users</a> <a href='edit?id=7&amp;x=1#top'>Edit</a> <a href="#top">Top</a>
<script src="http://testserver/static/app.js"></script> <img src=//cdn.test/x.png> <a href="mailto:a@b.test">Mail</a>
<a href="javascript:alert(1)"> <a href="http://[">  <a href="/a b"> <a href="/admin/user/list"> <a href=>
"""


def answer(body: str, media_type: str = "text/html; charset=utf-8") -> AppResponse:
    return AppResponse(200, {"content-type": media_type}, body.encode())


def test_a_page_leads_to_its_own_app_alone() -> None:
    assert list(links(answer(PAGE), "/admin/")) == ["/admin/user/list", "/admin/edit?id=7&x=1", "/static/app.js"]


def test_a_document_has_links_too() -> None:
    document = {"links": [{"href": "http://127.0.0.1:8000/items?page=2"}], "other": "https://example.com/x", "n": "a/b"}
    assert list(links(answer(json.dumps(document), "application/json"), "/")) == ["/items?page=2"]


@pytest.mark.parametrize("media_type", ["text/html", "application/json", "text/plain", ""])
@given(body=st.text(st.sampled_from("<a href=\"'/>[]{}:,!--\x00\udc80é")))
def test_any_answer_may_come(media_type: str, body: str) -> None:
    response = AppResponse(200, {"content-type": media_type}, body.encode(errors="surrogatepass"))
    assert all(link.startswith("/") for link in links(response, "/"))

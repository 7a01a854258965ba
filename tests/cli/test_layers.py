"""`bench layers CASE` as a user meets it: a served request taken apart, in words, in the file and on the page."""

from __future__ import annotations

import pytest
from checkouts import Checkout

ROOT = '''"""A target of a test."""
from starlette.responses import Response

TARGET = {"over": None, "adds": "root", "requests": {"one": {"path": "/"}}}
app = Response(b"fine")
'''
LEAF = '''"""A target of a test."""
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

TARGET = {"over": "root", "adds": "Starlette", "requests": {"one": {"path": "/"}}}


async def get(_) -> Response:
    return Response(b"fine")


app = Starlette(routes=[Route("/", get)])
'''


@pytest.mark.measures
@pytest.mark.slow
def test_a_named_case_is_taken_apart_by_three_methods(checkout: Checkout) -> None:
    (checkout.targets / "root.py").write_text(ROOT)
    (checkout.targets / "leaf.py").write_text(LEAF)
    status, out, err = checkout.bench("layers", "leaf:one", "--quick")
    assert status == 0, err
    said = " ".join(out.split())
    assert "One served request of leaf:one takes" in said
    assert "ladder Kernel and server are those of root:one" in said
    assert "boundary timers Reads the CPU clock of the thread" in said
    run = checkout.stored()
    timed = [sample for sample in run.samples if sample.kind == "boundaries"]
    assert {sample.case for sample in timed} == {"leaf:one", "root:one"}
    (folder,) = checkout.runs.iterdir()
    assert '<section id="attribution">' in (folder / "report.html").read_text()


@pytest.mark.slow
def test_without_a_named_case_no_served_request_is_taken_apart(checkout: Checkout) -> None:
    (checkout.targets / "root.py").write_text(ROOT)
    status, _, err = checkout.bench("layers", "--quick", "--case", "root")
    assert status == 0, err
    assert {sample.kind for sample in checkout.stored().samples} == {"timing", "allocations"}

"""`bench compare --server`: what it takes, and what it refuses before anything is built."""

from __future__ import annotations

import pytest
from checkouts import Here

A, B = "uvicorn loop=asyncio", "uvicorn loop=uvloop"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fastapi==0.115.6", "", "--server", A), "--server needs --served"),
        (("--served", "--server", A, "--server", B, "--server", A), "one for both sides, or two"),
        (("--served", "--server", "nginx", "--server", B), "'nginx' is not a server"),
        (("--served", "--server", "uvicorn loop", "--server", B), "write NAME=VALUE"),
        (("--served", "--server", A), "name BASE and HEAD"),
        (("", "--served"), "name BASE and HEAD"),
        ((), "name BASE and HEAD"),
    ],
)
def test_servers_that_cannot_be_compared_are_refused_in_one_line(here: Here, words: tuple[str, ...], said: str) -> None:
    status, _, err = here.bench("compare", *words)
    assert status == 2
    assert said in " ".join(err.split())
    assert "Traceback" not in err

"""What a terminal says of profiles."""

from __future__ import annotations

import io

from rich.console import Console

from bench.report.flame_terminal import print_flames
from bench.samples import Run


def test_each_profile_is_told_by_layer_with_its_hottest_frame_and_its_tax(run: Run, profiles: dict[str, str]) -> None:
    said = io.StringIO()
    print_flames(Console(file=said, width=100), run, profiles)
    told = [" ".join(one.split()) for one in said.getvalue().split("\n\n")]
    assert len(told) == len(profiles)
    (served,) = [one for one in told if "served by uvicorn" in one]
    assert served.startswith("fastapi_response_model:rows100, served by uvicorn, 16 users: ")
    assert "server " in served
    assert "idle " in served
    assert "a request took 2.1 times as much CPU; unprofiled, the kernel used about 23% of its process's CPU." in served
    assert sum("in process" in one for one in told) == len(told) - 1
    assert all("the most of it in " in one for one in told)

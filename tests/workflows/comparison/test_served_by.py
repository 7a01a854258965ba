"""One server serves both sides of a comparison; of two the first is the base's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from comparisons import side
from plans import plan, write_target

from bench.model.server import DEFAULT, ServerSettings
from bench.runner.agent_pair import PairedPlan
from bench.stack.environment import Environment
from bench.workflows.comparison.served_by import served_by

A, B = ServerSettings.parse("uvicorn loop=asyncio"), ServerSettings.parse("uvicorn workers=2")
SIDES = side("0.129.0"), side("0.130.0")


@pytest.mark.parametrize(("servers", "by"), [((A,), (A, A)), ((A, B), (A, B))])
def test_each_side_is_served_by_its_server_and_says_so(
    environment: Environment, tmp_path: Path, servers: tuple[ServerSettings, ...], by: tuple[ServerSettings, ...]
) -> None:
    write_target(tmp_path, "app", "")
    ready = plan(environment, tmp_path)
    paired, sides = served_by(PairedPlan(ready, ready), SIDES, servers)
    assert (paired.base.server, paired.head.server) == by
    assert tuple(one.server for one in sides) == by
    assert [one.stack for one in sides] == [one.stack for one in SIDES]


def test_without_a_server_all_stays_as_it_is(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "app", "")
    ready = plan(environment, tmp_path)
    paired, sides = served_by(PairedPlan(ready, ready), SIDES, ())
    assert paired.base.server == DEFAULT
    assert sides == SIDES


def test_a_server_without_a_loop_has_the_loop_of_both_sides(environment: Environment, tmp_path: Path) -> None:
    """Where one Python has no uvloop, both run on asyncio's; a loop that is asked for stays."""
    write_target(tmp_path, "app", "")
    ready = replace(plan(environment, tmp_path), server=A)
    asked = ServerSettings.parse("uvicorn loop=uvloop")
    paired, sides = served_by(PairedPlan(ready, ready), SIDES, (B, asked))
    assert paired.base.server.words == "uvicorn loop=asyncio workers=2"
    assert paired.head.server == asked
    assert tuple(one.server for one in sides) == (B, asked)

"""Two real servers, loaded one after the other: what changed inside shows, and a drift weighs on neither."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.checks import checks
from bench.catalog.scenarios import read_scenarios
from bench.measure.paired_load import PairedLoad
from bench.model.comparison import ServedPair
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.runner.agent_pair import PairedPlan
from bench.runner.streams import CoreStream
from bench.stack.environment import Environment
from bench.workspace import SCENARIOS

SCENARIO = SCENARIOS / "hot.py"
PARSERS = ("h11", "httptools")


@pytest.fixture
def arms(environment: Environment, tmp_path: Path) -> PairedPlan:
    folders = tmp_path / "base", tmp_path / "head"
    for folder in folders:
        folder.mkdir()
        write_target(folder, "same", "")
        write_target(folder, "dies", "" if folder.name == "base" else "import os; os._exit(9)")
    return PairedPlan(plan(environment, folders[0]), plan(environment, folders[1]))


@pytest.mark.slow
def test_blocks_alternate_in_order_and_a_case_that_fails_on_one_side_is_out(arms: PairedPlan) -> None:
    hot = read_scenarios(SCENARIO.parent)["hot"].model_copy(update={"duration_s": 1.0, "users": 4})
    pairing = PairedLoad(arms, hot, SCENARIO)
    first = list(pairing.block(1, "pilot", arms.base.cases, CoreStream(None)))
    (absence,) = [one for one in first if isinstance(one, MissingSample)]
    assert absence.case == "dies:one"
    assert absence.reason.startswith("head: ")
    second = list(pairing.block(2, "pilot", arms.base.cases, CoreStream(None)))
    pairs = [one for one in [*first, *second] if isinstance(one, ServedPair)]
    assert [(one.case, one.block, one.head_first) for one in pairs] == [("same:one", 1, False), ("same:one", 2, True)]
    for load in (pairs[0].base, pairs[0].head):
        assert load.requests > 0
        assert {check.name: check.passed for check in checks(load)}["counted on both sides"]


@pytest.mark.slow
def test_one_stack_behind_two_servers_is_served_by_each_in_turn(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "same", "")
    plain = plan(environment, tmp_path)
    h11, httptools = (replace(plain, server=ServerSettings.parse(f"uvicorn http={http}")) for http in PARSERS)
    hot = read_scenarios(SCENARIO.parent)["hot"].model_copy(update={"duration_s": 1.0, "users": 4})
    (pair,) = PairedLoad(PairedPlan(h11, httptools), hot, SCENARIO).block(1, "pilot", plain.cases, CoreStream(None))
    assert isinstance(pair, ServedPair)
    for load, http in zip((pair.base, pair.head), PARSERS, strict=True):
        assert load.server is not None
        assert load.server.endswith(http)
    base_us, head_us = (load.server_cpu_s / load.requests for load in (pair.base, pair.head) if load.server_cpu_s)
    assert base_us > 1.3 * head_us

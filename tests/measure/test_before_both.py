"""The command before each launch runs on both sides of a comparison alike: in the side's own folder, with its own
interpreter and variables, as often on the one as on the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.measure import allocations, profile
from bench.measure.paired_serving import PairedServing
from bench.measure.paired_timing import PairedTiming
from bench.model.app_options import AppOptions
from bench.model.run import MissingSample
from bench.runner import agreement
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.runner.streams import CoreStream
from bench.stack.environment import Environment

SIDES = ("base", "head")
NOTE = "import os, sys; print(os.environ['SIDE'], sys.executable, file=open('launches', 'a'))"


def both(environment: Environment, folder: Path, *commands: tuple[str, ...]) -> PairedPlan:
    made = []
    for side, before in zip(SIDES, commands, strict=True):
        (folder / side).mkdir()
        write_target(folder / side, "one", "sum(range(2000))")
        (folder / side / ".env").write_text(f"SIDE={side}\n")
        app = AppOptions("one:app", folder / side, env_file=folder / side / ".env", before=before)
        own = replace(environment, bytecode=folder / "bytecode")
        made.append(replace(plan(own, folder / side), app=app))
    return PairedPlan(*made)


@pytest.fixture
def paired(environment: Environment, tmp_path: Path) -> PairedPlan:
    return both(environment, tmp_path, *(("python", "-c", NOTE),) * 2)


def launched(paired: PairedPlan, observed: Iterable[object]) -> int:
    """How often it ran on each side while this was observed."""
    for plan_ in (paired.base, paired.head):
        (plan_.folder / "launches").write_text("")
    assert not [one for one in observed if isinstance(one, MissingSample)]
    python = str(paired.base.environment.python)
    lines = [(plan_.folder / "launches").read_text().splitlines() for plan_ in (paired.base, paired.head)]
    assert [set(one) for one in lines] == [{f"{side} {python}"} for side in SIDES]
    assert len(lines[0]) == len(lines[1])
    return len(lines[0])


def test_it_runs_before_each_launch_that_measures_a_side(paired: PairedPlan) -> None:
    cases = paired.base.cases
    assert launched(paired, agreement.check(paired)) == 2  # each answers, and the first shows that the app starts
    timing = PairedTiming(paired, wait_budget_s=0.2)
    for number in (1, 2):
        assert launched(paired, timing.block(number, "pilot", cases, CoreStream(None))) == 1
    assert launched(paired, allocations.measure_both(paired)) == 1
    assert launched(paired, profile.measure_both(paired, 0, 0.1, set())) == 1


@pytest.mark.slow
def test_it_runs_before_each_served_launch(paired: PairedPlan) -> None:
    serving = PairedServing(paired)
    assert launched(paired, serving.block(1, "pilot", paired.base.cases, CoreStream(None))) == 1


@pytest.mark.parametrize("side", SIDES)
def test_where_it_fails_the_side_is_named_in_one_line(environment: Environment, tmp_path: Path, side: str) -> None:
    fails = ("sh", "-c", "echo no such table >&2; exit 3")
    paired = both(environment, tmp_path, *(fails if one == side else ("true",) for one in SIDES))
    said = rf"^{side}: --before .*: ended with status 3: no such table$"
    with pytest.raises(AgentError, match=said):
        paired.launch(0)
    with pytest.raises(AgentError, match=said):
        list(agreement.check(paired))
    with pytest.raises(AgentError, match=said):
        list(PairedTiming(paired, wait_budget_s=0.2).block(1, "pilot", paired.base.cases, CoreStream(None)))

"""What isn't timed against anything else is asked on several cores at once, but for what changes state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.host.affinity import stream_cores
from bench.measure import allocations
from bench.model.app_options import AppOptions
from bench.model.pair_samples import AllocationPair
from bench.model.run import AllocationSample, MissingSample
from bench.runner import agreement
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan
from bench.stack.environment import Environment

several_cores = pytest.mark.skipif(len(stream_cores()) < 2, reason="needs two cores")
POST = '{"one": {"path": "/", "method": "POST"}}'
MEETING = """
met = {folder!r} + '/' + {who}
if calls == 1:
    open(met, 'w').close()
    late = time.monotonic() + {patience_s}
    while len(os.listdir({folder!r})) < {wanted} and time.monotonic() < late: time.sleep(0.01)
    if len(os.listdir({folder!r})) < {wanted}: raise RuntimeError('nobody came')
"""
"""A first request is answered once as many processes as are wanted have one."""


def meeting(folder: Path, who: str, wanted: int = 2, patience_s: float = 20.0) -> str:
    folder.mkdir(exist_ok=True)
    return MEETING.format(folder=str(folder), who=who, wanted=wanted, patience_s=patience_s)


def sides(
    environment: Environment, folder: Path, body: Callable[[str], str], requests: str | None = None
) -> PairedPlan:
    made = []
    for side in ("base", "head"):
        (folder / side).mkdir()
        write_target(folder / side, "one", body(side), requests=requests)
        made.append(plan(environment, folder / side))
    return PairedPlan(*made)


@several_cores
def test_both_stacks_are_asked_for_their_answers_at_once(environment: Environment, tmp_path: Path) -> None:
    paired = sides(environment, tmp_path, lambda side: meeting(tmp_path / "met", repr(side)))
    assert not list(agreement.check(paired))


def somebodys_own(chosen: Plan) -> Plan:
    """The same as an app of which nobody knows where its state is."""
    own = replace(chosen.environment, bytecode=chosen.folder / "bytecode")
    return replace(chosen, environment=own, app=AppOptions("one:app", chosen.folder))


def test_an_app_whose_requests_change_state_is_asked_after_the_other(environment: Environment, tmp_path: Path) -> None:
    """The one that comes first sees nobody else."""
    paired = sides(environment, tmp_path, lambda side: meeting(tmp_path / "met", repr(side), patience_s=0.5), POST)
    (found,) = agreement.check(PairedPlan(somebodys_own(paired.base), somebodys_own(paired.head)))
    assert "nobody came" in str(found)


def in_two_launches(environment: Environment, folder: Path, requests: str | None, patience_s: float) -> Plan:
    write_target(folder, "one", meeting(folder / "met", "str(os.getpid())", patience_s=patience_s), requests=requests)
    chosen = plan(environment, folder)
    return replace(chosen, effort=replace(chosen.effort, allocation_launches=2, memory_launches=2))


@several_cores
def test_launches_that_count_allocations_run_at_once(environment: Environment, tmp_path: Path) -> None:
    found = list(allocations.measure(in_two_launches(environment, tmp_path, None, 20.0)))
    assert sorted(one.launch for one in found if isinstance(one, AllocationSample)) == [0, 1]


def test_but_one_after_the_other_where_they_change_state(environment: Environment, tmp_path: Path) -> None:
    (found,) = allocations.measure(somebodys_own(in_two_launches(environment, tmp_path, POST, 0.5)))
    assert isinstance(found, MissingSample)
    assert "nobody came" in found.reason


@pytest.mark.slow
def test_pairs_of_agents_share_the_cases_of_a_comparison_and_count_what_one_would(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two pairs, as on a machine of five cores; here they have the same two, if there are so many."""
    for name in map(str, range(16)):
        write_target(tmp_path, f"t{name}", f"kept = [bytes(1000) for _ in range({name})]")
    write_target(tmp_path, "write", "", requests=POST)
    paired = PairedPlan(*[plan(environment, tmp_path)] * 2)
    counts = {}
    for pairs in ({}, {stream_cores()[0]: stream_cores()[-1], stream_cores()[-1]: stream_cores()[0]}):
        monkeypatch.setattr(PairedPlan, "core_pairs", lambda _, pairs=pairs: pairs)
        found = [one for one in allocations.measure_both(paired) if isinstance(one, AllocationPair)]
        counts[len(pairs)] = {one.case: one.base_allocs for one in found if one.base_allocs == one.head_allocs}
    few, *many = counts.values()
    assert len(few) == 17
    assert all(one.keys() == few.keys() for one in many)
    assert all(one[case] == pytest.approx(few[case], rel=0.02) for one in many for case in few)

"""Blocks of two real agents on two cores at once, of which one fails: what it costs, and what is left running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from plans import plan, write_target

from bench.host.affinity import stream_cores
from bench.measure.paired_timing import PairedTiming
from bench.model.pair_samples import PairSample
from bench.model.run import MissingSample
from bench.runner import streams
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import AgentError
from bench.runner.streams import CoreStream, Piece
from bench.stack.environment import Environment

pytestmark = pytest.mark.skipif(len(stream_cores()) < 2, reason="needs two undisturbed cores")

BLOCKS = 4
ONCE = """
if calls > 3:
    try:
        os.close(os.open({marker!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        pass
    else:
        os._exit(7)
"""
"""The first process that comes so far ends, and no other one."""


@pytest.fixture
def arms(environment: Environment, tmp_path: Path) -> PairedPlan:
    for name in ("fine", "odd"):
        write_target(tmp_path, name, "")
    return PairedPlan(plan(environment, tmp_path), plan(environment, tmp_path))


@pytest.fixture
def agents() -> Callable[[], set[psutil.Process]]:
    """The processes that were started in this test and still run: others keep a browser for all of theirs."""
    before = set(psutil.Process().children(recursive=True))
    return lambda: set(psutil.Process().children(recursive=True)) - before


def observed(arms: PairedPlan, blocks: int = BLOCKS) -> Iterator[PairSample | MissingSample]:
    """So many blocks over two cores."""
    timing = PairedTiming(arms, wait_budget_s=0.2)

    def pieces() -> Iterator[Piece[PairSample | MissingSample]]:
        for number in range(1, blocks + 1):
            yield Piece(lambda stream, number=number: timing.block(number, "pilot", arms.base.cases, stream))

    with closing(streams.observe(stream_cores()[:2], pieces())) as found:
        yield from found


def test_an_agent_that_dies_on_one_core_costs_its_case_and_the_other_core_goes_on(
    arms: PairedPlan, agents: Callable[[], set[psutil.Process]], tmp_path: Path
) -> None:
    write_target(arms.base.folder, "odd", ONCE.format(marker=str(tmp_path / "died")))
    found = list(observed(arms))
    (absence,) = [one for one in found if isinstance(one, MissingSample)]
    assert absence.case == "odd:one"
    assert "the agent ended with status 7" in absence.reason
    fine = [one for one in found if isinstance(one, PairSample) and one.case == "fine:one"]
    assert sorted(one.block for one in fine) == list(range(1, BLOCKS + 1))
    assert {one.core for one in fine} == set(stream_cores()[:2])
    assert not agents()


def test_a_launch_that_fails_on_one_core_ends_what_runs_on_the_other_and_is_told(
    arms: PairedPlan, agents: Callable[[], set[psutil.Process]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where no process can be started any more: none of the blocks to come would be measured."""
    launch = PairedPlan.launch

    def failing(self: PairedPlan, number: int) -> AgentPair:
        if number == 3:
            raise AgentError("base: no more processes")
        return launch(self, number)

    monkeypatch.setattr(PairedPlan, "launch", failing)
    found: list[PairSample | MissingSample] = []
    with pytest.raises(AgentError, match="no more processes"):
        found.extend(observed(arms, 20))
    assert found == [] or all(one.block < 5 for one in found if isinstance(one, PairSample))
    assert not agents()


def test_who_stops_looking_leaves_no_agent_on_either_core(
    arms: PairedPlan, agents: Callable[[], set[psutil.Process]]
) -> None:
    with closing(observed(arms, 20)) as blocks:
        assert isinstance(next(blocks), PairSample)
        assert len(agents()) >= 2
    assert not agents()


def test_both_agents_of_a_block_share_the_core_of_its_stream(arms: PairedPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned: dict[int | None, set[tuple[int, ...]]] = {}
    settle, on = AgentPair.settle, PairedPlan.on
    cores: dict[int, int | None] = {}

    def settled(self: AgentPair) -> None:
        settle(self)
        for agent in (self.base, self.head):
            at = tuple(psutil.Process(agent.pid).cpu_affinity() or ())
            pinned.setdefault(cores[id(agent.stopping)], set()).add(at)

    def placed(self: PairedPlan, stream: CoreStream) -> PairedPlan:
        made = on(self, stream)
        (cores[id(stream.stopping)],) = made.base.cores.measured or (None,)
        return made

    monkeypatch.setattr(AgentPair, "settle", settled)
    monkeypatch.setattr(PairedPlan, "on", placed)
    assert [one for one in observed(arms, 1) if isinstance(one, PairSample)]
    ((core, at),) = pinned.items()
    assert at == {(core,)}
